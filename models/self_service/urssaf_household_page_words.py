"""What a household reads on its own page, by finding, by state. Those of ``urssaf_finding_words`` are the company's."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

ERRORS = {
    'civility_missing': _lt("Choose Mrs or Mr."),
    'civility_invalid': _lt("Choose Mrs or Mr."),
    'birth_name_missing': _lt("Enter your birth name, as on your birth certificate."),
    'birth_name_characters': _lt("Use only letters, apostrophes, hyphens and spaces."),
    'birth_name_too_long': _lt("This name is too long: %(limit)s characters at most."),
    'usage_name_characters': _lt("Use only letters, apostrophes, hyphens and spaces."),
    'usage_name_too_long': _lt("This name is too long: %(limit)s characters at most."),
    'first_names_missing': _lt("Enter all your first names, as on your tax notice."),
    'first_names_characters': _lt("Use only letters, apostrophes and hyphens, with a space between two first names."),
    'first_names_too_long': _lt("Your first names are too long: %(limit)s characters at most."),
    'birth_date_missing': _lt("Enter your birth date."),
    'birth_date_unreadable': _lt("Write your birth date as day/month/year, for example 17/05/1984."),
    'birth_date_future': _lt("This date is in the future: check the year."),
    'birth_date_too_old': _lt("This date is more than %(limit)s years ago: check the year."),
    'birth_country_missing': _lt("Choose the country where you were born."),
    'birth_country_invalid': _lt("This country cannot be sent to URSSAF: choose another one, or call your provider."),
    'birth_commune_missing': _lt("Enter the town where you were born, and choose it in the list."),
    'birth_commune_unknown': _lt(
        "We do not find this town: check its name, or type its postal code. Born outside France, also in a territory that was "
        "French then (Algeria, Morocco…)? Choose that country above."
    ),
    'birth_commune_unsure': _lt(
        "Choose your town in the list below. Is it not there? Type its postal code. Born outside France, also in a territory "
        "that was French then (Algeria, Morocco…)? Choose that country above."
    ),
    'birth_commune_invalid': _lt("Choose your town of birth in the list."),
    'birth_commune_name_invalid': _lt("Choose your town of birth in the list."),
    'mobile_missing': _lt("Enter your mobile number: URSSAF sends you text messages."),
    'mobile_invalid': _lt("Enter a French mobile number, which starts with 06 or 07."),
    'email_missing': _lt("Enter your e-mail address: URSSAF writes to you there."),
    'email_invalid': _lt("This e-mail address is not right: check it."),
    'address_missing': _lt("Enter the number and the name of your street."),
    'address_abroad': _lt("Your address must be in France."),
    'street_number_invalid': _lt("Check the number of the street: digits only, %(limit)s at most."),
    'street_number_without_street': _lt("Enter the name of the street after the number."),
    'street_letter_unknown': _lt("After the number, write bis, ter or quater; put everything else in the complement."),
    'street_type_missing': _lt("Start with the kind of street: 12 rue des Lilas, 3 avenue de la Gare…"),
    'street_type_unknown': _lt("Start with the kind of street: 12 rue des Lilas, 3 avenue de la Gare…"),
    'street_name_missing': _lt("Enter the name of the street."),
    'street_name_too_long': _lt("The name of the street is too long: shorten it to %(limit)s characters."),
    'address_complement_too_long': _lt("This line is too long: shorten it to %(limit)s characters."),
    'address_locality_too_long': _lt("This line is too long: shorten it to %(limit)s characters."),
    'street_name_characters': _lt("Use only letters, digits and usual signs in your address."),
    'address_complement_characters': _lt("Use only letters, digits and usual signs in your address."),
    'address_locality_characters': _lt("Use only letters, digits and usual signs in your address."),
    'city_characters': _lt("Choose your town in the list."),
    'zip_missing': _lt("Enter your postal code."),
    'zip_invalid': _lt("A postal code has 5 digits."),
    'commune_missing': _lt("Choose your town in the list: this one does not go with the postal code."),
    'city_missing': _lt("Enter your town."),
    'commune_several': _lt("Choose your town in the list."),
    'zip_of_another': _lt("The postal code %(zip)s is that of %(city)s: correct one or the other."),
    'zip_of_others': _lt(
        "This town does not have the postal code %(zip)s: choose yours in the list, or correct one or the other."
    ),
    'commune_invalid': _lt("Choose your town in the list."),
    'city_too_long': _lt("Choose your town in the list."),
    'iban_missing': _lt("Enter your IBAN: it stands on your bank details (RIB)."),
    'iban_invalid': _lt("This IBAN is not right: check it, character by character."),
    'iban_too_short': _lt("A French IBAN has %(length)s characters: %(count)s missing in yours."),
    'iban_too_long': _lt("A French IBAN has %(length)s characters: yours has %(count)s too many."),
    'iban_not_french': _lt("Your account must be held in France: its IBAN starts with FR."),
    'bic_missing': _lt("Enter your BIC: it stands beside the IBAN on your bank details (RIB)."),
    'bic_invalid': _lt("A BIC has 8 or 11 characters: check it."),
    'bic_of_provider': _lt(
        "Your provider knows this account with another BIC: leave this empty to keep it, or ask your provider to correct it."
    ),
    'holder_of_provider': _lt(
        "Your provider knows this account with another holder: leave this empty to keep it, or ask your provider to correct it."
    ),
    'holder_missing': _lt("Enter title, last name and first name of the account's holder."),
    'holder_characters': _lt("Use only letters, apostrophes, hyphens and spaces."),
    'holder_too_long': _lt("This line is too long: %(limit)s characters at most."),
    'consent_date_missing': _lt("Tick the box: without your agreement nothing can be sent to URSSAF."),
    'consent_date_future': _lt("Tick the box: without your agreement nothing can be sent to URSSAF."),
    'consent_origin_missing': _lt("Tick the box: without your agreement nothing can be sent to URSSAF."),
    'consent_missing': _lt("Tick the box: without your agreement nothing can be sent to URSSAF."),
    'refused': _lt("This cannot be saved: check what you have entered, or call your provider."),
}

# Registration: (title, sentence, colour of the badge).
STATES = {
    'draft': (
        _lt("Thank you, we have everything"),
        _lt(
            "%(company)s checks your data and registers you. URSSAF then writes to you at %(email)s: follow the link of "
            "that message within 7 days to activate your account."
        ),
        'info',
    ),
    'sending': (
        _lt("Registration under way"),
        _lt("%(company)s has sent your registration to URSSAF. There is nothing for you to do now."),
        'info',
    ),
    'pending': (
        _lt("Now it is your turn"),
        _lt(
            "URSSAF has written to you at %(email)s on %(date)s: follow the link of that message before %(limit)s to activate "
            "your account. Look among the unwanted messages, too. If you had an account at URSSAF already, accept the "
            "association with %(company)s there."
        ),
        'warning',
    ),
    'active': (
        _lt("Your account is active"),
        _lt(
            "You pay only your share: your tax credit is deducted at once. At each invoice URSSAF sends you a message; you "
            "have about 48 hours to approve or object."
        ),
        'success',
    ),
    'blocked': (
        _lt("Your account is blocked"),
        _lt("URSSAF has blocked your account: settle this on its site. Until then you pay %(company)s directly."),
        'danger',
    ),
    'mandate_expired': (
        _lt("Your debit mandate has expired"),
        _lt("Renew it in your account on URSSAF's site: until then you pay %(company)s directly."),
        'danger',
    ),
    'unlinked': (
        _lt("You have ended the link with %(company)s"),
        _lt("To use the avance immédiate again, check your data: %(company)s then registers you again."),
        'danger',
    ),
    'rejected': (
        _lt("A point remains to be settled"),
        _lt("URSSAF has not been able to register you. %(company)s looks into it; you may check your data meanwhile."),
        'warning',
    ),
}

# A registration that still waits for the household when URSSAF's link is no longer good.
LINK_EXPIRED = (
    _lt("Your activation link has expired"),
    _lt(
        "URSSAF wrote to you at %(email)s on %(date)s; its link was valid for 7 days. Ask for a new one on URSSAF's site, with "
        "this same address, and activate your account with it. If you had an account at URSSAF already, accept the association "
        "with %(company)s there."
    ),
    'warning',
)
NOT_INVITED = (
    _lt("Your registration has not begun yet"),
    _lt("Would you like to pay only your share? Ask %(company)s to invite you."),
    'secondary',
)
STATES['unknown'] = STATES['sending']

# The sign above it: by state where it has one of its own, else by colour.
STATE_ICONS = {'pending': 'fa-envelope-o', 'sending': 'fa-hourglass-half', 'unknown': 'fa-hourglass-half'}
COLOR_ICONS = {
    'success': 'fa-check',
    'info': 'fa-check',
    'secondary': 'fa-info',
    'warning': 'fa-exclamation',
    'danger': 'fa-exclamation',
}

# Payment requests that concern the household: (label, what to do, colour of the badge). The others are not shown.
REQUESTS = {
    'scheduled': (
        _lt("Planned"),
        _lt(
            "Our request leaves on %(day)s, after the service; URSSAF then writes to you. Nothing to pay to your provider."
        ),
        'secondary',
    ),
    'integrated': (
        _lt("Received by URSSAF"),
        _lt("URSSAF is about to write to you. Nothing to pay to your provider."),
        'info',
    ),
    'awaiting': (
        _lt("Awaiting your approval"),
        _lt("You have about 48 hours to approve or object on URSSAF's site. Without an answer it counts as approved."),
        'warning',
    ),
    'validated': (_lt("Approved"), _lt("URSSAF debits your share within some days. Nothing to do."), 'info'),
    'debited': (_lt("Debited"), _lt("URSSAF has debited your share. Nothing to do."), 'info'),
    'paid': (_lt("Paid"), _lt("Everything is settled."), 'success'),
    'refused': (_lt("You have objected"), _lt("Your provider gets in touch with you."), 'danger'),
    'debit_failed': (
        _lt("Debit refused by your bank"),
        _lt("Get in touch with your provider to settle your share."),
        'danger',
    ),
    'recovered': (_lt("Settled"), _lt("Everything is settled."), 'success'),
    'cancelled': (
        _lt("Cancelled"),
        _lt("Nothing more is debited. If your share has been already, get in touch with your provider."),
        'secondary',
    ),
    'cancelled_unpaid': (_lt("Cancelled"), _lt("Get in touch with your provider to settle this invoice."), 'secondary'),
    'cancelled_recovered': (_lt("Cancelled"), _lt("Get in touch with your provider about this invoice."), 'secondary'),
}
