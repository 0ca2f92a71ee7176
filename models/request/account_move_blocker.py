from odoo import api, fields, models
from odoo.tools import format_date

from ...tools.sentence import filled_in
from .account_move_words import CUSTOMER_BLOCKERS, LINK_IS_GOOD, LINK_IS_OVER
from .urssaf_payment_request_states import FREE_STATES


class AccountMove(models.Model):
    """Why an invoice cannot be sent to URSSAF: each cause a sentence that says what to do."""

    _inherit = 'account.move'

    def _urssaf_blocker(self, ignore_request=None, number_blockers=None):
        """Why no request can be made for this invoice, whatever type and dates are chosen.

        :param ignore_request: the request that is about to leave, when it is its own departure that is checked
        :param dict number_blockers: what ``_urssaf_number_blockers`` has said of many invoices; looked up when not given
        :return: one sentence in the user's language, empty when a request is possible
        """
        self.ensure_one()
        return (
            self._urssaf_document_blocker()
            or self._urssaf_customer_blocker()
            or self._urssaf_money_blocker()
            or self._urssaf_request_blocker(ignore_request)
            or (self._urssaf_number_blockers() if number_blockers is None else number_blockers).get(self.id)
            or ''
        )

    def _urssaf_document_blocker(self):
        """What is wrong with the invoice as a document, or with the company's settings: a sentence, or nothing.

        :rtype: str
        """
        if self.move_type in ('out_refund', 'in_refund'):
            return self.env._(
                "A credit note cannot be sent to URSSAF. If the invoice it corrects is already there, "
                "ask URSSAF to cancel that request."
            )
        if self.move_type != 'out_invoice':
            return self.env._("Only customer invoices can be sent to URSSAF.")
        if self.state == 'draft':
            return self.env._("The invoice is a draft: confirm it first.")
        if self.state == 'cancel':
            return self.env._("The invoice is cancelled.")
        if sentence := self.company_id._urssaf_ready_blocker():
            return sentence
        if sentence := self._urssaf_down_payment_blocker():
            return sentence
        if self.currency_id.name != 'EUR':
            return self.env._("The invoice is in %s: URSSAF takes euros only.", self.currency_id.name)
        return ''

    def _urssaf_customer_blocker(self):
        """Why URSSAF would not debit this customer now: a company, or no active registration.

        :return: one sentence in the user's language, or an empty text
        :rtype: str
        """
        partner = self.commercial_partner_id
        blocker = partner._urssaf_company_blocker()
        own = self.partner_id.sudo().with_company(self.company_id).urssaf_registration_id
        if self.partner_id != partner and (blocker or own):
            return self.partner_id._urssaf_filed_sentence() or blocker
        if blocker:
            return blocker
        registration = self._urssaf_registration()
        if registration and registration._waits_for_contract():
            return self.env._(
                "%(customer)s is registered under another contract with URSSAF (%(number)s): an administrator enters that "
                "contract in the settings again, or you register them anew on the customer's form.",
                customer=partner.name,
                number=registration.sap_number,
            )
        state = registration.state or 'draft'
        if state == 'active':
            return ''
        words, limit = CUSTOMER_BLOCKERS[state], registration.sudo().activation_limit
        if state == 'pending' and limit:
            words = LINK_IS_GOOD if fields.Datetime.now() < limit else LINK_IS_OVER
        return filled_in(self.env, words, {'customer': partner.name, 'limit': format_date(self.env, limit)})

    def _urssaf_money_blocker(self):
        """Why there is nothing to ask for, or not what the invoice says: no amount, all paid, part of it credited or
        written off, or an online payment that is under way.

        :return: one sentence in the user's language, or an empty text
        :rtype: str
        """
        if self.amount_total <= 0:
            return self.env._("The invoice has no amount to send.")
        if self.currency_id.compare_amounts(self._urssaf_amount_settled(), self.amount_total) >= 0:
            return self.env._("Nothing is left to pay on this invoice.")
        if sentence := self._urssaf_settled_blocker():
            return sentence
        pending = self.sudo().transaction_ids.filtered(
            lambda transaction: (
                transaction.state in ('pending', 'authorized')
                or (transaction.state == 'done' and not transaction.payment_id)
            )
        )
        if pending:
            return self.env._("An online payment of this invoice is under way.")
        return ''

    def _urssaf_request_blocker(self, ignore_request=None):
        """Whether an earlier request stands in the way: live, or one that has used the number up (CONTRACT §1.12).

        :param ignore_request: the request that is about to leave itself
        :return: one sentence in the user's language, or an empty text
        :rtype: str
        """
        requests = self.sudo().urssaf_request_ids - (ignore_request or self.env['urssaf.payment.request'])
        # What is really with URSSAF counts also while the company tries something out in another environment.
        counts = (self._urssaf_owner().urssaf_environment, 'production')
        for request in requests.filtered(lambda r: r.environment in counts):
            label = request._state_label()
            if request.state != 'rejected' and request._of_other_contract():
                return request._other_contract_sentence()
            if request.is_live:
                return self.env._("A request is already with URSSAF for this invoice (%s).", label)
            if request.state not in FREE_STATES:
                remedy = self.env._("be paid directly, or make a credit note and a new invoice")
                if request.stage == 'paid':
                    remedy = self.env._("nothing more is to be sent")
                return self.env._(
                    "URSSAF has already dealt with this invoice (%(state)s) and never takes its number again: "
                    "%(remedy)s.",
                    state=label,
                    remedy=remedy,
                )
        return ''

    # -- is the number free? ------------------------------------------------------------------------

    def _urssaf_without_blocker(self):
        """Those of which a request can be made; their numbers are looked up for all at once."""
        number_blockers = self._urssaf_number_blockers()
        return self.filtered(lambda move: not move._urssaf_blocker(number_blockers=number_blockers))

    def _urssaf_number_blockers(self):
        """Why the numbers of these invoices cannot be used: looked up for all of them at once.

        :return: a sentence by the invoice's id; nothing for a number that is free
        :rtype: dict[int, str]
        """
        blockers = {}
        for owner, moves in self.grouped(lambda move: move._urssaf_owner()).items():
            by_number = {}
            for move in moves:
                by_number.setdefault(move._urssaf_number(), []).append(move)
            # Where several apply, the sentence of the later look is shown.
            for look in (self._urssaf_shared_numbers, self._urssaf_marked_numbers, self._urssaf_other_uses):
                for number, say in look(owner, list(by_number)):
                    blockers |= {move.id: sentence for move in by_number[number] if (sentence := say(move))}
        return blockers

    @api.model
    def _urssaf_other_uses(self, owner, numbers):
        """Numbers that another invoice has used at URSSAF: one of another journal, or a number given by hand again.

        :param res.company owner: the provider
        :param list numbers: of its invoices
        :return: pairs of a number and a function that says of an invoice what stands in the way, or nothing
        """
        uses = (
            self.env['urssaf.payment.request']
            .sudo()
            .search(
                [
                    ('company_id', '=', owner.id),
                    ('environment', '=', owner.urssaf_environment),
                    ('name', 'in', numbers),
                    ('state', 'not in', FREE_STATES),
                ]
            )
        )
        return [
            (use.name, lambda move, use=use: use.move_id != move.sudo() and move._urssaf_number_sentence(use.move_id))
            for use in uses
        ]

    @api.model
    def _urssaf_marked_numbers(self, owner, numbers):
        """Numbers that URSSAF has from another program, as a person has said; see ``_urssaf_other_uses``."""
        marked = (
            self.env['urssaf.number']
            .sudo()
            .search(
                [
                    ('company_id', '=', owner.id),
                    ('environment', '=', owner.urssaf_environment),
                    ('name', 'in', numbers),
                ]
            )
        )
        return [
            (
                number,
                lambda move, number=number: self.env._(
                    "URSSAF has number %s from another program, and takes a number once: reset the invoice to draft and give "
                    "it another number.",
                    number,
                ),
            )
            for number in set(marked.mapped('name'))
        ]

    @api.model
    def _urssaf_shared_numbers(self, owner, numbers):
        """Numbers that another company has used up: those under one contract share theirs; see ``_urssaf_other_uses``."""
        others = owner._urssaf_contract_sharers()
        uses = others and self.env['urssaf.payment.request'].sudo().search(
            [
                ('company_id', 'in', others.ids),
                ('name', 'in', numbers),
                ('environment', '=', owner.urssaf_environment),
                ('client_key', 'in', (False, owner.sudo().urssaf_client_id)),
                ('state', 'not in', FREE_STATES),
            ]
        )
        return [
            (
                use.name,
                lambda move, use=use: self.env._(
                    "%(company)s has used number %(number)s at URSSAF, under the same contract: URSSAF takes a number once. "
                    "Give the invoice another number (reset it to draft), and each company's invoices a prefix of their own.",
                    company=use.company_id.name,
                    number=use.name,
                ),
            )
            for use in uses or ()
        ]

    def _urssaf_same_numbers(self):
        """Of these invoices, in their order, those with the number of an earlier one of the same provider: that one may
        leave, the others would be refused.

        :return: the earlier invoice by the later one's id
        :rtype: dict
        """
        first, same = {}, {}
        for move in self:
            earlier = first.setdefault((move._urssaf_owner(), move._urssaf_number()), move)
            if earlier != move:
                same[move.id] = earlier
        return same

    def _urssaf_number_sentence(self, other):
        """Said of an invoice whose number another one has: URSSAF takes a number once (CONTRACT §1.12).

        :param other: the other invoice
        :rtype: str
        """
        return self.env._(
            "Number %(number)s is that of another invoice, too (%(customer)s, journal %(journal)s), and URSSAF takes a number "
            "once: give this invoice another number (reset it to draft), or make a credit note and a new invoice.",
            number=self._urssaf_number(),
            customer=other.sudo().commercial_partner_id.name,
            journal=other.sudo().journal_id.name,
        )

    def _urssaf_value_errors(self, nature, date_start, date_end, deposit_amount, deposit_date):
        """What is missing or contradicts the books, before anything is built.

        :param nature: type of service for the lines that have none, a record of ``urssaf.nature``
        :param date date_start: first day of service
        :param date date_end: last day of service
        :param float deposit_amount: euros
        :param date deposit_date: day on which it was paid
        :return: sentences in the user's language
        :rtype: list[str]
        """
        errors = []
        if not date_start or not date_end:
            errors.append(self.env._("Enter the first and the last day of the services."))
        deposit_error = self._urssaf_deposit_error(deposit_amount) or self._urssaf_paid_error(deposit_amount)
        if deposit_error:
            errors.append(deposit_error)
        elif deposit_amount and not deposit_date:
            errors.append(self.env._("Enter the day on which the deposit was paid."))
        without_nature = self._urssaf_service_lines().filtered(
            lambda line: line.price_total and not line._urssaf_nature()
        )
        if without_nature and not nature:
            errors.append(self.env._("Choose the type of service."))
        return errors

    def _urssaf_paid_error(self, deposit_amount):
        """A sentence when more is paid already than is declared as the deposit: the customer would pay it twice."""
        paid = self._urssaf_amount_paid()
        if self.currency_id.compare_amounts(deposit_amount or 0.0, paid) >= 0:
            return ''
        return self.env._(
            "%s is already paid on this invoice: declare it as the deposit, or the customer is debited too much.",
            self.currency_id.format(paid),
        )
