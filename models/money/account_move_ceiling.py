from decimal import Decimal

from odoo import api, models

from ...tools.sentence import filled_in
from .account_move_words import CEILING_WORDS

CEILINGS = ('advance', 'tax', 'nature')


class AccountMove(models.Model):
    """What the household should know before an invoice leaves: its yearly ceilings are reached. Warned, never refused:
    URSSAF alone knows the balance, and raises the household's share by itself (CONTRACT §13)."""

    _inherit = 'account.move'

    @api.model
    def _urssaf_ceiling_warnings(self, prepared):
        """For invoices that are about to leave, which ceilings they exceed. One query for all of them.

        Each counts on top of those before it: two invoices of one household may be too much together only.

        :param list prepared: ``(invoice, payload)`` in the order in which they leave; payload: what ``_urssaf_prepare``
            gives, None where nothing can leave
        :return: the sentences of each, in the user's language
        :rtype: list[list[str]]
        """
        found = [[] for _pair in prepared]
        leaving = [(number, move, payload) for number, (move, payload) in enumerate(prepared) if payload]
        if not leaving:
            return found
        moves = self.union(*(move for _number, move, _payload in leaving))
        owners = {company: company._urssaf_owner() for company in moves.company_id}
        households = moves.commercial_partner_id.sudo()
        years = sorted({payload.date_end.year for _number, _move, payload in leaving})
        used = self.env['urssaf.payment.request']._used_by_households(
            self.env['res.company'].union(*owners.values()), households, years, without=moves._origin
        )
        ceilings = {year: self.env['urssaf.ceiling']._all_of_year(year) for year in years}
        for number, move, payload in leaving:
            year, household = payload.date_end.year, move.commercial_partner_id.sudo()
            amounts = used.setdefault((owners[move.company_id].id, household._origin.id, year), {})
            for line in payload.lines:
                amounts[line.nature] = amounts.get(line.nature, Decimal(0)) + line.total_ttc
            sent = {line.nature for line in payload.lines}
            for kind in CEILINGS:
                for ceiling in ceilings[year][kind]:
                    found[number] += move._urssaf_exceeded(kind, ceiling, amounts, sent, year)
                    found[number] += move._urssaf_too_long(ceiling, payload.lines)
        return found

    def _urssaf_ceiling_sentences(self):
        """What to know before these invoices leave as they are, each sentence with the number of its invoice.

        :rtype: list[str]
        """
        prepared, number_blockers = [], self._urssaf_number_blockers()
        for move in self:
            payload, errors, _warnings, _leaves_at = move._urssaf_prepare(
                move._urssaf_main_nature(),
                *move._urssaf_default_period(),
                *move._urssaf_default_deposit(),
                number_blockers=number_blockers,
            )
            prepared.append((move, None if errors else payload))
        warnings = self._urssaf_ceiling_warnings(prepared)
        return [
            f'{move.name}: {sentence}'
            for (move, _payload), sentences in zip(prepared, warnings, strict=True)
            for sentence in sentences
        ]

    def _urssaf_exceeded(self, kind, ceiling, amounts, sent, year):
        """What to know when this invoice takes the household beyond a ceiling: one sentence at most.

        :param str kind: a key of ``urssaf.ceiling``'s kinds
        :param urssaf.ceiling ceiling: that of the year
        :param dict amounts: euros of the year by code of the type of service, this invoice included
        :param set sent: the codes of this invoice
        :param int year: of the services
        :rtype: list[str]
        """
        household = self.commercial_partner_id.sudo()
        limit = ceiling._amount_for(household)
        if kind == 'nature':
            total = ceiling._part_of(amounts) if ceiling._codes() & sent else 0
        else:
            total = household._urssaf_eligible(amounts) / (2 if kind == 'advance' else 1)
        # No warning for an invoice that does not count towards this ceiling.
        if not ceiling or not household._urssaf_eligible(dict.fromkeys(sent, Decimal(1))) or total <= limit:
            return []
        names = {
            'customer': household.name,
            'year': year,
            'total': self.currency_id.format(float(total)),
            'limit': self.currency_id.format(limit),
            'service': ceiling.name,
        }
        return [filled_in(self.env, CEILING_WORDS[kind], names)]

    def _urssaf_too_long(self, ceiling, lines):
        """Where one intervention seems to last longer than the law allows: one sentence at most.

        :param urssaf.ceiling ceiling: for some types of service
        :param lines: those of the payload
        :rtype: list[str]
        """
        most, codes = ceiling.hours_each, ceiling._codes()
        long = [line for line in lines if line.nature in codes and line.unit == 'HEURE' and float(line.quantity) > most]
        if not most or not long:
            return []
        return [
            self.env._(
                "%(service)s: an intervention lasts %(hours)s h at most. Line “%(label)s” has %(quantity)s h: write one line for "
                "each intervention.",
                service=ceiling.name,
                hours=f'{most:g}',
                label=long[0].label,
                quantity=f'{float(long[0].quantity):g}',
            )
        ]
