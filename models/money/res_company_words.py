"""What is said of the guarantee and of the proofs of a provider. Values stand in the sentences as ``%(name)s``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# By level of ``res.company._urssaf_guarantee``.
GUARANTEE = {
    'none': _lt("Below %(limit)s a year no financial guarantee is due, as long as you declare no deposits."),
    'near': _lt(
        "You have declared %(declared)s for %(year)s. From %(limit)s on, URSSAF asks for a financial guarantee of at least "
        "%(least)s, and excludes who has none: ask your bank or insurer for one now."
    ),
    'missing': _lt(
        "You have declared %(declared)s for %(year)s: a financial guarantee of at least %(least)s is due, and URSSAF excludes "
        "who has none. Send yours to URSSAF, and enter here until when it runs."
    ),
    'missing_deposits': _lt(
        "You declare deposits: a financial guarantee of at least %(least)s is due from the first euro, and URSSAF excludes who "
        "has none. Send yours to URSSAF, and enter here until when it runs."
    ),
    'ended': _lt(
        "Your financial guarantee has ended on %(until)s, and one of at least %(least)s is due: URSSAF excludes who has none. "
        "Send the new one to URSSAF, and enter here until when it runs."
    ),
    'low': _lt(
        "Your financial guarantee is of %(amount)s, and you have declared %(declared)s for %(year)s: it must be of at least "
        "%(least)s. Have it raised, and send it to URSSAF."
    ),
    'held': _lt(
        "Your financial guarantee runs until %(until)s; for what you have declared, at least %(least)s is due."
    ),
}

# The proofs that URSSAF wants anew from time to time: the field of their last day, what they are called, what to do.
PROOFS = {
    'urssaf_guarantee_until': {
        'name': _lt("Financial guarantee"),
        'todo': _lt("Ask your bank or insurer for the next one, and send it to URSSAF: without it you are excluded."),
    },
    'urssaf_vigilance_until': {
        'name': _lt("URSSAF certificate (vigilance)"),
        'todo': _lt("Get a new one on urssaf.fr (attestation de vigilance): it is valid for six months."),
    },
    'urssaf_tax_proof_until': {
        'name': _lt("Tax certificate"),
        'todo': _lt("Get a new one on impots.gouv.fr (attestation de régularité fiscale)."),
    },
    'urssaf_sap_until': {
        'name': _lt("SAP declaration or approval"),
        'todo': _lt(
            "Renew it on the NOVA site of services à la personne: without it your customers have no tax credit."
        ),
    },
}
ENDS = _lt("%(proof)s: ends on %(until)s")
ENDED = _lt("%(proof)s: ended on %(until)s")
