from odoo import models
from odoo.tools import format_amount


class AccountMove(models.Model):
    """The frame that Odoo puts around the mail of an invoice: it asks for no money either that URSSAF collects."""

    _inherit = 'account.move'

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
        return context
