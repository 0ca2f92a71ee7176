import time

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.registration.urssaf_registration_states import RECEIVED_STATES, REGISTRABLE, UNANSWERED_STATES
from ..tools.notification import CLOSE, notification
from ..tools.sentence import filled_in
from .urssaf_register_wizard_words import RESULTS

# More than this leaves in the background, and so does what is left when URSSAF is slow: nobody waits in front of a
# window for many calls, and Odoo would cut it off.
REGISTER_NOW = 20
LONGEST_CLICK = 30  # seconds


class UrssafRegisterWizard(models.TransientModel):
    """One or many households to register with URSSAF: all are looked at before anything leaves."""

    _name = 'urssaf.register.wizard'
    _description = "Register Customers with URSSAF"

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)
    line_ids = fields.One2many('urssaf.register.wizard.line', 'wizard_id', string="Customers")
    ready_count = fields.Integer("Complete", compute='_compute_summary')
    to_fix_count = fields.Integer("To correct", compute='_compute_summary')
    done_count = fields.Integer("Nothing to do", compute='_compute_summary')
    later_count = fields.Integer("In the background", compute='_compute_summary')
    only_to_fix = fields.Boolean(
        "Only to correct", help="Hides the rows that are complete; they are registered all the same."
    )
    environment_notice = fields.Char("Notice of the Environment", compute='_compute_summary')
    outage = fields.Char("What Stopped It", readonly=True, help="Why URSSAF could not be reached.")

    @api.depends('line_ids.status')
    def _compute_summary(self):
        for wizard in self:
            statuses = wizard.line_ids.mapped('status')
            wizard.ready_count = statuses.count('ready')
            wizard.to_fix_count = statuses.count('missing') + statuses.count('refused')
            wizard.done_count = statuses.count('registered') + statuses.count('skipped')
            wizard.later_count = max(wizard.ready_count - REGISTER_NOW, 0)
            wizard.environment_notice = wizard.company_id._urssaf_environment_notice(
                wizard.company_id._urssaf_owner().urssaf_environment
            )

    def action_register(self):
        """Register the complete households; what stays is shown again with its reason. Commits.

        :return: a notice that says what happened, and this window again when something stays
        :raises UserError: when the service is not set up, or when no household is complete
        """
        self.ensure_one()
        self = self.with_company(self.company_id)
        company = self.company_id
        self.line_ids.partner_id._urssaf_check_rights()
        company._urssaf_check_ready()
        if company not in self.env.companies:
            raise UserError(company._urssaf_not_set_up())
        self.line_ids.invalidate_recordset(['status', 'note'])
        # Odoo runs a transaction again when the database refuses its end, and people click twice: then the rows are
        # registered already, and that is no error.
        ready = self.line_ids.filtered(lambda line: line.status == 'ready')
        if not ready and 'registered' not in self.line_ids.mapped('status'):
            raise UserError(self.env._("Nobody can be registered yet: correct what is said in the column Note."))
        partners = ready.partner_id
        fingerprints = {line.id: line.partner_id._urssaf_fingerprint() for line in ready}
        registrations = self.env['urssaf.registration'].sudo()._intend(partners, company._urssaf_owner())
        queued, sentences = self._register_now(registrations.sorted(lambda r: partners.ids.index(r.partner_id.id)))
        for line in ready:
            line.sudo().write(
                {'fingerprint': fingerprints[line.id], 'blocker': sentences.get(line._registration().id, False)}
            )
        return self._result_action(ready, queued)

    def _register_now(self, registrations):
        """As many now as a click may take, the others in the background. Commits, and calls URSSAF.

        :param urssaf.registration registrations: ``draft``, in the order of the rows
        :return: the registrations that leave in the background, and sentences by id of those that could not be sent
        """
        connection, sentences, started = self.env['urssaf.connection'], {}, time.monotonic()
        rest = registrations
        self.outage = False
        while rest and len(registrations) - len(rest) < REGISTER_NOW and time.monotonic() - started < LONGEST_CLICK:
            first, rest = rest[:1], rest[1:]
            failed = first._register_each()
            sentences.update(failed)
            paused = connection._is_paused(first.company_id, first.environment)
            if paused or (
                failed
                and first.state in REGISTRABLE
                and connection._find_for(first.company_id, first.environment).failure_count
            ):
                self.outage = connection._find_for(first.company_id, first.environment)._sentence() or failed.get(
                    first.id
                )
                return registrations.browse(), {}
        if rest:
            rest._enqueue()
        return rest, sentences

    def _result_action(self, tried, queued):
        """What happened, in one notice; rows to correct, and those not sent because URSSAF was down, are shown again.

        :param urssaf.register.wizard.line tried: the rows that were complete
        :param urssaf.registration queued: what leaves in the background
        :return: an action
        """
        tried.invalidate_recordset(['status', 'note'])
        received = tried.filtered(lambda line: line._registration().state in RECEIVED_STATES)
        background = tried.filtered(lambda line: line._registration() in queued)
        checking = tried.filtered(lambda line: line._registration().state in UNANSWERED_STATES)
        refused = tried.filtered(lambda line: line.status == 'refused')
        unsent = tried.filtered(lambda line: line.status == 'ready')
        already = (self.line_ids - tried).filtered(lambda line: line.status == 'registered')
        skipped = self.line_ids.filtered(lambda line: line.status == 'skipped')
        stays = self.line_ids.filtered(lambda line: line.status not in ('registered', 'skipped')) - background
        to_fix = stays - tried
        groups = {
            'received': received,
            'background': background,
            'checking': checking,
            'refused': refused,
            'unsent': unsent,
            'already': already,
            'skipped': skipped,
            'to_fix': to_fix,
        }
        parts = [filled_in(self.env, RESULTS[key], (len(group),)) for key, group in groups.items() if group]
        if self.outage:
            parts.insert(0, self.outage)
        (self.line_ids - stays).unlink()
        has_failures = bool(refused or checking or unsent)
        return notification(
            ' '.join(parts),
            'warning' if has_failures or to_fix else 'success' if received else 'info',
            sticky=has_failures,
            then=self._get_records_action(target='new', name=self.env._("Register with URSSAF")) if stays else CLOSE,
        )
