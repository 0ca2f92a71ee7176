"""A simulator of Urssaf's "API tiers de prestation", for demonstrations, training and tests.

It stands alone, without Odoo and without the client it is used to test, so that a mistake in the reading
of the contract on one side cannot be repeated silently on the other.
"""
