from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.payment import utils as payment_utils

from ...urssaf.dates import TIME_ZONE
from .urssaf_payment_request_states import (
    COLLECTABLE_STATES,
    ENDED_STATES,
    HALF_BACK_STATES,
    MONEY_BACK_STATES,
    PAID_STATES,
)

TEMPLATE = 'l10n_fr_avance_immediate.mail_template_collect'
# Nobody is asked for what has been due for longer: a person may have settled it otherwise.
COLLECT_WITHIN = timedelta(days=7)
# The household says that it has paid: asking once more would be wrong.
SAYS_PAID = 'CONTEST_FACT_REGLEE'


class UrssafPaymentRequest(models.Model):
    """Refused or failed: what is still due is the household's to pay, and URSSAF does not collect it any more (CONTRACT §13).

    Where the company wants it, a mail with the link to pay asks for it: once for each request, in the transaction that marks
    it, and about what is real only.
    """

    _inherit = 'urssaf.payment.request'

    collect_mailed_at = fields.Datetime("Payment Link Sent On", readonly=True, copy=False)
    collect_mail_failed = fields.Boolean("Payment Link Not Sent", readonly=True, copy=False, exportable=False)

    # -- how much ---------------------------------------------------------------------------------

    def _amount_left_in_books(self):
        """What URSSAF has paid and not taken back, in euros, where its transfer is in the books; else False.

        :rtype: float | bool
        """
        return False

    def _amount_to_collect(self):
        """What the household still has to pay on the invoice, in euros: what the books say is open, less the deposit that
        was declared and is not in them. After a refused debit, its own share, as long as URSSAF may pay the rest or has.

        :rtype: float
        """
        self.ensure_one()
        move = self.move_id.sudo()
        is_over = self.state not in COLLECTABLE_STATES or move.state != 'posted' or move.urssaf_is_collecting
        if is_over or move.urssaf_request_id != self:
            return 0.0
        booked = self._amount_left_in_books()
        own = move._urssaf_amount_paid() - (booked or 0.0)
        amount = move.amount_residual - move._urssaf_amount_registered() - max(0.0, self.deposit_amount - own)
        if booked is False and self._owes_share_only():
            amount = min(amount, self.amount_household + self.deposit_amount - max(own, self.deposit_amount))
        return max(0.0, self.currency_id.round(amount))

    def _owes_share_only(self):
        """Whether URSSAF has paid, or may still pay, what is not the household's share."""
        return self.state in HALF_BACK_STATES and (self._was_paid() or self.state not in ENDED_STATES)

    def _was_paid(self):
        """Whether URSSAF has said once that it had paid."""
        return any(event.state in PAID_STATES for event in self.event_ids)

    def _is_paid_directly(self):
        """Whether the household has paid what URSSAF did not collect, and URSSAF has nothing to take back any more."""
        may_take_back = self.state in MONEY_BACK_STATES and self._was_paid() and not self._amount_given_back()
        return not may_take_back and self.move_id.payment_state in ('paid', 'in_payment')

    # -- whom, and whether ------------------------------------------------------------------------

    def _collect_recipient(self):
        """Who gets the mail: the invoice's contact, else the household; empty where neither has an address, or is still in use:
        who is archived may have died.

        :rtype: res.partner
        """
        partners = self.move_id.sudo().partner_id + self.partner_id
        return partners.filtered(lambda partner: partner.active and partner.email_normalized)[:1]

    def _collect_since(self):
        """The moment from which on the household owes it (UTC)."""
        return self.state_since

    @api.model
    def _collect_since_domain(self, moment):
        """What became due at this UTC moment, or later.

        :rtype: Domain
        """
        return Domain('state_since', '>=', moment)

    def _is_mailed(self):
        """Whether the company wants this household to be asked by mail. Never about a trial, and never in a copy of the
        database, whose environment is emptied."""
        company = self.company_id.sudo()
        return (
            self.environment == 'production' == company.urssaf_environment
            and company.urssaf_mail_when_failed
            and self.reject_code != SAYS_PAID
        )

    def _may_be_mailed(self, now):
        """Whether the mail is to leave now.

        :param datetime now: UTC
        """
        self.ensure_one()
        since = self._collect_since()
        return bool(
            self._is_mailed()
            and not (self.collect_mailed_at or self.collect_mail_failed or self.needs_attention)
            and max(now - COLLECT_WITHIN, self.company_id.sudo().urssaf_mail_when_failed_since) <= since
            and self._collect_recipient()
            # Somebody is about to correct it.
            and not self._replacement()
            and not self.move_id._urssaf_credit_notes().filtered(lambda note: note.state == 'draft')
            and self._amount_to_collect() > 0
        )

    # -- the mail ---------------------------------------------------------------------------------

    @api.model
    def _collect_due(self, limit=100):
        """Ask the households that have to pay themselves, once each. Safe from several processes at once. Commits.

        :param int limit: how many at most
        :return: number of mails made; 0 when none is due
        """
        self._commit()
        now = fields.Datetime.now()
        open_ones = self.search(
            Domain(
                [
                    ('state', 'in', COLLECTABLE_STATES),
                    ('collect_mailed_at', '=', False),
                    ('collect_mail_failed', '=', False),
                    ('environment', '=', 'production'),
                    ('company_id.urssaf_mail_when_failed', '=', True),
                    ('move_id.payment_state', 'in', ('not_paid', 'partial')),
                ]
            )
            & self._collect_since_domain(now - COLLECT_WITHIN),
            order='id',
        )
        due = open_ones.filtered(lambda request: request._may_be_mailed(now))[:limit]
        done = sum(request._collect_one(now) for request in due)
        due._notify()
        return done

    def _collect_one(self, now):
        """One request, in a transaction of its own. Never raises.

        :param datetime now: UTC
        :return: whether it has been dealt with
        :rtype: bool
        """

        def mail():
            return self._may_be_mailed(now) and self._localized()._mail_link(now)

        def give_up():
            self._write_apart(lambda requests: [request._localized()._give_up_link() for request in requests])

        return self._deal_alone(mail, give_up)

    def _give_up_link(self):
        """One that cannot be made must not be met again and again: a person sends it. Does not commit."""
        self.collect_mail_failed = True
        self._tell(
            self.env._("The e-mail with the link to pay could not be made: send the invoice to the customer yourself.")
        )

    def _mail_link(self, now):
        """Put the mail into Odoo's queue, and mark that it is there. Does not commit."""
        recipient, amount = self._collect_recipient(), self._amount_to_collect()
        self.collect_mailed_at = now
        values = {'recipient_ids': [fields.Command.set(recipient.ids)]}
        template = self.env.ref(TEMPLATE).with_context(tz=TIME_ZONE)
        template.send_mail(self.id, email_values=values)
        self._tell(
            self.env._(
                "The link to pay %(amount)s was sent to %(email)s.",
                amount=self.currency_id.format(amount),
                email=recipient.email,
            )
        )

    def _collect_link(self):
        """The portal's page on which the household pays what is due.

        :rtype: str
        """
        self.ensure_one()
        move, amount = self.move_id.sudo(), self._amount_to_collect()
        query = '&payment=True'
        if self.currency_id.compare_amounts(amount, move.amount_residual):
            # The page proposes another amount than all that is open only with Odoo's seal on it.
            token = payment_utils.generate_access_token(move.id, amount, env=self.env)
            query += f'&amount={amount}&payment_token={token}'
        return move.get_base_url() + move.get_portal_url(query_string=query, anchor='portal_pay')

    # -- what the company's user reads ------------------------------------------------------------

    def _collect_sentence(self):
        """What is still due, and whether the household was asked, in the user's language; empty when nothing is."""
        self.ensure_one()
        amount = self._amount_to_collect()
        if not amount:
            return ''
        values = {'amount': self.currency_id.format(amount), 'customer': self.partner_id.name}
        if self.collect_mailed_at:
            day = format_date(self.env, self.collect_mailed_at)
            return self.env._(
                "Still due: %(amount)s. The link to pay was sent by e-mail on %(day)s.", day=day, **values
            )
        if self._is_mailed() and self.collect_mail_failed:
            return self.env._("Still due: %(amount)s. The e-mail with the link to pay could not be made.", **values)
        if self._is_mailed() and not self._collect_recipient() and not self.partner_id.active:
            return self.env._("Still due: %(amount)s. No link to pay was sent: %(customer)s is archived.", **values)
        if self._is_mailed() and not self._collect_recipient():
            return self.env._(
                "Still due: %(amount)s. No link to pay was sent: %(customer)s has no e-mail address. Call them, or send the "
                "invoice by post.",
                **values,
            )
        return self.env._("Still due: %(amount)s, for %(customer)s to pay you directly.", **values)
