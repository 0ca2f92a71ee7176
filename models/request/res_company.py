from odoo import api, fields, models

from ...tools.sentence import some_of
from ..connection.res_company_branch import OWN


class ResCompany(models.Model):
    """What becomes of requests when a company changes its environment, or is archived; what it wants when one fails."""

    _inherit = 'res.company'

    urssaf_mail_when_failed = fields.Boolean(
        "Ask the customer to pay when a request fails",
        help="By e-mail, with the link to pay what is still due, once for each request that the customer has refused or whose "
        "debit has failed.",
    )
    # What failed before the switch was turned on is a person's matter.
    urssaf_mail_when_failed_since = fields.Datetime(
        "Such Mails Since", compute='_compute_urssaf_mail_when_failed_since', store=True, exportable=False
    )
    urssaf_cancellation_email = fields.Char(
        "Address for Cancellations",
        help="Where URSSAF takes your requests to cancel: “Ask for cancellation” writes there.",
    )

    @api.depends('urssaf_mail_when_failed')
    def _compute_urssaf_mail_when_failed_since(self):
        for company in self:
            is_on = company.urssaf_mail_when_failed
            company.urssaf_mail_when_failed_since = is_on and (
                company.urssaf_mail_when_failed_since or fields.Datetime.now()
            )

    def write(self, vals):
        # EXTENDS 'connection'
        before = {} if set(OWN).isdisjoint(vals) else self._urssaf_environments()
        if vals.get('active') is False:
            self._urssaf_tell_open_requests()
        result = super().write(vals)
        if before:
            after = self._urssaf_environments()
            changed = [company.id for company, environment in after.items() if environment != before.get(company)]
            self.browse(changed)._urssaf_choose_requests_anew()
            self.browse(changed)._urssaf_tell_left()
        return result

    def _urssaf_environments(self):
        """Which URSSAF serves these companies and their branches: a branch that gets settings of its own leaves its parent's.

        :rtype: dict
        """
        companies = self.sudo().with_context(active_test=False).search([('id', 'child_of', self.ids)])
        return {company: company._urssaf_owner().urssaf_environment for company in companies}

    def _urssaf_choose_requests_anew(self):
        """Which request counts for an invoice depends on the environment: only few invoices have one of a trial."""
        if not self:
            return
        trials = (
            self.env['urssaf.payment.request']
            .sudo()
            .search([('move_company_id', 'in', self.ids), ('environment', '!=', 'production')])
        )
        trials.move_id.modified(['urssaf_request_ids'])

    def _urssaf_tell_open_requests(self):
        """A note on the company's contact: what of an archived company is still with URSSAF, and is followed to its end."""
        for company in self.sudo().filtered('active'):
            requests = (
                self.env['urssaf.payment.request']
                .sudo()
                .search(
                    [
                        ('move_company_id', '=', company.id),
                        ('environment', '=', company._urssaf_owner().urssaf_environment),
                        ('is_live', '=', True),
                    ]
                )
            )
            if requests:
                company.partner_id.message_post(
                    body=self.env._(
                        "The company is archived while %(count)s requests are with URSSAF (%(invoices)s): they are followed "
                        "to their end, and who is responsible is told of refusals.",
                        count=len(requests),
                        invoices=some_of(requests.mapped('name')),
                    ),
                    message_type='notification',
                    subtype_xmlid='mail.mt_note',
                )
