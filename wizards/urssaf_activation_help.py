from urllib.parse import quote

from odoo import api, fields, models
from odoo.tools import format_date

from ..tools.french import URSSAF_EMAIL, in_french
from ..urssaf.typed import read_email


class UrssafActivationHelp(models.TransientModel):
    """URSSAF's activation e-mail never arrived: what the household can do, and a message to URSSAF ready to be sent."""

    _name = 'urssaf.activation.help'
    _description = "Help When URSSAF's Mail Does Not Arrive"

    registration_id = fields.Many2one('urssaf.registration', required=True, readonly=True, ondelete='cascade')
    environment = fields.Selection(related='registration_id.environment')
    sentence = fields.Char("How Far It Is", compute='_compute_texts')
    email = fields.Char("Sent To", compute='_compute_texts')
    email_today = fields.Char("Address on the Form", compute='_compute_texts', help="Empty while it is the same.")
    email_to = fields.Char("To", compute='_compute_texts')
    subject = fields.Char("Subject", compute='_compute_texts')
    body = fields.Text("Message", compute='_compute_texts')

    @api.constrains('registration_id')
    def _check_registration_id(self):
        """The window shows its registration in sudo: its user must be allowed to read it."""
        self.registration_id.with_user(self.env.user).check_access('read')  # constraints run in sudo

    @api.depends('registration_id')
    @api.depends_context('lang')
    def _compute_texts(self):
        for window in self:
            registration = window.registration_id
            window.sentence = registration._sentence()
            window.email = registration.email_at_urssaf
            today = read_email(registration.partner_id.email)
            window.email_today = today if today.lower() != window.email.lower() else False
            window.email_to = URSSAF_EMAIL
            window.subject, window.body = window._message()

    def _message(self):
        """Subject and text for URSSAF, in French whatever the user's language.

        :rtype: tuple[str, str]
        """
        registration, company = self.registration_id, self.registration_id.company_id
        french = in_french(self)
        values = {
            'company': company.name,
            'sap': company.urssaf_sap_number or '',
            'number': registration.customer_ref or '',
            'email': self.email or '',
            'today': self.email_today or '',
            'date': format_date(french.env, registration.registered_at),
        }
        subject = french.env._("Avance immédiate: activation e-mail not received (customer %(number)s)", **values)
        if self.email_today:
            values['email'] = french.env._("%(email)s; the customer's address is now: %(today)s", **values)
        return subject, french.env._(
            "Hello,\n\n"
            "A customer whom we registered for the avance immédiate has not received your e-mail to activate the account.\n\n"
            "Provider: %(company)s\n"
            "SAP number: %(sap)s\n"
            "Customer number (idClient): %(number)s\n"
            "E-mail address of the registration: %(email)s\n"
            "Registered on: %(date)s\n\n"
            "Could you check this address and send a new activation link, or tell us what is to be done?\n\n"
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
