import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime, hmac

from ...tools.notification import notification
from ...urssaf import variants
from .urssaf_registration_states import REGISTRABLE

AS_ENTERED = 'as_entered'
# URSSAF may have this attempt: no other may be sent before it is known.
OPEN_OUTCOMES = ('sending', 'lost')


class UrssafRegistrationAttempt(models.Model):
    """One way to write a household for URSSAF: proposed, tried, and what the answer was.

    It holds no name, date or place: only which way it is, and a fingerprint that tells whether the form would still
    send the same. What was sent is kept just as long as URSSAF's answer is out, to recognise the household in it and
    to take over what worked.
    """

    _name = 'urssaf.registration.attempt'
    _description = "Way to Write a Household for URSSAF"
    _order = 'sequence, id'

    registration_id = fields.Many2one(
        'urssaf.registration', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='registration_id.company_id', store=True, index=True)
    sequence = fields.Integer(default=10, readonly=True)
    kind = fields.Selection(
        [
            (AS_ENTERED, "As entered on the form"),
            ('first_names_spaces', "All first names, separated by spaces"),
            ('first_names_hyphens', "All first names, joined by hyphens"),
            ('first_names_compound', "First two first names joined by a hyphen, then the others"),
            ('first_name_compound_only', "First two first names joined by a hyphen, without the others"),
            ('first_name_only', "The first one of the first names only"),
            ('birth_name_hyphen', "Birth name of two names joined by a hyphen"),
            ('birth_name_double_hyphen', "Birth name of two names joined by two hyphens"),
            ('birth_name_spaces', "Birth name of two names separated by a space"),
            ('birth_particle_joined', "Birth name with its particle joined to it"),
            ('birth_particle_apart', "Birth name with its particle apart"),
            ('usage_name_left_out', "Birth name alone, without the married or used name"),
            ('names_swapped', "Birth name and married or used name swapped"),
            ('birth_place', "Another code of the place of birth"),
            ('accents_kept', "Names with their accents"),
            ('accents_dropped', "Names without accents"),
        ],
        string="What Changes",
        required=True,
        readonly=True,
    )
    outcome = fields.Selection(
        [
            ('untried', "Not tried yet"),
            ('sending', "Sent, answer awaited"),
            ('lost', "Sent, answer lost"),
            ('refused', "Refused by URSSAF"),
            ('accepted', "Accepted"),
        ],
        string="Answer of URSSAF",
        required=True,
        readonly=True,
        default='untried',
    )
    was_lost = fields.Boolean(readonly=True, help="An earlier answer to this way was lost: it may be at URSSAF.")
    error_codes = fields.Char(readonly=True, help="Codes of URSSAF's refusal, separated by spaces.")
    tried_at = fields.Datetime("Tried On", readonly=True)
    tried_by_id = fields.Many2one('res.users', string="Tried By", readonly=True)
    fingerprint = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    claim = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    sent_values = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    sent_text = fields.Text("What Would Be Sent", compute='_compute_sent_text')
    answer = fields.Char("Answer", compute='_compute_answer')
    may_try = fields.Boolean(compute='_compute_may_try')

    _unique_fingerprint = models.Constraint('UNIQUE (registration_id, fingerprint)', "This way is in the list already.")

    @api.model
    def _fingerprint_of(self, customer):
        """Tells whether two ways are the same, and nothing else: keyed, so that no name can be guessed from it."""
        return hmac(self.env(su=True), 'urssaf-registration-attempt', json.dumps(variants.identity(customer)))

    # -- what people read -------------------------------------------------------------------------

    @api.depends_context('lang')
    @api.depends('kind', 'fingerprint')
    def _compute_sent_text(self):
        for registration, attempts in self.grouped('registration_id').items():
            # Told while there is something to choose, and not afterwards.
            ways = registration.sudo()._useful_variants()
            for attempt in attempts:
                way = ways.get(attempt.sudo().fingerprint)
                attempt.sent_text = way and self._describe(way)

    @api.model
    def _describe(self, way):
        """What a way sends, where it differs from the form, in the words of the form.

        :param urssaf.variants.Variant way: what would be sent
        :rtype: str
        """
        sent = way.customer.to_dict()
        place = sent.get('lieuNaissance', {})
        commune = place.get('communeNaissance', {})
        parts = []
        if not way.changes or way.changes.keys() & {'birth_name', 'usage_name', 'keep_accents'}:
            parts.append(self.env._("Birth name: %s", sent.get('nomNaissance', '')))
            parts.append(
                self.env._("Married or used name: %s", sent['nomUsage'])
                if 'nomUsage' in sent
                else self.env._("No married or used name")
            )
        if not way.changes or way.changes.keys() & {'first_names', 'keep_accents'}:
            parts.append(self.env._("First names: %s", sent.get('prenoms', '')))
        if commune and (not way.changes or 'birth_place' in way.changes):
            parts.append(
                self.env._(
                    "Born in: %(name)s (department %(department)s, code %(code)s)",
                    name=commune.get('libelleCommune', ''),
                    department=place.get('departementNaissance', ''),
                    code=commune.get('codeCommune', ''),
                )
            )
        elif 'birth_place' in way.changes:
            parts.append(self.env._("Country of birth: code %s", place.get('codePaysNaissance', '')))
        return ' · '.join(parts)

    @api.depends('outcome', 'error_codes')
    @api.depends_context('lang')
    def _compute_answer(self):
        for attempt in self:
            attempt.answer = attempt._label('outcome')
            if variants.IDENTITY_UNKNOWN in attempt._error_codes():
                attempt.answer = self.env._("Not recognised")
            elif attempt.error_codes and attempt._is_refused_otherwise():
                attempt.answer = self.env._("Refused for another reason")

    def _label(self, name):
        """A choice in the user's language."""
        return dict(self._fields[name]._description_selection(self.env))[self[name]]

    def _error_codes(self):
        return (self.error_codes or '').split()

    def _is_refused_otherwise(self):
        """What was wrong was not the identity: this way may be right, once the rest is corrected."""
        return self.outcome == 'refused' and not variants.is_ruled_out(self._error_codes())

    @api.depends('outcome', 'error_codes', 'registration_id.state', 'registration_id.worth_trying')
    def _compute_may_try(self):
        for registration, attempts in self.grouped('registration_id').items():
            ways = registration.sudo()._useful_variants()
            lost = registration.sudo()._lost_attempt(ways)
            for attempt in attempts:
                is_open = (
                    attempt == lost
                    or not lost
                    and (attempt.outcome == 'untried' or attempt.kind != AS_ENTERED and attempt._is_refused_otherwise())
                )
                attempt.may_try = is_open and attempt.sudo().fingerprint in ways

    # -- trying -----------------------------------------------------------------------------------

    def action_try(self):
        """Register the household written in this way, once: nothing is ever tried by itself.

        :return: a notice; that of the first click when somebody else has tried it meanwhile
        :raises UserError: when the form would send something else by now, or URSSAF refuses again
        """
        self.ensure_one()
        self.check_access('read')
        registration = self.registration_id
        partner = registration.partner_id.with_company(self.company_id)
        partner._urssaf_check_rights()
        ways = partner.sudo()._urssaf_variants()
        way = ways.get(self.sudo().fingerprint)
        if not way:
            raise UserError(self.env._("The form has been changed since then: register with what stands there now."))
        if registration.state in REGISTRABLE and not self.may_try:
            return self._explain_not_tried(registration.sudo()._lost_attempt(ways))
        return partner._urssaf_register_variant(registration, way)

    def _explain_not_tried(self, lost):
        """Why this way is not sent: in another window the answer is there already, or another one has to come first.

        :param urssaf.registration.attempt lost: the one that may be at URSSAF; may be empty
        :return: an action
        :rtype: dict
        """
        if lost:
            message = self.env._(
                "The answer to “%s” was lost, and the household may be registered by it: try that one again first.",
                lost.with_env(self.env)._label('kind'),
            )
        elif self.tried_at:
            message = self.env._(
                "“%(way)s” has been tried already, on %(date)s: %(answer)s.",
                way=self._label('kind'),
                date=format_datetime(self.env, self.tried_at, dt_format='short'),
                answer=self.answer,
            )
        else:
            message = self.env._("There is nothing left to try: look at what URSSAF says now.")
        return notification(message, 'warning')

    # -- what became of it ------------------------------------------------------------------------

    def _close(self, outcome, errors=()):
        """Keep what URSSAF answered; what was sent is forgotten unless it worked, or may have.

        :param str outcome: a key of the field ``outcome``
        :param errors: ``urssaf.errors.RemoteError`` of a refusal
        """
        self.write(
            {
                'outcome': outcome,
                'claim': False,
                'was_lost': outcome == 'lost',
                'error_codes': ' '.join(error.code for error in errors) or False,
            }
        )
        if outcome not in ('accepted', *OPEN_OUTCOMES):
            self.sent_values = False

    def _reopen(self):
        """It never left: as it was before."""
        for attempt in self:
            outcome = 'lost' if attempt.was_lost else 'refused' if attempt.error_codes else 'untried'
            attempt.write(
                {'outcome': outcome, 'claim': False, 'sent_values': attempt.sent_values if outcome == 'lost' else False}
            )

    def _sent_names(self):
        """Birth name and first names as sent, for ``variants.same_person``; None when they are forgotten."""
        values = json.loads(self.sent_values or '{}')
        return (values['urssaf_birth_name'], values['urssaf_first_names']) if values else None
