from urllib.parse import quote

from odoo import api, fields, models

from .urssaf_activation_help import FRENCH, URSSAF_EMAIL


class UrssafCancellationHelp(models.TransientModel):
    """A request under way is cancelled by URSSAF alone, with a reason: a message to URSSAF ready to be sent."""

    _name = 'urssaf.cancellation.help'
    _description = "Have a Request Cancelled by URSSAF"

    request_id = fields.Many2one('urssaf.payment.request', required=True, readonly=True, ondelete='cascade')
    environment = fields.Selection(related='request_id.environment')
    reason = fields.Char(
        "Reason", help="URSSAF wants to know why: the invoice was paid directly, it is wrong, it is a duplicate…"
    )
    email_to = fields.Char("To", compute='_compute_texts')
    subject = fields.Char("Subject", compute='_compute_texts')
    body = fields.Text("Message", compute='_compute_texts')

    @api.constrains('request_id')
    def _check_request_id(self):
        """The window shows its request in sudo: its user must be allowed to read it."""
        self.request_id.with_user(self.env.user).check_access('read')  # constraints run in sudo

    @api.depends('request_id', 'reason')
    @api.depends_context('lang')
    def _compute_texts(self):
        for window in self:
            window.email_to = URSSAF_EMAIL
            window.subject, window.body = window._message()

    def _message(self):
        """Subject and text for URSSAF, in French whatever the user's language.

        :rtype: tuple[str, str]
        """
        request, company = self.request_id, self.request_id.company_id
        french = self
        if self.env['res.lang']._get_data(code=FRENCH):
            french = self.with_context(lang=FRENCH)
        values = {
            'company': company.name,
            'sap': company.urssaf_sap_number or '',
            'invoice': request.name or '',
            'number': request.request_ref or '',
            'amount': company.currency_id.with_env(french.env).format(request.amount_total),
            'reason': self.reason or '…',
        }
        subject = french.env._("Avance immédiate: cancellation of request %(number)s", **values)
        return subject, french.env._(
            "Hello,\n\n"
            "We ask you to cancel this payment request.\n\n"
            "Provider: %(company)s\n"
            "SAP number: %(sap)s\n"
            "Invoice: %(invoice)s\n"
            "Payment request (idDemandePaiement): %(number)s\n"
            "Amount: %(amount)s\n"
            "Reason: %(reason)s\n\n"
            "Could you confirm the cancellation, or tell us what is to be done?\n\n"
            "Kind regards,\n%(company)s",
            **values,
        )

    def action_write(self):
        """Open the message in the user's own mail program: URSSAF answers to an address that it knows.

        :return: an action
        """
        self.ensure_one()
        return {
            'type': 'ir.actions.act_url',
            'url': f'mailto:{self.email_to}?subject={quote(self.subject)}&body={quote(self.body)}',
            'target': 'self',
        }
