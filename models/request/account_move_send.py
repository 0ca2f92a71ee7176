from odoo import api, models

from ...tools.refusal import RequestRefused

URSSAF_EDI = 'urssaf'
# In an invoice's `sending_data`: our window has promised an e-mail, however this customer's invoices are sent else.
BY_EMAIL = 'urssaf_by_email'


class AccountMoveSend(models.AbstractModel):
    """The option *Avance immédiate* of Send & Print.

    Odoo ticks every applicable EDI by default, also when a cron or a paid web order sends without anybody looking:
    our key is never among the defaults (DESIGN §4). Hooks never raise.
    """

    _inherit = 'account.move.send'

    @api.model
    def _get_all_extra_edis(self) -> dict:
        # EXTENDS 'account'
        edis = super()._get_all_extra_edis()
        edis[URSSAF_EDI] = {
            'label': self.env._("Avance immédiate (URSSAF)"),
            'is_applicable': lambda move: move.urssaf_is_possible,
        }
        return edis

    @api.model
    def _get_default_extra_edis(self, move) -> set:
        # EXTENDS 'account'
        return super()._get_default_extra_edis(move) - {URSSAF_EDI}

    @api.model
    def _get_default_sending_methods(self, move) -> set:
        # EXTENDS 'account'
        if (move.sending_data or {}).get(BY_EMAIL):
            return {'email'}
        return super()._get_default_sending_methods(move)

    @api.model
    def _prepare_invoice_pdf_report(self, invoices_data):
        # EXTENDS 'account': those that URSSAF collects are made one by one. Odoo makes one document of all and splits it,
        # which not every wkhtmltopdf allows; and one that cannot be made would keep the e-mails of the others.
        result, others = None, {}
        for invoice, data in invoices_data.items():
            if invoice.urssaf_is_collecting:
                result = super()._prepare_invoice_pdf_report({invoice: data})
            else:
                others[invoice] = data
        return super()._prepare_invoice_pdf_report(others) if others else result

    @api.model
    def _hook_invoice_document_before_pdf_report_render(self, invoice, invoice_data):
        # EXTENDS 'account'
        result = super()._hook_invoice_document_before_pdf_report_render(invoice, invoice_data)
        # A PDF made when somebody else was to be paid must not travel with this mail.
        outdated = invoice.invoice_pdf_report_id
        invoice._urssaf_refresh_documents()
        self._urssaf_drop_outdated_pdf(invoice, invoice_data, outdated)
        return result

    @api.model
    def _call_web_service_before_invoice_pdf_render(self, invoices_data):
        # EXTENDS 'account'
        result = super()._call_web_service_before_invoice_pdf_render(invoices_data)
        self._urssaf_send(invoices_data)
        return result

    @api.model
    def _urssaf_send(self, invoices_data):
        """Create and send the requests of the invoices for which the option was ticked (DESIGN §4). Commits.

        :param dict invoices_data: Odoo's, by invoice; gets the key ``error`` where an invoice may not be sent or URSSAF
            did not take it
        """
        chosen = {
            invoice: data
            for invoice, data in invoices_data.items()
            if URSSAF_EDI in (data['extra_edis'] or {}) and not data.get('error')
        }
        if not chosen:
            return
        stored_pdf = {invoice: invoice.invoice_pdf_report_id for invoice in chosen}
        requests_by_invoice, refusals = next(iter(chosen)).union(*chosen)._urssaf_create_each()
        for invoice, sentence in refusals.items():
            # Told for this invoice; the others leave.
            chosen[invoice]['error'] = {
                URSSAF_EDI: True,
                'error_title': self.env._("Invoice %s cannot be sent to URSSAF.", invoice.name),
                'errors': sentence.splitlines(),
            }
        requests = self.env['urssaf.payment.request'].sudo().union(*requests_by_invoice.values())
        requests._submit()
        for invoice, request in requests_by_invoice.items():
            data = chosen[invoice]
            if request._was_not_taken():
                data['error'] = {
                    URSSAF_EDI: True,
                    'error_title': self.env._("URSSAF did not take the request for invoice %s.", invoice.name),
                    'errors': (request.error_text or request._state_label()).splitlines(),
                }
            else:
                invoice._urssaf_refresh_documents()
                self._urssaf_drop_outdated_pdf(invoice, data, stored_pdf[invoice])

    @api.model
    def _hook_if_errors(self, moves_data, allow_raising=True):
        # EXTENDS 'account'
        error = next(iter(moves_data.values()), {}).get('error')
        if allow_raising and isinstance(error, dict) and error.get(URSSAF_EDI):
            raise RequestRefused(self._format_error_text(error))
        return super()._hook_if_errors(moves_data, allow_raising=allow_raising)

    @api.model
    def _urssaf_drop_outdated_pdf(self, invoice, invoice_data, outdated):
        """Take a PDF that was set aside out of the mail's attachments, too."""
        if outdated and not invoice.invoice_pdf_report_id:
            invoice_data['mail_attachments_widget'] = [
                attachment
                for attachment in invoice_data.get('mail_attachments_widget') or []
                if str(attachment['id']) != str(outdated.id)
            ]

    @api.model
    def _link_invoice_documents(self, invoices_data):
        # EXTENDS 'account'
        result = super()._link_invoice_documents(invoices_data)
        for invoice, data in invoices_data.items():
            if data.get('pdf_attachment_values'):
                for name, value in invoice._urssaf_pdf_says().items():
                    if invoice[name] != value:
                        invoice.sudo()._urssaf_write_flag(name, value)
        return result
