import json
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date, split_every

from ...urssaf.client import MAX_BATCH
from ...urssaf.errors import Refused
from ...urssaf.wire import timestamp
from ..connection.urssaf_document import SPOILT_IN_A_ROW
from .urssaf_payment_request_states import FREE_STATES, WITHDRAWABLE_STATES
from .urssaf_payment_request_sync import is_too_much

# From these a request of ours may turn out to be at URSSAF all the same: the books are those of a day before.
ADOPTABLE_STATES = (*WITHDRAWABLE_STATES, *FREE_STATES, 'unknown')


class UrssafPaymentRequest(models.Model):
    """What URSSAF has of a company since a day, and how it is taken over here: after a backup was restored, or from another
    program (``urssaf.compare``)."""

    _inherit = 'urssaf.payment.request'

    # -- asking -----------------------------------------------------------------------------------

    @api.model
    def _sync_since(self, company, first, last):
        """All requests that URSSAF has of a company, by invoice date (M070). Commits, changes nothing.

        A range of which URSSAF has more than it shows, or whose answer does not hold all of it, is halved, down to a day; of
        such a day the invoices known here are asked for by their numbers.

        :param res.company company: asked about in the environment and under the contract of its settings
        :param date first: first invoice date
        :param date last: last invoice date
        :return: ``urssaf.answers.RequestStatus`` by URSSAF's number; the days of which there may be more; and the
            ``UrssafError`` that stopped the search, or None
        :rtype: tuple
        """
        found, partial, ranges, in_a_row = {}, [], [(first, last)], 0
        while ranges:
            start, end = ranges.pop()
            result, failure = self._sync_one_search(company, date_from=start, date_to=end)
            if failure and not _may_be_asked_in_parts(failure):
                return found, partial, failure
            if result:
                found.update((item.request_ref, item) for item in result.items)
                in_a_row = 0
            if result and result.complete:
                continue
            if start < end:
                middle = start + timedelta(days=(end - start).days // 2)
                ranges += [(middle + timedelta(days=1), end), (start, middle)]
                continue
            partial.append(start)
            in_a_row += bool(failure) and not is_too_much(failure)
            if in_a_row >= SPOILT_IN_A_ROW:
                return found, partial, failure  # no entry spoils them all: it is URSSAF's state
            if failure := self._sync_day_by_numbers(company, start, found):
                return found, partial, failure
        return found, partial, None

    @api.model
    def _sync_day_by_numbers(self, company, day, found):
        """What URSSAF has of the invoices of one day, put into ``found``; the ``UrssafError`` that stopped it, or None.

        A number whose answer cannot be used is left out: the others are told.
        """
        moves = self.env['account.move'].search(
            [
                ('company_id', 'in', company._urssaf_served().ids),
                ('move_type', '=', 'out_invoice'),
                ('state', '=', 'posted'),
                ('invoice_date', '=', day),
                ('commercial_partner_id.is_company', '=', False),
            ],
            order='id',
        )
        chunks = [*split_every(MAX_BATCH, [move._urssaf_number() for move in moves])]
        while chunks:
            chunk = chunks.pop(0)
            result, failure = self._sync_one_search(company, numbers=chunk)
            if isinstance(failure, Refused) and not is_too_much(failure):
                return None  # this contract has no search by number: the day stays partly known, the others go on
            if failure and not _may_be_asked_in_parts(failure):
                return failure
            if result:
                found.update((item.request_ref, item) for item in result.items)
            elif len(chunk) > 1:
                half = len(chunk) // 2
                chunks[:0] = [chunk[:half], chunk[half:]]
        return None

    @api.model
    def _sync_one_search(self, company, **criteria):
        """One M070 call that is about no request in particular: what was found, or None, and the error, or None. Commits.

        :param criteria: those of ``UrssafClient.search_requests``
        :rtype: tuple
        """
        # Asked in parts where one entry spoils the answer: no failure of the connection.
        return self.env['urssaf.connection']._ask_about_none(
            company, company.urssaf_environment, lambda client: client.search_requests(**criteria), is_apart=True
        )

    # -- taking over ------------------------------------------------------------------------------

    @api.model
    def _take_over(self, move, request_ref):
        """What URSSAF has under this reference is the request of this invoice, says a person. Commits.

        URSSAF is asked once more, so that what is taken over is what it says now.

        :param account.move move: a posted invoice with the number of URSSAF's request; rights are the caller's to check
        :param str request_ref: idDemandePaiement
        :return: the request
        :raises UserError: when URSSAF does not say so, or the invoice has another request; nothing is changed then
        """
        company = move._urssaf_owner()
        result, failure = self._sync_one_search(company, refs=[request_ref])
        if failure:
            raise UserError(self.env['urssaf.error']._explain(failure))
        item = next((item for item in result.items if item.request_ref == request_ref), None)
        if not item:
            raise UserError(self.env._("URSSAF does not show request %s any more: compare again.", request_ref))
        move._urssaf_lock()
        if blocker := self._take_over_blocker(move, item):
            raise UserError(blocker)
        request = self.search(
            [('move_id', '=', move.id), ('environment', '=', company.urssaf_environment)], order='id desc', limit=1
        )
        if request:
            request.lock_for_update(allow_referencing=True)
            request.invalidate_recordset()
        if not request or request.state not in ADOPTABLE_STATES:
            request = self.create(self._take_over_values(move, item))
        request.write({'attention': False, **company._urssaf_contract()})
        request._adopt(item.request_ref, item.status_code or '10')
        request._apply_status(item)
        self._commit()
        request._notify()
        return request

    @api.model
    def _take_over_blocker(self, move, item):
        """Why URSSAF's request cannot be that of this invoice: one sentence, or an empty text.

        :param urssaf.answers.RequestStatus item: what URSSAF has
        :rtype: str
        """
        if move.state != 'posted' or move.move_type != 'out_invoice' or move._urssaf_number() != item.number:
            return self.env._("No confirmed invoice here bears number %s.", item.number)
        if item.total_ttc is not None and move.currency_id.compare_amounts(float(item.total_ttc), move._urssaf_total()):
            return self.env._(
                "URSSAF has %(there)s under number %(number)s, and the invoice is about %(here)s: it is another one. Mark the "
                "number as used elsewhere, and give the invoice another one.",
                there=move.currency_id.format(float(item.total_ttc)),
                here=move.currency_id.format(move._urssaf_total()),
                number=item.number,
            )
        if item.date_invoice and item.date_invoice != move.invoice_date:
            return self.env._(
                "URSSAF has number %(number)s with the invoice date %(there)s, and the invoice is of %(here)s: if it is the "
                "same one, give it that date; else mark the number as used elsewhere, and give the invoice another one.",
                number=item.number,
                there=format_date(self.env, item.date_invoice),
                here=format_date(self.env, move.invoice_date),
            )
        registration = move._urssaf_registration()
        if item.customer_ref and registration.customer_ref and item.customer_ref != registration.customer_ref:
            return self.env._(
                "URSSAF has number %(number)s for another customer than %(customer)s: it is another invoice. Mark the number "
                "as used elsewhere, and give the invoice another one.",
                number=item.number,
                customer=move.commercial_partner_id.name,
            )
        owner = move._urssaf_owner()
        if taken := self._holder_of(owner, owner.urssaf_environment, item.request_ref):
            return self.env._("Invoice %s has this request already.", taken.move_id.name)
        mine = move.sudo()._urssaf_latest_request()
        if mine and mine.environment == owner.urssaf_environment and mine.state not in ADOPTABLE_STATES:
            return self.env._(
                "Invoice %(invoice)s has a request of its own (%(state)s).",
                invoice=move.name,
                state=mine.with_env(self.env).sudo()._state_label(),
            )
        return ''

    @api.model
    def _take_over_values(self, move, item):
        """A request as it would have been made here, its frozen text with no more than what URSSAF says: it never leaves."""
        first = item.date_start or move.urssaf_date_start or move.invoice_date
        last = item.date_end or move.urssaf_date_end or move.invoice_date
        payload = {
            'numFactureTiers': item.number,
            'idClient': item.customer_ref or move._urssaf_registration().customer_ref or '',
            'mntFactureTTC': float(item.total_ttc if item.total_ttc is not None else move._urssaf_total()),
            'dateFacture': timestamp(item.date_invoice or move.invoice_date),
            'dateDebutEmploi': timestamp(first),
            'dateFinEmploi': timestamp(last),
        }
        return {
            'name': item.number,
            'move_id': move.id,
            'partner_id': move.commercial_partner_id.id,
            'company_id': move._urssaf_owner().id,
            'environment': move._urssaf_owner().urssaf_environment,
            'nature_id': move._urssaf_main_nature().id,
            'date_start': first,
            'date_end': last,
            'amount_total': move._urssaf_total(),
            'amount_untaxed': move._urssaf_total_untaxed(),
            'amount_not_eligible': move._urssaf_amount_not_eligible(),
            'deposit_amount': move.urssaf_deposit_amount,
            'deposit_date': move.urssaf_deposit_date,
            'payload': json.dumps(payload),
            'state': 'unknown',
            'next_poll_at': False,
        }


def _may_be_asked_in_parts(failure):
    """Whether less at once may be answered: there is too much of it, or one entry spoils the answer."""
    return is_too_much(failure) or (failure.may_concern_one and not isinstance(failure, Refused))
