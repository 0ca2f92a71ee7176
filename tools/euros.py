"""Amounts of which one knows that they are euros."""

from odoo.tools import float_compare, formatLang

CENT = 0.01


def euros(env, amount):
    """As Odoo shows the currency, without reading it.

    :param env: its language counts
    :param float amount: euros
    :rtype: str
    """
    shown = formatLang(env, amount, rounding_method='HALF-UP').replace('-', '-\N{ZERO WIDTH NO-BREAK SPACE}')
    return f'{shown}\N{NO-BREAK SPACE}€'


def compare_euros(one, other):
    """As Odoo compares amounts of the currency, without reading it: -1, 0 or 1, to the cent."""
    return float_compare(one, other, precision_rounding=CENT)
