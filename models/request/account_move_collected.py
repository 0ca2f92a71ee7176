from odoo import fields, models
from odoo.tools import format_amount, format_date

from ...tools.sentence import some_of
from .urssaf_payment_request_states import COLLECTABLE_STATES


class AccountMove(models.Model):
    """URSSAF collects this invoice: nobody else asks for its money, online, on paper, by mail or in a window. After a debit that
    the bank refused, nobody asks for the State's half."""

    _inherit = 'account.move'

    urssaf_pdf_asks_less = fields.Boolean("PDF Asks for a Part", readonly=True, copy=False, exportable=False)

    # -- how much is asked for --------------------------------------------------------------------

    def _urssaf_amount_asked(self):
        """What the household is asked for, where it is less than what is open on the invoice.

        :return: euros, 0.0 when URSSAF collects it or nothing is left for the household; None when all that is open is asked for
        :rtype: float | None
        """
        self.ensure_one()
        if self.urssaf_is_collecting:
            return 0.0
        move = self.sudo()
        request = move.urssaf_request_id
        if request.state not in COLLECTABLE_STATES:
            return None
        amount = request._amount_to_collect()
        return amount if move.currency_id.compare_amounts(amount, move.amount_residual) < 0 else None

    def _urssaf_amount_due(self):
        """What the household may pay on these invoices, in euros.

        :rtype: float
        """
        asked = [(move._urssaf_amount_asked(), move.amount_residual) for move in self]
        return sum(residual if amount is None else amount for amount, residual in asked)

    # -- online payment ---------------------------------------------------------------------------

    def _has_to_be_paid(self):
        # EXTENDS 'account_payment'. URSSAF debits the customer: paying here as well would be paying twice (CONTRACT §13).
        return self._urssaf_amount_asked() != 0.0 and super()._has_to_be_paid()

    def _get_invoice_next_payment_values(self, custom_amount=None):
        # EXTENDS 'account': what the portal and the window for links propose; a link made before may name a higher amount
        values = super()._get_invoice_next_payment_values(custom_amount=custom_amount)
        asked = self._urssaf_amount_asked()
        if asked is None:
            return values
        is_part = bool(custom_amount) and self.currency_id.compare_amounts(custom_amount, asked) < 0
        return {
            **values,
            'installment_state': 'next' if is_part else None,
            'amount_due': asked,
            'next_amount_to_pay': custom_amount if is_part else asked,
            'next_payment_reference': self.name,
            'epd_discount_amount_currency': 0.0,
        }

    def _get_online_payment_error(self):
        # EXTENDS 'account_payment'
        if self.urssaf_is_collecting:
            return self.env._("This invoice is collected by URSSAF: there is nothing to pay here.")
        if self._urssaf_amount_asked() == 0.0:
            return self._urssaf_portal_sentence()
        return super()._get_online_payment_error()

    def _urssaf_paid_together(self):
        """Those of these invoices that one online payment may pay. Odoo matches it with the oldest first: one of which a part
        is asked for would take the money of the others, and is paid on its own page.

        :rtype: account.move
        """
        return self.filtered(lambda move: move._urssaf_amount_asked() is None) if len(self) > 1 else self

    def _urssaf_portal_sentence(self):
        """What the household reads on its portal and on paper instead of a sum to pay and a day on which it is due; empty when
        all that is open is asked for.

        :rtype: str
        """
        self.ensure_one()
        asked = self._urssaf_amount_asked()
        if asked is None:
            return ''
        request = self.sudo()._urssaf_latest_request()
        if not self.urssaf_is_collecting:
            if not asked:
                return self.env._("Nothing is left for you to pay.")
            amount = self.currency_id.format(asked)
            if request._owes_share_only():
                return self.env._("URSSAF could not debit your share: %s is left for you to pay.", amount)
            return self.env._("Left for you to pay: %s.", amount)
        if request.state == 'recovered':
            return self.env._("Settled.")
        if request.stage == 'paid' and request.transfer_date:
            return self.env._("Settled by URSSAF on %s.", format_date(self.env, request.transfer_date))
        if request.stage == 'paid':
            return self.env._("Settled by URSSAF.")
        if day := self._urssaf_leaves_on():
            return self.env._("Nothing to pay: the request leaves on %s.", format_date(self.env, day))
        return self.env._(
            "Nothing to pay. URSSAF debits %s from your account.", self.currency_id.format(request.amount_household)
        )

    # -- documents --------------------------------------------------------------------------------

    def _get_mail_template(self):
        # EXTENDS 'account': our mail asks for no money
        if self and all(move.urssaf_is_collecting for move in self):
            return self.env.ref('l10n_fr_avance_immediate.mail_template_invoice_urssaf')
        return super()._get_mail_template()

    def _urssaf_refresh_documents(self):
        """Set aside a stored PDF that asks for money URSSAF collects, or that no longer does although it should.

        The next sending or printing makes a new one; the old one stays among the attachments.
        """
        for move in self.sudo():
            if move.invoice_pdf_report_id and any(
                move[name] != value for name, value in move._urssaf_pdf_says().items()
            ):
                move._detach_attachments()

    def _urssaf_is_issued(self):
        """Whether this is the invoice itself, though no PDF of it is kept: URSSAF is told of it, and a PDF that said otherwise who
        pays was set aside.
        """
        self.ensure_one()
        return self.state == 'posted' and bool(self.sudo().urssaf_request_id)

    def _get_invoice_proforma_pdf_report_filename(self):
        # EXTENDS 'account'
        if self._urssaf_is_issued():
            return self._get_invoice_report_filename()
        return super()._get_invoice_proforma_pdf_report_filename()

    def _urssaf_pdf_says(self):
        """What a PDF made now says of who is asked for what, by the fields that remember it.

        :rtype: dict
        """
        self.ensure_one()
        is_collecting = self.urssaf_is_collecting
        asks_less = not is_collecting and self._urssaf_amount_asked() is not None
        return {'urssaf_pdf_has_mention': is_collecting, 'urssaf_pdf_asks_less': asks_less}

    # -- the frame that Odoo puts around the mail of an invoice ------------------------------------

    def _get_model_description(self, model_name):
        # EXTENDS 'mail': the button reads "View Invoice", not "View Journal Entry"
        if len(self) == 1 and self.urssaf_is_collecting:
            return self.type_name
        return super()._get_model_description(model_name)

    def _notify_by_email_prepare_rendering_context(
        self,
        message,
        msg_vals=False,
        model_description=False,
        force_email_company=False,
        force_email_lang=False,
        force_record_name=False,
    ):
        # EXTENDS 'account': "94.50 € due 24/11/2026" stands above the text
        context = super()._notify_by_email_prepare_rendering_context(
            message,
            msg_vals=msg_vals,
            model_description=model_description,
            force_email_company=force_email_company,
            force_email_lang=force_email_lang,
            force_record_name=force_record_name,
        )
        if self.urssaf_is_collecting:
            share = format_amount(
                self.env, self.urssaf_amount_household, self.currency_id, lang_code=context.get('lang')
            )
            context['subtitles'][1:] = [self.env._("Your share: %s, debited by URSSAF", share)]
        elif len(self) == 1 and (sentence := self._urssaf_portal_sentence()):
            context['subtitles'][1:] = [sentence]
        return context

    # -- the window that registers a payment ---------------------------------------------------------

    def _urssaf_payment_alert(self):
        """The warning of the payment window, for Odoo's own alerts: a dict, or None when URSSAF collects none of these."""
        collected = self.filtered('urssaf_is_collecting')
        if not collected:
            return None
        if len(collected) > 1:
            return {
                'level': 'danger',
                'message': self.env._(
                    "URSSAF collects %(count)s of these invoices (%(invoices)s): your customers must not pay them, too. "
                    "Register only money that has really arrived.",
                    count=len(collected),
                    invoices=some_of(collected.sorted('name').mapped('name')),
                ),
                'action_text': self.env._("View the invoices"),
                'action': collected._get_records_action(name=self.env._("Avance immédiate")),
            }
        level, message = collected._urssaf_payment_warning()
        return {
            'level': level,
            'message': message,
            'action_text': self.env._("View the request"),
            'action': collected.action_urssaf_open_request(),
        }

    def _urssaf_payment_warning(self):
        """How serious it is, and one or two sentences: what URSSAF does with this invoice, what may be registered."""
        self.ensure_one()
        request = self.sudo()._urssaf_latest_request()
        names = {
            'invoice': self.name,
            'customer': self.commercial_partner_id.name,
            'state': request._state_label(),
            'amount': self.currency_id.format(request.transfer_amount or request.amount_expected),
        }
        if request.state == 'paid' and request.transfer_date:
            return 'info', self.env._(
                "URSSAF pays invoice %(invoice)s: %(amount)s on %(date)s. Register that transfer; nothing is to be asked from "
                "%(customer)s.",
                date=format_date(self.env, request.transfer_date),
                **names,
            )
        if request.state == 'paid':
            return 'info', self.env._(
                "URSSAF pays invoice %(invoice)s: it transfers %(amount)s to you. Register that transfer; nothing is to be "
                "asked from %(customer)s.",
                **names,
            )
        if request.state == 'recovered':
            return 'info', self.env._(
                "The unpaid share of invoice %(invoice)s counts as recovered by you. Register what has really arrived.",
                **names,
            )
        if request.can_withdraw:
            return 'warning', self.env._(
                "Invoice %(invoice)s is about to leave for URSSAF (%(state)s). If %(customer)s pays you directly, withdraw the "
                "request first.",
                **names,
            )
        return 'danger', self.env._(
            "URSSAF collects invoice %(invoice)s (%(state)s) and will transfer %(amount)s to you: %(customer)s must not pay it, "
            "too. If they have paid you already, ask URSSAF to cancel the request (“Ask for cancellation” on it).",
            **names,
        )
