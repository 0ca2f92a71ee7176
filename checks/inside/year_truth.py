"""What the books should say, worked out from the simulator's record of what URSSAF did and a diary of what people did.

Nothing of Odoo, of the addon or of its tables is used here. Amounts are in cents, days those of Paris.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from year_plan import TAKE_BACK_ON_BANK, TRANSFER_ON_BANK, gap_of

PAID, FAILED, GIVEN_UP = '70', '60', '111'
ALL_BACK = ('110', '112', '113')


@cache
def cents(amount):
    return int((Decimal(str(amount)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def share(amount, part, whole):
    """``part`` of ``whole`` of an amount, half a cent up (away from zero)."""
    return int((Decimal(amount) * part / whole).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass
class Document:
    """An invoice or a credit note as it was written: cents; ``taxes`` by name of the tax."""

    number: str
    household: int
    day: date
    total: int
    taxes: dict
    credits: str = ''  # the number of the invoice that a credit note takes back


@dataclass
class Diary:
    """What people did: documents, and money between households and the company (its own account, not URSSAF's)."""

    invoices: dict = field(default_factory=dict)  # by number
    notes: dict = field(default_factory=dict)  # by the invoice's number
    money: list = field(default_factory=list)  # (day, invoice number, cents; less than zero: given back)


@dataclass
class Books:
    """What the accounts should hold at the end of a day, in cents."""

    claims: int = 0
    bank: int = 0
    households: Counter = field(default_factory=Counter)
    tax: Counter = field(default_factory=Counter)  # by (year, month)
    unexplained: int = 0  # left open on bank lines


# -- what URSSAF did ----------------------------------------------------------------------------------


def day_of(instant):
    """The day of an instant of the simulator: none of ours lies in the last hours of a day."""
    return date.fromisoformat(instant[:10])


def transfers(requests):
    """What URSSAF has transferred: ``[(value date, number, cents)]``."""
    return [
        (date.fromisoformat(request['transfer']['date']), request['number'], cents(request['transfer']['amount']))
        for request in requests
        if any(step['code'] == PAID for step in request['history'])
    ]


def half(body):
    """The household's own half, less its deposit (CSS L133-5-12)."""
    total = cents(body['mntFactureTTC'])
    return total - share(total, 1, 2) - cents(body.get('mntAcompte') or 0)


def taken_back(requests):
    """What URSSAF has taken back: ``[(day on the bank, number, cents)]``: the household's half once its debit came back,
    all the rest of what it had paid when it cancels."""
    found = []
    for request in requests:
        left, is_half_back = 0, False
        for step in request['history']:
            amount = 0
            if step['code'] == PAID:
                left, is_half_back = cents(request['transfer']['amount']), False
            elif step['code'] in (FAILED, GIVEN_UP) and not is_half_back:
                amount, is_half_back = min(left, half(request['body'])), True
            elif step['code'] in ALL_BACK:
                amount = left
            if amount:
                left -= amount
                found.append((day_of(step['at']) + timedelta(days=TAKE_BACK_ON_BANK), request['number'], amount))
    return found


def bank_lines(requests, seed):
    """What the bank shows of URSSAF, a line for a day and a direction: ``[(day, cents, value date, gap, its name)]``."""
    sums, back = Counter(), Counter()
    for value_date, _number, amount in transfers(requests):
        sums[value_date] += amount
    for day, _number, amount in taken_back(requests):
        back[day] += amount
    lines = []
    for value_date, amount in sums.items():
        gap, kind = gap_of(seed, value_date, amount)
        lines.append((value_date + timedelta(days=TRANSFER_ON_BANK), amount + gap, value_date, gap, kind))
    lines += [(day, -amount, day, 0, None) for day, amount in back.items()]
    return sorted(lines, key=lambda line: line[:3])


# -- the tax of one invoice, due on payment -----------------------------------------------------------


class Tax:
    """Each sum that pays an invoice bears its part of each tax, to the cent, and the one that pays the rest bears the rest.
    What is taken back unmakes the part of URSSAF's transfer on that day, and what stays of it bears its part anew."""

    def __init__(self, invoice, note=None):
        self.invoice, self.note = invoice, note
        self.open, self.note_open = invoice.total, 0
        self.surplus = self.kept = 0
        self.due = dict.fromkeys(invoice.taxes, 0)
        self.of_urssaf = dict(self.due)
        self.moves = []

    def bear(self, day, amount, is_urssaf):
        self.open -= amount
        for name, tax in self.invoice.taxes.items():
            part = tax - self.due[name] if not self.open else share(tax, amount, self.invoice.total)
            self.due[name] += part
            if is_urssaf:
                self.of_urssaf[name] += part
            self.moves.append((day, part))

    def paid(self, day, amount, is_urssaf=False):
        used = min(amount, self.open)
        if is_urssaf:
            self.surplus, self.kept = amount - used, used
        if used:
            self.bear(day, used, is_urssaf)

    def taken_back(self, day, amount):
        from_surplus = min(amount, self.surplus)
        self.surplus -= from_surplus
        amount -= from_surplus
        from_note = min(amount, self.note_open)
        self.give_back(day, from_note)
        amount -= from_note
        if not amount:
            return
        for name, part in self.of_urssaf.items():
            self.due[name] -= part
            self.moves.append((day, -part))
        self.of_urssaf = dict.fromkeys(self.of_urssaf, 0)
        self.open += self.kept
        self.kept -= amount
        if self.kept:
            self.bear(day, self.kept, is_urssaf=True)

    def credited(self, day):
        """An open invoice is closed by its note: what one owes, the other takes away. Else the note waits for money."""
        used = min(self.open, self.note.total)
        self.open -= used
        self.note_open = self.note.total - used

    def give_back(self, day, amount):
        """Money for the credit note."""
        if amount:
            self.note_open -= amount
            self.moves += [(day, -share(tax, amount, self.note.total)) for tax in self.note.taxes.values()]


def tax_moves(diary, requests):
    """The tax that becomes due, or no longer is: ``[(day, cents)]``."""
    events = defaultdict(list)
    for day, number, amount in diary.money:
        events[number].append((day, 1, 'money', amount))
    for day, number, amount in transfers(requests):
        events[number].append((day, 2, 'transfer', amount))
    for day, number, amount in taken_back(requests):
        events[number].append((day, 4, 'taken_back', amount))
    for number, note in diary.notes.items():
        events[number].append((note.day, 3, 'note', note.total))
    moves = []
    for number, invoice in diary.invoices.items():
        tax = Tax(invoice, diary.notes.get(number))
        for day, _order, kind, amount in sorted(events[number]):
            if kind == 'note':
                tax.credited(day)
            elif kind == 'taken_back':
                tax.taken_back(day, amount)
            elif amount < 0:
                tax.give_back(day, -amount)
            else:
                tax.paid(day, amount, kind == 'transfer')
        moves += tax.moves
    return moves


def open_amount(diary, requests, number):
    """What the household owes of one invoice, in cents; less than zero: what is theirs."""
    invoice, note = diary.invoices[number], diary.notes.get(number)
    paid = sum(amount for _day, which, amount in diary.money if which == number)
    paid += sum(amount for _day, which, amount in transfers(requests) if which == number)
    back = sum(amount for _day, which, amount in taken_back(requests) if which == number)
    return invoice.total - (note.total if note else 0) - paid + back


# -- all of it ----------------------------------------------------------------------------------------


def books(diary, requests, seed, until):
    """What the accounts should hold at the end of a day.

    :param Diary diary: what people did
    :param list requests: the simulator's own record
    :param date until: the last day that counts
    :rtype: Books
    """
    result = Books()
    for invoice in diary.invoices.values():
        if invoice.day <= until:
            result.households[invoice.household] += invoice.total
    for number, note in diary.notes.items():
        if note.day <= until:
            result.households[diary.invoices[number].household] -= note.total
    for day, number, amount in diary.money:
        if day <= until:
            result.households[diary.invoices[number].household] -= amount
            result.bank += amount
    for sign, moves in ((1, transfers(requests)), (-1, taken_back(requests))):
        for day, number, amount in moves:
            if day <= until:
                result.claims += sign * amount
                result.households[diary.invoices[number].household] -= sign * amount
    for day, amount, _value_date, gap, kind in bank_lines(requests, seed):
        if day <= until:
            result.bank += amount
            result.claims -= amount - gap
            result.unexplained += gap if kind == 'open' else 0
    for day, amount in tax_moves(diary, requests):
        if day <= until and amount:
            result.tax[day.year, day.month] += amount
    return result
