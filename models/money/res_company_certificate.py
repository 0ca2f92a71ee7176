from datetime import date
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

# What paid (``CertificateRow.kind``), by the means of payment; all others are money.
KIND_OF_MEANS = {'cesu': 'cesu', 'cesu_prepaid': 'cesu', 'aid': 'aid', 'cash': 'cash'}

# Both sides of each match count: what pays an invoice, and what pays a credit note back. A set-off has the day on which both
# were there, on both sides: each by its own day, it would be money in one year and money back in the next.
MATCHES = """
WITH term AS (
    SELECT line.id AS line_id, move.id AS move_id, move.commercial_partner_id AS partner_id,
           COALESCE(move.reversed_entry_id, move.id) AS invoice_id,
           CASE move.move_type WHEN 'out_invoice' THEN 1 ELSE -1 END AS sign
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN account_account account ON account.id = line.account_id
      JOIN res_partner partner ON partner.id = move.commercial_partner_id
     WHERE move.move_type IN ('out_invoice', 'out_refund')
       AND move.state = 'posted'
       AND move.company_id = ANY(%(companies)s)
       AND account.account_type = 'asset_receivable'
       AND partner.is_company IS NOT TRUE
), hit AS (
    SELECT partial.id, partial.amount, partial.max_date, partial.credit_move_id AS money_id, term.*
      FROM account_partial_reconcile partial JOIN term ON term.line_id = partial.debit_move_id AND term.sign = 1
     UNION ALL
    SELECT partial.id, partial.amount, partial.max_date, partial.debit_move_id, term.*
      FROM account_partial_reconcile partial JOIN term ON term.line_id = partial.credit_move_id AND term.sign = -1
), paid AS (
    SELECT hit.id, hit.move_id, hit.invoice_id, hit.partner_id, hit.sign * hit.amount AS amount, money.move_type <> 'entry' AS is_set_off,
           CASE WHEN money.move_type <> 'entry' THEN hit.max_date
                ELSE COALESCE(payment.urssaf_value_date, payment.date, line.date) END AS day,
           money.journal_id, payment.id AS payment_id, money.statement_line_id, line.id AS line_id
      FROM hit
      JOIN account_move_line line ON line.id = hit.money_id
      JOIN account_move money ON money.id = line.move_id AND money.state = 'posted'
      LEFT JOIN account_payment payment ON payment.id = money.origin_payment_id
)
SELECT * FROM paid
 WHERE day <= %(last)s
   AND invoice_id IN (SELECT invoice_id FROM paid WHERE day BETWEEN %(first)s AND %(last)s)
 ORDER BY move_id, day, id
"""


class CertificateRow(NamedTuple):
    """A sum that was paid for services, or given back."""

    partner_id: int
    move_id: int  # the invoice, or the credit note
    payment_id: int  # 0 without one
    day: date  # URSSAF's value date where it was URSSAF
    # What paid. 'urssaf'; 'money' of the household; 'cesu', of which the certificate says how much (C. trav. D7233-3); an 'aid',
    # which is not the household's own; 'cash', which does not count for the tax credit; 'set_off': an invoice and a credit note
    # that pay each other; 'unknown', neither a payment nor a bank line: somebody explains.
    kind: str
    amount: float  # euros; less than zero: given back, or set off
    advanced: float  # how much of it the State has advanced, by our estimate: URSSAF tells nothing
    by_nature: dict  # id of ``urssaf.nature`` (False: none) -> euros; their sum is the amount
    means: str = ''  # a key of ``MEANS``, of the household's money
    # The household has paid this invoice, and URSSAF too: somebody looks at it before it is certified.
    is_double: bool = False


class ResCompany(models.Model):
    """What households have paid in a year, by type of service: what their tax certificates are made of."""

    _inherit = 'res.company'

    def _urssaf_certificate_rows(self, year):
        """What was really paid in a year, one row for each match in the books. In sudo.

        What URSSAF has taken back since is no longer in it: the certificate of that year is made anew then.

        :param int year: of the payments
        :rtype: list[CertificateRow]
        """
        self.ensure_one()
        self.env.flush_all()
        first, last = date(year, 1, 1), date(year, 12, 31)
        found = self.env.execute_query_dict(SQL(MATCHES, companies=self._urssaf_served().ids, first=first, last=last))
        moves = self.env['account.move'].sudo().browse({match['move_id'] for match in found})
        by_move = {}
        for match in found:
            by_move.setdefault(match['move_id'], []).append(match)
        rows = [row for move in moves for row in move._urssaf_rows_of(by_move[move.id])]
        return [row for row in self._urssaf_with_advanced(rows) if first <= row.day <= last]

    def _urssaf_with_advanced(self, rows):
        """The same rows with what the State has advanced of each: half of the request at most, of what stays paid of it. Its invoice
        and credit notes count together: what a take-back has paid back of a note, it has not taken off the invoice.

        :param list rows: of all days
        :rtype: list[CertificateRow]
        """
        payments = self.env['account.payment'].sudo().browse({row.payment_id for row in rows if row.kind == 'urssaf'})
        requests = {payment.id: payment.urssaf_request_id for payment in payments}
        paid, advanced, done = {}, {}, list(rows)
        for place, row in sorted(enumerate(rows), key=lambda numbered: numbered[1].day):
            if row.kind != 'urssaf':
                continue
            request = requests[row.payment_id]
            half = request.currency_id.round((request.amount_total - request.amount_not_eligible) / 2)
            paid[request] = paid.get(request, 0.0) + row.amount
            upto = max(0.0, min(half, paid[request]))
            done[place] = row._replace(advanced=request.currency_id.round(upto - advanced.get(request, 0.0)))
            advanced[request] = upto
        return done


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _urssaf_rows_of(self, matches):
        """What was paid of this invoice (or given back of this credit note), by type of service.

        Split cumulatively: what each type has of all that was paid so far, less what it had before. Each sum rounded by itself
        would drift.

        :param list matches: rows of ``MATCHES``, from the first one on
        :rtype: list[CertificateRow]
        """
        self.ensure_one()
        weights = self._urssaf_certificate_weights()
        payments, journals = self.env['account.payment'].sudo(), self.env['account.journal'].sudo()
        total, rows = 0.0, []
        before = dict.fromkeys(weights, 0.0)
        for match in matches:
            payment = payments.browse(match['payment_id'] or ())
            kind, means = payment._urssaf_certificate_kind(journals.browse(match['journal_id']), match)
            amount = float(match['amount'])
            if means and amount > 0:  # closed with a difference, the match holds what nobody has paid, too
                written_off = self.env['account.move.line'].sudo().browse(match['line_id'])._urssaf_written_off()
                amount -= min(amount, written_off)
            total += amount
            now = self._urssaf_certificate_split(weights, total)
            rows.append(
                CertificateRow(
                    partner_id=match['partner_id'],
                    move_id=self.id,
                    payment_id=payment.id or 0,
                    day=match['day'],
                    kind=kind,
                    amount=amount,
                    advanced=0.0,  # by request, see `_urssaf_with_advanced`
                    by_nature={
                        nature: part
                        for nature in weights
                        if (part := self.currency_id.round(now[nature] - before[nature]))
                    },
                    means=means,
                )
            )
            before = now
        if not self._urssaf_is_paid_twice(rows):
            return rows
        return [row._replace(is_double=row.kind != 'set_off') for row in rows]

    def _urssaf_is_paid_twice(self, rows):
        """Whether the household has paid more than its deposit of this invoice, and URSSAF has paid what does not find its place on it
        any more: who paid what is for a person to say.

        What was given back to the household since does not undo it, as long as its money stands on the invoice instead of URSSAF's.

        :param list rows: what has paid this invoice
        :rtype: bool
        """
        booked = self.sudo().urssaf_request_ids.payment_ids._urssaf_booked()
        if not booked:
            return False
        sign = {'transfer': 1, 'taken_back': -1}
        of_urssaf = sum(sign[payment.urssaf_kind] * payment.amount for payment in booked)
        placed = sum(row.amount for row in rows if row.kind == 'urssaf')
        deposit = sum(booked.urssaf_request_id.mapped('deposit_amount'))
        own = sum(row.amount for row in rows if row.means)
        compare = self.currency_id.compare_amounts
        return compare(of_urssaf, placed) > 0 and compare(own, deposit) > 0

    def _urssaf_certificate_weights(self):
        """What stands on this document for each type of service, tax included, in euros.

        :return: by id of ``urssaf.nature``; False where a line has none
        :rtype: dict
        """
        weights = {}
        for line in self._urssaf_service_lines():
            nature = line._urssaf_nature().id
            weights[nature] = weights.get(nature, 0.0) + line.price_total
        return weights or {False: self.amount_total}

    def _urssaf_certificate_split(self, weights, amount):
        """An amount in parts, to the cent: their sum is the amount.

        :param dict weights: see ``_urssaf_certificate_weights``
        :param float amount: euros
        :rtype: dict
        """
        whole = sum(weights.values())
        parts, reached, given = {}, 0.0, 0.0
        for nature, weight in weights.items():
            reached += weight
            upto = self.currency_id.round(amount * reached / whole) if whole else amount
            parts[nature] = upto - given
            given = upto
        return parts


class AccountPayment(models.Model):
    _inherit = 'account.payment'

    def _urssaf_certificate_kind(self, journal, match):
        """What paid.

        :param account.journal journal: of the entry that paid, in sudo
        :param dict match: a row of ``MATCHES``
        :return: a kind as in ``CertificateRow``, and a key of ``MEANS`` (empty where it is no money of the household)
        :rtype: tuple
        """
        if match['is_set_off']:
            return 'set_off', ''
        if self.urssaf_kind:
            return 'urssaf', ''
        if not self and not match['statement_line_id']:
            return 'unknown', ''
        means = self._urssaf_means() if self else journal._urssaf_means()
        return KIND_OF_MEANS.get(means, 'money'), means
