from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date, plaintext2html

from ...tools.notification import notification
from ...tools.sentence import filled_in
from ...urssaf.statuses import ACTIVATION_LINK_LIFETIME, next_pending_look
from ...urssaf.typed import read_email
from ..connection.urssaf_states import selection
from ..household.res_partner import PERSONAL_DATA_GROUPS
from .urssaf_registration_states import (
    EXPLAINED_STATES,
    FAILED_STATES,
    KNOWN_TO_URSSAF,
    PATH_STATES,
    POLL_DELAYS,
    PROBLEM_STATES,
    STATES,
    UNANSWERED_STATES,
    UNTOLD_STATES,
)


class UrssafRegistration(models.Model):
    """The link between a household and a provider in one environment (M010, M020).

    Here: its fields, its states and what people read. In files of their own: how it is made (``…_submit``, in the
    background ``…_queue``), how it is followed (``…_sync``, ``…_reminder``), and what to try after a refusal
    (``…_variant``, ``…_attempt``). The states and their diagram: ``urssaf_registration_states.py``.
    """

    _name = 'urssaf.registration'
    _description = "URSSAF Registration"
    _inherit = ['urssaf.contract', 'mail.thread']
    _order = 'id desc'
    _rec_name = 'partner_id'
    _mail_post_access = 'read'
    _path_states = PATH_STATES

    partner_id = fields.Many2one(
        'res.partner', string="Customer", required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    customer_ref = fields.Char("URSSAF Customer Number", readonly=True, index='btree_not_null', copy=False)
    email_sent = fields.Char(
        "E-mail Address Sent",
        readonly=True,
        copy=False,
        groups=PERSONAL_DATA_GROUPS,
        help="URSSAF goes on writing to this one, whatever the form says later.",
    )
    email_at_urssaf = fields.Char(
        "E-mail Address at URSSAF", compute='_compute_email_at_urssaf', groups=PERSONAL_DATA_GROUPS, exportable=False
    )
    state = fields.Selection(
        lambda self: self._state_selection(), required=True, readonly=True, default='draft', index=True, tracking=True
    )
    stage = fields.Selection(
        [('new', "Not registered"), ('waiting', "Waiting"), ('active', "Active"), ('to_fix', "To correct")],
        compute='_compute_stage',
        store=True,
        index=True,
        help="Where the registration stands, for lists: on its way in the background counts as waiting.",
    )
    state_color = fields.Char("Colour of the Status", compute='_compute_state_color', exportable=False)
    status_code = fields.Char("URSSAF Status Code", readonly=True)
    needs_attention = fields.Boolean("Unusual Answer", readonly=True)
    error_text = fields.Text("What Happened", readonly=True)
    registered_at = fields.Datetime("Registered On", readonly=True)
    activated_at = fields.Datetime(
        "Activated On", readonly=True, help="URSSAF's stamp read as UTC: only services after that day can be sent."
    )
    told_state = fields.Char(readonly=True, help="The state the chatter of the customer knows.")
    activity_id = fields.Many2one(
        'mail.activity',
        string="Activity",
        readonly=True,
        copy=False,
        ondelete='set null',
        help="A customer may be that of several companies: each registration closes its own activity only.",
    )

    _unique_link = models.Constraint(
        'UNIQUE (partner_id, company_id, environment)', "This customer has a registration already."
    )

    # -- states -----------------------------------------------------------------------------------

    @api.model
    def _state_selection(self):
        return selection(STATES, self.env)

    @api.depends('state', 'queued_at')
    def _compute_stage(self):
        for registration in self:
            registration.stage = 'waiting' if registration._is_queued() else STATES[registration.state].stage

    @api.depends('state')
    def _compute_state_color(self):
        for registration in self:
            registration.state_color = STATES[registration.state].color

    @api.depends('state', 'email_sent', 'partner_id.email')
    def _compute_email_at_urssaf(self):
        """Where URSSAF writes to, or will: today's address where it has none of ours, or none was kept (before 19.0.2)."""
        for registration in self:
            sent = registration.state not in FAILED_STATES and registration.email_sent
            registration.email_at_urssaf = read_email(sent or registration.partner_id.email)

    def _set_state(self, state, **values):
        """Write a change of state, and when URSSAF is to be asked next; does not commit.

        :param str state: a key of ``STATES``; a step that the table does not know is logged, and made all the same
        :param values: what else is written
        """
        self._log_unknown_steps(STATES, state)
        now, delay = fields.Datetime.now(), POLL_DELAYS.get(state)
        next_poll_at = delay and now + delay
        if state == 'pending':
            next_poll_at = next_pending_look(values.get('registered_at') or self.registered_at or self.create_date, now)
        if values.get('registered_at'):
            values.setdefault('reminder_count', 0)
        self.write({'state': state, 'next_poll_at': next_poll_at, **values})

    @api.model
    def _waiting_domain(self):
        return Domain('state', 'in', (*KNOWN_TO_URSSAF, *UNANSWERED_STATES)) & Domain('state', '!=', 'unlinked')

    def _waits_for_contract(self):
        """Whether it stands under another contract than the one in the settings, and nothing is known under this one."""
        self.ensure_one()
        return bool(self.filtered_domain(self._waiting_domain())._of_other_contract())

    def _may_change_contract(self):
        """Whether a person may register the household anew, under the contract in the settings: the answer under the
        other one is known, and a household that is registered twice is registered once (CONTRACT §10.4)."""
        return self._waits_for_contract() and self.state not in UNANSWERED_STATES

    def _lose_answer(self):
        """Whether URSSAF has it is to be looked up (CONTRACT §10.4). Does not commit."""
        self._set_state('unknown')

    def _is_given_up(self):
        """Whether URSSAF has it, the household never activated its account, and it is not asked about by itself any more."""
        return self.state == 'pending' and not self.next_poll_at

    # -- what people read -------------------------------------------------------------------------

    def _responsible(self):
        return self.company_id._urssaf_person(self.queued_by_id, self.create_uid)

    def _sentence(self):
        """The state as one sentence: what is going on, who must do what (SCREENS §2).

        :rtype: str
        """
        self.ensure_one()
        if self._is_queued():
            return self.env._("Leaves in the background in the next minutes.")
        if self._waits_for_contract():
            return self._other_contract_sentence()
        if self.spoilt_count and self.needs_attention and self.error_text:
            return self.error_text
        if self.state == 'pending':
            return self._pending_sentence()
        if self.state == 'active':
            return self._active_sentence()
        if self.error_text and self.state in EXPLAINED_STATES:
            return self.error_text
        return filled_in(self.env, STATES[self.state].words['sentence'], {'customer': self.partner_id.name})

    def _active_sentence(self):
        words = STATES['active'].words
        if not self.activated_at:
            return filled_in(self.env, words['no_date'])
        day = self.activated_at.date()
        return filled_in(
            self.env,
            words['sentence'],
            {
                'date': format_date(self.env, day),
                'first_day': format_date(self.env, fields.Date.add(day, days=1)),
            },
        )

    def _pending_sentence(self):
        """For how long the link of URSSAF's message is good, or that it has expired."""
        written = self.registered_at or self.create_date
        limit = written + ACTIVATION_LINK_LIFETIME
        is_good = fields.Datetime.now() < limit
        text = filled_in(
            self.env,
            STATES['pending'].words['sentence' if is_good else 'link_expired'],
            {
                'customer': self.partner_id.name,
                'date': format_date(self.env, written),
                'limit': format_date(self.env, limit),
            },
        )
        if not is_good and self._is_given_up():
            text += ' ' + self.env._("URSSAF is not asked about it by itself any more: refresh when they have done so.")
        return text

    def _notify_user(self, just_registered=False):
        """The notice after registering or refreshing.

        With ``urssaf_form_tells`` in the context the form shows a refusal itself: it wants to be loaded again, which it
        is not after an error, and a notice that repeats it would lie on top of it.

        :param bool just_registered: whether the user has asked for a registration, not for news
        :return: an action
        :rtype: dict
        :raises UserError: when the only one is refused, and no form tells
        """
        form_tells = self.env.context.get('urssaf_form_tells')
        if len(self) == 1 and self.state == 'rejected' and form_tells:
            return notification(
                self.env._("URSSAF refused the registration: the form says why, and what to do."), 'warning'
            )
        kind, sticky = 'info', False
        # A click that came second may not see the first one's claim yet: there is nothing wrong, and nothing to do.
        joined = self.filtered(
            lambda registration: just_registered and registration.state == 'draft' and not registration.error_text
        )
        bad = (self - joined).filtered(lambda registration: registration.state in FAILED_STATES)
        if joined and joined == self:
            message = filled_in(self.env, STATES['sending'].words['sentence'])
        elif bad:
            if len(self) == 1 and not form_tells:
                raise UserError(bad._sentence())
            message = '\n'.join(registration._sentence_with_name() for registration in bad)
        elif just_registered and len(self) == 1 and self.state == 'pending':
            message = self.env._(
                "Registration received. URSSAF sends %(email)s a message to activate the account "
                "(link valid 7 days). You will be told.",
                email=self.sudo().email_at_urssaf,
            )
            kind = 'success'
        else:
            message = '\n'.join(registration._sentence_with_name() for registration in self)
            kind = 'success' if self and all(registration.stage == 'active' for registration in self) else 'info'
        if bad or self.filtered(lambda registration: registration._needs_a_person()):
            kind, sticky = 'warning', True
        return notification(message, kind, sticky=sticky)

    def _sentence_with_name(self):
        """Who it is and how far it is; the name once, as most sentences have it.

        :rtype: str
        """
        self.ensure_one()
        name, sentence = self.partner_id.name, self._sentence()
        if not name or name in sentence:
            return sentence
        return self.env._("%(customer)s: %(sentence)s", customer=name, sentence=sentence)

    # -- notices: chatter and activity on the customer --------------------------------------------

    def _creation_message(self):
        # EXTENDS 'mail'
        return self.env._("The registration has been made.")

    def _notify(self):
        """Tell people what is new, each registration in a transaction of its own. Commits; never raises."""
        self._notify_each(self, type(self)._notify_one)

    def _notify_one(self):
        """What follows an outcome, in the language of who follows the matter. May be repeated; does not commit."""
        self._take_over_variant()
        self._propose_variants()
        responsible = self._responsible()
        localized = self.with_context(lang=responsible.lang or self.company_id.partner_id.lang)
        if self.told_state != self.state:
            self.told_state = self.state
            if self.state not in UNTOLD_STATES or self.needs_attention:
                self.partner_id.message_post(
                    body=localized.env._("Avance immédiate: %s", localized._sentence()),
                    message_type='notification',
                    subtype_xmlid='mail.mt_note',
                )
        localized._update_activity(responsible)

    def _needs_a_person(self):
        return self.state in PROBLEM_STATES or self.needs_attention

    def _update_activity(self, responsible):
        """One activity on the customer while somebody has to act, closed by itself when the cause is gone.

        :param res.users responsible: whose activity it is
        """
        if self._is_reminded_for_good():
            return
        self.activity_id = self._keep_activity(
            self.partner_id,
            self.activity_id,
            self._needs_a_person(),
            summary=f"{filled_in(self.env, STATES[self.state].label)}: {self.partner_id.name}",
            note=plaintext2html(self._sentence()),
            user=responsible,
        )
