"""The sentences of findings, by their code (``urssaf.rules``, which knows no language).

Each names the field in the words of the screen, and says what to do. Their parameters are those of the finding.
"""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

SENTENCES = {
    # Customer: identity
    'civility_missing': _lt("The title is missing: choose Mr or Mrs."),
    'civility_invalid': _lt("The title must be Mr or Mrs: choose it again."),
    'birth_name_missing': _lt("The birth name is missing: fill it in."),
    'birth_name_characters': _lt(
        "The birth name may only have letters, apostrophes, hyphens and spaces, and must start and end with a letter:"
        " correct it."
    ),
    'birth_name_too_long': _lt("The birth name is longer than %(limit)s characters: shorten it."),
    'birth_name_words': _lt(
        "The birth name seems to hold more than a name (Mrs, née, spouse…): write each name in its own field."
    ),
    'usage_name_words': _lt(
        "The married or used name seems to hold more than a name (Mrs, née, spouse…): write each name in its own field."
    ),
    'usage_name_characters': _lt(
        "The married or used name may only have letters, apostrophes, hyphens and spaces, and must start and end with a letter:"
        " correct it."
    ),
    'usage_name_too_long': _lt("The married or used name is longer than %(limit)s characters: shorten it."),
    'first_names_missing': _lt("The first names are missing: fill in all of them, as on the customer's tax notice."),
    'first_names_characters': _lt(
        "The first names may only have letters, apostrophes and hyphens, separated by one space: correct them."
    ),
    'first_names_too_long': _lt("The first names are longer than %(limit)s characters together: shorten them."),
    'birth_date_missing': _lt("The birth date is missing: fill it in."),
    'birth_date_future': _lt("The birth date is in the future: correct it."),
    'birth_date_too_old': _lt("The birth date is %(limit)s years ago or more: correct it."),
    # Customer: birth place
    'birth_country_missing': _lt("The country of birth is missing: choose it."),
    'birth_country_invalid': _lt(
        "The country of birth has no valid INSEE code (%(code)s):"
        " choose another country, or correct the code of this one."
    ),
    'birth_commune_missing': _lt("The municipality of birth is missing: choose it, as for every birth in France."),
    'birth_commune_abroad': _lt(
        "A municipality of birth is given for a birth abroad: empty it, or choose France as country of birth."
    ),
    'birth_commune_invalid': _lt("The municipality of birth has no valid INSEE code: choose it again in the list."),
    'birth_commune_name_invalid': _lt(
        "The name of the municipality of birth must have 1 to %(limit)s characters and no semicolon:"
        " choose it again in the list."
    ),
    # Customer: contact
    'mobile_missing': _lt("The mobile number is missing: fill it in."),
    'mobile_invalid': _lt("The mobile number must be French and start with 06 or 07: correct it."),
    'email_missing': _lt("The email address is missing: fill it in."),
    'email_invalid': _lt("The email address is not valid: correct it."),
    'email_plus': _lt("The email address has a + sign, which URSSAF may refuse: prefer another one if there is one."),
    # Customer: address
    'address_missing': _lt("The address has no street, no complement and no locality: fill in one of them."),
    'address_abroad': _lt("The customer's address must be in France: correct its country."),
    'street_number_invalid': _lt(
        "The street number must be 1 to %(limit)s digits and not zero:"
        " correct it, or write it in the address complement."
    ),
    'street_number_without_street': _lt(
        "There is a street number without a street: fill in the street, or empty the number."
    ),
    'street_letter_unknown': _lt(
        "The letter after the street number (%(letter)s) must be B, T, Q or C (bis, ter, quater, quinquies):"
        " correct it, or write it in the address complement."
    ),
    'street_type_missing': _lt("The street has no type: choose one, Street or Avenue for example."),
    'street_type_unknown': _lt(
        "URSSAF does not know the street type %(code)s:"
        " choose one of the list, or write the whole street in the address complement."
    ),
    'street_name_missing': _lt("There is a street type without a street name: fill in the name."),
    'street_name_too_long': _lt(
        "The street name is longer than %(limit)s characters:"
        " shorten it, or write the whole street in the address complement."
    ),
    'street_name_characters': _lt(
        "The street name has characters that cannot be sent (another alphabet, an emoji, an invisible sign):"
        " type it again."
    ),
    'address_complement_characters': _lt(
        "The address complement has characters that cannot be sent (another alphabet, an emoji, an invisible sign):"
        " type it again."
    ),
    'address_locality_characters': _lt(
        "The locality has characters that cannot be sent (another alphabet, an emoji, an invisible sign):"
        " type it again."
    ),
    'address_complement_too_long': _lt("The address complement is longer than %(limit)s characters: shorten it."),
    'address_locality_too_long': _lt("The locality is longer than %(limit)s characters: shorten it."),
    'zip_missing': _lt("The postal code is missing: fill it in."),
    'zip_invalid': _lt("The postal code must have 5 digits: correct it."),
    'commune_missing': _lt("The municipality of the address is missing: choose it in the list."),
    'commune_invalid': _lt(
        "The municipality of the address has no valid INSEE code (%(code)s): choose it again in the list."
    ),
    'city_characters': _lt(
        "The name of the municipality has characters that cannot be sent (another alphabet, an emoji, an invisible sign):"
        " choose it again in the list."
    ),
    'city_too_long': _lt(
        "The name of the municipality is longer than %(limit)s characters: choose it again in the list."
    ),
    # Customer: bank account
    'iban_missing': _lt("The bank account is missing: fill in the customer's IBAN."),
    'iban_invalid': _lt("The IBAN is not valid: check it, character by character."),
    'iban_too_short': _lt("A French IBAN has %(length)s characters: %(count)s missing in this one."),
    'iban_too_long': _lt("A French IBAN has %(length)s characters: this one has %(count)s too many."),
    'iban_not_french': _lt(
        "The bank account must be held in France: ask the customer for an IBAN that starts with FR."
    ),
    'iban_monaco': _lt(
        "The bank account is held in Monaco, which URSSAF may refuse: prefer an IBAN that starts with FR."
    ),
    'bic_missing': _lt("The BIC is missing: it stands beside the IBAN on the bank details (RIB)."),
    'bic_invalid': _lt("The BIC must have 8 or 11 characters: correct it."),
    'holder_missing': _lt("The account holder is missing: fill in title, last name and first name."),
    'holder_characters': _lt(
        "The account holder has characters that cannot be sent (another alphabet, an emoji, an invisible sign):"
        " type it again."
    ),
    'holder_too_long': _lt("The account holder is longer than %(limit)s characters: shorten it."),
    # Customer: agreement
    'consent_date_missing': _lt(
        "The customer's agreement is missing: fill in the day they agreed to be registered with URSSAF."
    ),
    'consent_date_future': _lt("The customer's agreement is in the future: fill in the day they agreed."),
    'consent_origin_missing': _lt(
        "The proof of the agreement is missing: say how the customer agreed (“signed form”, “by e-mail”, “by phone”)."
    ),
    # Request: parties, number
    'billing_party_missing': _lt("The billing third party is missing: fill in the company's name in the settings."),
    'customer_ref_missing': _lt(
        "The customer is not registered with URSSAF: register them first, on the customer's form."
    ),
    'number_missing': _lt("The invoice has no number: confirm it first."),
    'number_too_long': _lt("The invoice number is longer than %(limit)s characters: use a shorter sequence."),
    'number_characters': _lt(
        "The invoice number has spaces at an end, double spaces or control characters: use another sequence."
    ),
    'customer_birth_date_missing': _lt("The birth date is missing: fill it in on the customer's form."),
    'invoice_date_missing': _lt("The invoice date is missing: fill it in on the invoice."),
    # Request: dates
    'date_start_missing': _lt("The start of the employment period is missing: fill in the date of the first service."),
    'date_end_missing': _lt("The end of the employment period is missing: fill in the date of the last service."),
    'period_order': _lt("The employment period ends before it starts: correct its dates."),
    'period_two_months': _lt("The employment period covers two calendar months: make one invoice per month."),
    'period_before_activation': _lt(
        "The customer's account was activated on %(activated_on)s: only services from %(first_day)s on can be sent."
        " Correct the dates, or let the customer pay you directly."
    ),
    'invoice_before_activation': _lt(
        "The invoice date lies before the activation of the customer's account (%(activated_on)s):"
        " correct it, or let the customer pay you directly."
    ),
    # Request: deposit
    'deposit_negative': _lt("The deposit is negative: correct its amount."),
    'deposit_decimals': _lt("The deposit has more than two decimals: correct its amount."),
    'deposit_above_half': _lt(
        "The deposit is more than the customer's share (%(limit)s): reduce it, and pay the rest back to the customer."
    ),
    'deposit_date_missing': _lt("The date of the deposit is missing: fill in the day it was paid."),
    'deposit_date_future': _lt("The date of the deposit is in the future: fill in the day it was paid."),
    'deposit_before_activation': _lt(
        "The deposit was paid before the activation of the customer's account (%(activated_on)s): URSSAF may refuse it."
    ),
    # Request: lines
    'lines_missing': _lt("The invoice has no service to send: add a line with a type of service."),
    'many_lines': _lt(
        "The invoice has %(count)s service lines, and URSSAF may refuse more than %(limit)s: group some."
    ),
    'nature_missing': _lt("The type of service is missing: choose it on the invoice, its lines or their products."),
    'nature_not_eligible': _lt(
        "The type of service chosen gives no right to the tax credit: check it on the invoice or its lines."
    ),
    'worker_missing': _lt(
        "The worker's number is missing: fill in the SAP number in the settings, or the worker on the line."
    ),
    'worker_invalid': _lt(
        "The worker's number %(value)s must be SAP and 9 digits, or SIR and 14 digits, without space: correct it."
    ),
    'worker_key': _lt("The worker's number %(value)s seems to have a wrong digit: check it."),
    'line_period_order': _lt("On a line the service ends before it starts: correct its dates."),
    'line_outside_period': _lt(
        "A line has dates outside the employment period: correct the line's dates or the period."
    ),
    # Request: amounts
    'amount_negative': _lt("A price or an amount is negative: use a lower price instead of a negative line."),
    'amount_decimals': _lt("An amount has more than two decimals: correct the lines."),
    'total_zero': _lt("There is nothing to pay on this invoice: nothing can be sent."),
    'amounts_inconsistent': _lt("The lines do not sum up to the invoice: check taxes and rounding on its lines."),
    # Building the lines
    'invoice_total_not_positive': _lt("The invoice total must be above zero (it is %(amount)s): nothing can be sent."),
    'vat_negative': _lt(
        "The tax of this invoice is negative: only services with a positive tax, or none, can be sent."
    ),
    'nature_negative': _lt(
        "The discounts of the type of service %(nature)s exceed its services by %(amount)s:"
        " give each discount line the type of service it reduces."
    ),
    'discount_vat': _lt(
        "A discount of the type of service %(nature)s does not have the tax of the services it reduces:"
        " give the discount line the same tax."
    ),
    'lines_total_differs': _lt(
        "The services differ from the invoice total by %(amount)s: every line of the invoice must be a service to send."
    ),
    'flat_fee': _lt(
        "Line “%(label)s”: quantity and price do not come out to the cent, so it is sent as one flat fee of %(amount)s."
    ),
    'nothing_to_send': _lt("All lines of this invoice cancel each other out: nothing can be sent."),
}
