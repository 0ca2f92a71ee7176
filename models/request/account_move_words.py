"""What is said of an invoice, by what it depends on."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# Why no request can be made for a household, by the state of its registration.
CUSTOMER_BLOCKERS = {
    'draft': _lt(
        "%(customer)s is not registered with URSSAF: register them on the customer's form, tab Avance immédiate."
    ),
    'sending': _lt("The registration of %(customer)s is under way."),
    'unknown': _lt("The registration of %(customer)s is being checked with URSSAF."),
    'rejected': _lt("URSSAF refused the registration of %(customer)s: correct it on the customer's form."),
    'pending': _lt("%(customer)s has not activated their URSSAF account yet."),
    'blocked': _lt("URSSAF has blocked the account of %(customer)s: be paid directly for now."),
    'mandate_expired': _lt("The debit mandate of %(customer)s has expired: they renew it on URSSAF's site."),
    'unlinked': _lt(
        "%(customer)s has ended the link with your company at URSSAF: register them again on the customer's form."
    ),
}

# Of a customer who has not activated the account: until when, or since when, they can.
LINK_IS_GOOD = _lt("%(customer)s has not activated their URSSAF account yet (link valid until %(limit)s).")
LINK_IS_OVER = _lt("%(customer)s has not activated their URSSAF account yet (the link was valid until %(limit)s).")

# What may have changed between a request and its departure, by what is compared (urssaf/payloads.py).
CHANGES = {
    'total_ttc': _lt("the amount"),
    'total_ht': _lt("the amount"),
    'lines': _lt("the services"),
    'worker': _lt("the SAP number"),
    'deposit_amount': _lt("the deposit"),
    'deposit_date': _lt("the deposit"),
    'date_start': _lt("the dates of the services"),
    'date_end': _lt("the dates of the services"),
    'invoice_date': _lt("the invoice's date"),
    'number': _lt("the invoice's number"),
    'billing_party': _lt("the billing third party"),
    'customer_ref': _lt("the customer's registration"),
    'birth_date': _lt("the customer's birth date"),
}
