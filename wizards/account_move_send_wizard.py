from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import html2plaintext

from ..models.request.account_move_send import URSSAF_EDI


class AccountMoveSendWizard(models.TransientModel):
    """Send & Print of one invoice, with the option *Avance immédiate* (SCREENS §4)."""

    _inherit = 'account.move.send.wizard'

    urssaf_is_chosen = fields.Boolean("Avance immédiate Is Chosen", compute='_compute_urssaf_is_chosen')
    # Odoo's own "?" is a tooltip: neither the keyboard nor a finger reaches it.
    urssaf_why_not = fields.Char("Why It Cannot Be Chosen", compute='_compute_urssaf_is_chosen')
    urssaf_nature_id = fields.Many2one(
        'urssaf.nature', string="Type of Service", compute='_compute_urssaf_nature_id', store=True, readonly=False
    )
    urssaf_date_start = fields.Date("From", compute='_compute_urssaf_date_start', store=True, readonly=False)
    urssaf_date_end = fields.Date("Until", compute='_compute_urssaf_date_end', store=True, readonly=False)
    urssaf_deposit_amount = fields.Monetary(
        "Deposit", compute='_compute_urssaf_deposit_amount', store=True, readonly=False
    )
    urssaf_deposit_date = fields.Date(
        "Deposit Paid On", compute='_compute_urssaf_deposit_date', store=True, readonly=False
    )
    currency_id = fields.Many2one(related='move_id.currency_id')
    # What the e-mail was made of: as long as nobody has changed it, it follows the deposit.
    urssaf_rendered = fields.Text("E-mail as Made", exportable=False)
    urssaf_summary = fields.Char("Who Pays What", compute='_compute_urssaf_summary')

    # -- computes ---------------------------------------------------------------------------------

    def _urssaf_move(self):
        """The invoice, if it is one that the real user may read and that can be sent to URSSAF; else none.

        Odoo computes the stored fields of this window in sudo, for whatever invoice it is made for: what is said of the
        customer and of the request must not go to a user of another company.
        """
        self.ensure_one()
        return self.move_id.sudo(False)._filtered_access('read').with_env(self.env).filtered('urssaf_is_possible')

    @api.depends('extra_edi_checkboxes')
    def _compute_urssaf_is_chosen(self):
        for wizard in self:
            wizard.urssaf_is_chosen = URSSAF_EDI in (wizard.extra_edis or {})
            box = (wizard.extra_edi_checkboxes or {}).get(URSSAF_EDI, {})
            wizard.urssaf_why_not = box.get('question_circle') if box.get('readonly') else False

    @api.depends('move_id')
    def _compute_extra_edi_checkboxes(self):
        # EXTENDS 'account'
        result = super()._compute_extra_edi_checkboxes()
        may_send = self.env.user.has_group('account.group_account_invoice')
        for wizard in self.filtered('move_id.urssaf_is_possible'):
            move = wizard.move_id
            if may_send and not wizard._urssaf_move():
                continue
            reason = (
                move._urssaf_blocker() if may_send else self.env._("Only invoicing users can send a request to URSSAF.")
            )
            household = move.commercial_partner_id.sudo().with_company(move.company_id)
            checkbox = {
                'label': self._get_all_extra_edis()[URSSAF_EDI]['label'],
                # Whoever has pressed *Correct and resend* wants it to be sent again.
                'checked': not reason and (household.urssaf_always_propose or bool(move.sudo().urssaf_replaces_id)),
            }
            if reason:
                checkbox.update(readonly=True, question_circle=reason)
            wizard.extra_edi_checkboxes = {**(wizard.extra_edi_checkboxes or {}), URSSAF_EDI: checkbox}
        return result

    # One compute method per field: with a shared one, giving one field at creation would leave the others empty.

    @api.depends('move_id')
    def _compute_urssaf_nature_id(self):
        for wizard in self:
            move = wizard._urssaf_move()
            wizard.urssaf_nature_id = move._urssaf_main_nature() if move else False

    @api.depends('move_id')
    def _compute_urssaf_date_start(self):
        for wizard in self:
            wizard.urssaf_date_start = wizard._urssaf_default_period()[0]

    @api.depends('move_id')
    def _compute_urssaf_date_end(self):
        for wizard in self:
            wizard.urssaf_date_end = wizard._urssaf_default_period()[1]

    def _urssaf_default_period(self):
        move = self._urssaf_move()
        return move._urssaf_default_period() if move else (False, False)

    def _urssaf_default_deposit(self):
        move = self._urssaf_move()
        return move._urssaf_default_deposit() if move else (0.0, False)

    @api.depends('move_id')
    def _compute_urssaf_deposit_amount(self):
        for wizard in self:
            wizard.urssaf_deposit_amount = wizard._urssaf_default_deposit()[0]

    @api.depends('move_id')
    def _compute_urssaf_deposit_date(self):
        for wizard in self:
            wizard.urssaf_deposit_date = wizard._urssaf_default_deposit()[1]

    @api.depends('move_id', 'urssaf_deposit_amount')
    def _compute_urssaf_summary(self):
        for wizard in self:
            move = wizard._urssaf_move()
            wizard.urssaf_summary = move._urssaf_amounts_sentence(wizard.urssaf_deposit_amount) if move else False

    @api.depends('extra_edi_checkboxes')
    def _compute_template_id(self):
        # EXTENDS 'account': the option brings our mail template, which asks for no payment
        result = super()._compute_template_id()
        for wizard in self.filtered('urssaf_is_chosen'):
            wizard.template_id = self.env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')
        return result

    @api.depends('urssaf_deposit_amount', 'urssaf_deposit_date')
    def _compute_body(self):
        # EXTENDS 'account': our e-mail names the debit that the deposit of this window leaves
        kept = self.filtered(lambda wizard: wizard._urssaf_body_was_edited())
        result = None
        for wizard in self - kept:
            with wizard._urssaf_deposit_on_invoice():
                result = super(AccountMoveSendWizard, wizard)._compute_body()
            wizard.urssaf_rendered = wizard._urssaf_body_text()
        for wizard in kept:
            wizard.body = wizard.body
        return result

    def _urssaf_body_text(self):
        """The words of the e-mail with the template that they come from, without what an editor does to their markup."""
        return f'{self.template_id.id} ' + ' '.join(html2plaintext(self.body or '').split())

    def _urssaf_body_was_edited(self):
        """Whether somebody has given the words, or changed them since they were made from the template still chosen."""
        self.ensure_one()
        if not self.urssaf_is_chosen or not self.body:
            return False
        made = self.urssaf_rendered
        if not made:
            return True  # words given with the window
        same_template = made.split(' ', 1)[0] == str(self.template_id.id)
        return same_template and made != self._urssaf_body_text()

    @contextmanager
    def _urssaf_deposit_on_invoice(self):
        """As if the deposit of this window stood on the invoice already: seen by what is rendered meanwhile, never written."""
        move = self._urssaf_move()
        if not move or not self.urssaf_is_chosen or move.urssaf_is_collecting:
            yield
            return
        names = ('urssaf_deposit_amount', 'urssaf_deposit_date', 'urssaf_amount_household')
        move.flush_recordset()
        move.invalidate_recordset(names)
        try:
            move._fields['urssaf_deposit_amount']._update_cache(move, self.urssaf_deposit_amount)
            move._fields['urssaf_deposit_date']._update_cache(move, self.urssaf_deposit_date or None)
            yield
        finally:
            move.invalidate_recordset(names, flush=False)

    @api.depends(
        'urssaf_is_chosen',
        'urssaf_nature_id',
        'urssaf_date_start',
        'urssaf_date_end',
        'urssaf_deposit_amount',
        'urssaf_deposit_date',
    )
    def _compute_alerts(self):
        # EXTENDS 'account': what would be refused is said before the button is pressed
        result = super()._compute_alerts()
        for wizard in self.filtered(lambda wizard: wizard.urssaf_is_chosen and wizard._urssaf_move()):
            wizard.alerts = {**(wizard.alerts or {}), **wizard._urssaf_alerts()}
        for wizard in self.filtered(lambda wizard: wizard._urssaf_is_forgotten()):
            move = wizard.move_id
            sentence = self.env._(
                "%(customer)s is registered for the avance immédiate: without this option, the invoice asks them for %(amount)s.",
                customer=move.commercial_partner_id.name,
                amount=move.currency_id.format(move.amount_residual),
            )
            wizard.alerts = {**(wizard.alerts or {}), 'urssaf_unticked': {'level': 'warning', 'message': sentence}}
        return result

    def _urssaf_is_forgotten(self):
        """Whether the request could leave, and nobody has ticked it."""
        self.ensure_one()
        box = (self.extra_edi_checkboxes or {}).get(URSSAF_EDI)
        return bool(box and not box.get('readonly') and not self.urssaf_is_chosen and self._urssaf_move())

    def _urssaf_alerts(self):
        """What would be refused, and what to know, for Odoo's alerts: ``{key: {'level', 'message'}}``.

        :rtype: dict[str, dict[str, str]]
        """
        self.ensure_one()
        move = self.move_id
        payload, errors, warnings, leaves_at = move._urssaf_prepare(
            self.urssaf_nature_id,
            self.urssaf_date_start,
            self.urssaf_date_end,
            self.urssaf_deposit_amount,
            self.urssaf_deposit_date,
        )
        if not errors:
            warnings = warnings + move._urssaf_ceiling_warnings([(move, payload)])[0]
        alerts = {}
        # Odoo may run the transaction again: then the invoice is at URSSAF because we have just sent it.
        if errors and not self.env['urssaf.payment.request']._sent_before(move):
            alerts['urssaf_errors'] = {'level': 'danger', 'message': '\n'.join(errors)}
        if warnings:
            alerts['urssaf_warnings'] = {'level': 'warning', 'message': '\n'.join(warnings)}
        if leaves_at and not errors:
            alerts['urssaf_scheduled'] = {
                'level': 'warning',
                'message': move._urssaf_leaves_sentence(self.urssaf_date_end, leaves_at),
            }
        notice = move.company_id._urssaf_environment_notice(move.urssaf_environment)
        if notice:
            alerts['urssaf_environment'] = {'level': 'warning', 'message': notice}
        return alerts

    # -- actions ----------------------------------------------------------------------------------

    def action_urssaf_open_customer(self):
        """Open the customer, where what is missing can be seen to.

        :raises AccessError: when the invoice is not one that the user may read
        """
        self.ensure_one()
        self.move_id.sudo(False).check_access('read')
        return self._urssaf_move().commercial_partner_id._get_records_action()

    def action_send_and_print(self, allow_fallback_pdf=False):
        # EXTENDS 'account'. Odoo goes on in sudo from here: rights are checked now, as the real user.
        self.ensure_one()
        if self.urssaf_is_chosen:
            self.move_id._urssaf_check_rights()
            self.move_id._urssaf_apply_choices(
                self.urssaf_nature_id,
                self.urssaf_date_start,
                self.urssaf_date_end,
                self.urssaf_deposit_amount,
                self.urssaf_deposit_date,
            )
        return super().action_send_and_print(allow_fallback_pdf=allow_fallback_pdf)
