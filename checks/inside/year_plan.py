"""A made-up year, decided by a seed: who is invoiced when, and what becomes of each request, as data.

A story is a list of steps ``(status at URSSAF, days after the step before, what happens then)``: what URSSAF and households
do stands in ``AT_URSSAF`` (an action of the simulator), the rest is done by people in Odoo.
"""

import calendar
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from fault_shares import drawn

YEAR = 2027
AT_URSSAF = ('contest', 'cancel', 'bounce', 'pay', 'pay_less', 'pay_more', 'recover')
# When the bank shows that URSSAF has transferred, and that it has taken back: days after the value date, after the status.
TRANSFER_ON_BANK, TAKE_BACK_ON_BANK = 1, 3

# name: (how often, steps)
STORIES = {
    'paid': (74, ()),
    'contested, paid by the household': (2, (('20', 0, 'contest'), ('40', 6, 'household_pays'))),
    'contested, corrected': (2, (('20', 0, 'contest'), ('40', 2, 'correct'))),
    'contested, never paid': (1, (('20', 0, 'contest'),)),
    'cancelled': (1, (('30', 0, 'cancel'), ('110', 5, 'household_pays'))),
    'bounced, paid after all': (2, (('50', 1, 'bounce'), ('60', 4, 'pay'))),
    'bounced, paid by the household': (2, (('50', 1, 'bounce'), ('60', 6, 'household_pays'))),
    'half taken back, then paid': (
        3,
        (('70', 9, 'bounce'), ('60', TAKE_BACK_ON_BANK, 'take_back'), ('60', 8, 'household_pays')),
    ),
    'half taken back, given up': (
        1,
        (('70', 9, 'bounce'), ('60', TAKE_BACK_ON_BANK, 'take_back'), ('60', 15, 'cancel')),
    ),
    'half taken back, recovered': (
        1,
        (
            ('70', 9, 'bounce'),
            ('60', TAKE_BACK_ON_BANK, 'take_back'),
            ('60', 9, 'recover'),
            ('120', 2, 'household_pays'),
        ),
    ),
    'all taken back': (1, (('70', 12, 'cancel'), ('110', TAKE_BACK_ON_BANK, 'take_back'))),
    'all taken back, then paid': (
        1,
        (('70', 12, 'cancel'), ('110', TAKE_BACK_ON_BANK, 'take_back'), ('110', 10, 'household_pays')),
    ),
    'credited, then taken back': (
        2,
        (('70', 5, 'credit'), ('70', 4, 'cancel'), ('110', TAKE_BACK_ON_BANK, 'take_back')),
    ),
    'a part credited and given back': (2, (('70', 4, 'credit_part'), ('70', 3, 'give_back'))),
    'less transferred': (1, (('50', 1, 'pay_less'), ('70', 9, 'household_pays'))),
    'more transferred': (1, (('50', 1, 'pay_more'),)),
}
# Told by the household in advance, at the moment of the invoice; a credited invoice has none (*Correct and resend* wants it
# taken off first, and who gives back what is another story).
WITH_DEPOSIT = [name for name in STORIES if 'credited' not in name and 'corrected' not in name]
# What the bank shows of a transfer is now and then not its sum: (how often, what the accountant calls it).
GAPS = ((88, None), (5, 'rounding'), (4, 'contributions'), (3, 'open'))
# (share of the invoices)
DEPOSITS, LOST, SCHEDULED = 0.08, 0.04, 0.06
TAXES = (
    'tva_normale_encaissement',
    'tva_intermediaire_encaissement',
    'tva_reduite_encaissement',
    'tva_normale_encaissement_ttc',
    'tva_intermediaire_encaissement_ttc',
    None,
)
INVOICING = (1, 4)  # Tuesday, Friday
NATURES = ('nature_100', 'nature_70', 'nature_60')

# What goes wrong on the way to URSSAF, of all calls, and (fault, share of the faults, options). None that hangs: a year is long.
FAULTY = 0.05
FAULTS = (
    ('dead_before', 3, {}),
    ('dead_after', 3, {}),
    ('reset_after', 3, {}),
    ('error_500', 2, {}),
    ('error_500_after', 3, {}),
    ('maintenance_503', 1, {}),
    ('maintenance_503_after', 1, {}),
    ('throttled', 1, {'retry_after': 600}),
    ('html_after', 2, {}),
    ('truncated', 2, {}),
    ('empty_400', 1, {}),
    ('shuffle', 1, {}),
    ('drop_item', 2, {}),
    ('extra_item', 1, {}),
    ('sink_batch', 1, {}),
)


@dataclass
class Case:
    """One invoice to be, and what becomes of it. Amounts in euros."""

    day: date
    household: int
    lines: list  # (quantity, price, tax, type of service)
    story: str
    until: date  # last day of the services
    deposit: float = 0.0  # share of the total
    is_lost: bool = False  # URSSAF's answer does not arrive
    steps: list = field(default_factory=list)
    waits_since: date = None
    number: str = ''
    move_id: int = 0


def first_day(months):
    """The day after so many months of the year."""
    return date(YEAR, 1, 1) if not months else month_end(months) + timedelta(days=1)


def invoicing_days(months):
    """The days on which the company makes its invoices: two a week, and the last one of each month."""
    every = [first_day(0) + timedelta(days=number) for number in range((first_day(months) - first_day(0)).days)]
    return [day for day in every if day.weekday() in INVOICING or day == month_end(day.month)]


def month_end(month):
    return date(YEAR, month, calendar.monthrange(YEAR, month)[1])


def plan(seed, months, invoices, households, stories=()):
    """All cases, by day.

    :param int seed: the same seed gives the same year
    :param tuple stories: one of each, for a short time: in its first half, so that they come to their end
    :return: cases by the day of the invoice
    :rtype: dict[date, list[Case]]
    """
    chance = random.Random(seed)
    days = invoicing_days(months)
    if stories:
        days = days[: len(days) // 2]
    # At least one of each, the rest by chance.
    names = list(stories or (STORIES if invoices >= len(STORIES) else ()))
    while len(names) < invoices:
        names += chance.choices(list(STORIES), weights=[often for often, _steps in STORIES.values()])
    chance.shuffle(names)
    cases = {}
    for name in names[:invoices]:
        day = chance.choice(days)
        cases.setdefault(day, []).append(make_case(chance, name, day, chance.randrange(households)))
    return cases


def make_case(chance, name, day, household):
    lines = [
        (
            chance.choice((1, 1.5, 2, 3, 4.25, 7)),
            round(chance.uniform(18, 90), 2),
            chance.choice(TAXES),
            chance.choice(NATURES),
        )
        for _line in range(chance.choice((1, 1, 2, 3)))
    ]
    case = Case(day, household, lines, name, until=day)
    case.steps = [
        (code, wait if what == 'take_back' else wait + chance.randint(0, wait // 2), what)
        for code, wait, what in STORIES[name][1]
    ]
    if name in WITH_DEPOSIT and chance.random() < DEPOSITS:
        case.deposit = chance.uniform(0.1, 0.5)
    case.is_lost = chance.random() < LOST
    if chance.random() < SCHEDULED:
        case.until = min(day + timedelta(days=chance.randint(1, 4)), month_end(day.month))
    return case


def gap_of(seed, day, amount):
    """What the bank shows of a transfer of this value date besides its sum.

    :param int amount: cents
    :return: cents, and what the accountant calls them; ``(0, None)`` when the bank shows the sum
    :rtype: tuple
    """
    chance = random.Random(f'{seed} {day}')
    (kind,) = chance.choices([kind for _often, kind in GAPS], weights=[often for often, _kind in GAPS])
    if kind == 'rounding':
        return chance.choice((-99, -12, -1, 1, 35)), kind
    if kind and amount > 10000:
        return (-chance.randint(1000, 5000) if kind == 'contributions' else chance.randint(-900, 1500) or 1), kind
    return 0, None


def faults(faulty=FAULTY):
    """What the simulator is told, so that each fault meets its share of all calls.

    :param float faulty: share of the calls that go wrong
    :rtype: list[dict]
    """
    total = sum(share for _name, share, _options in FAULTS)
    return drawn((name, faulty * share / total, options) for name, share, options in FAULTS)
