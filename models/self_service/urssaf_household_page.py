import re
from contextlib import suppress
from dataclasses import replace

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError
from odoo.tools import remove_accents

from ...tools.sentence import filled_in
from ...urssaf import rules
from ...urssaf.dates import TIME_ZONE, today_in_paris, typed_date
from ...urssaf.formats import FRANCE, spaced_mobile, text
from ...urssaf.payloads import BankAccount
from ...urssaf.typed import read_bic, read_email, read_iban, same_bic
from ..household.res_partner import HOUSEHOLD
from ..household.res_partner_bank_details import TITLES
from .urssaf_household_page_words import ERRORS

# Nothing but these is ever read from what a browser sends, whatever else it sends.
STEPS = {
    1: (
        'civility',
        'birth_name',
        'usage_name',
        'first_names',
        'birth_date',
        'birth_country',
        'birth_commune',
        'birth_commune_choice',
    ),
    2: ('street', 'complement', 'zip', 'city', 'city_choice', 'mobile', 'email'),
    3: ('iban', 'bic', 'holder', 'consent'),
}
LONGEST = 250  # characters kept of a value: longer than any limit of URSSAF, so that the rules say it is too long
# Where an error is shown, by the field that the rules name.
SHOWN_AT = {
    'urssaf_civility': 'civility',
    'urssaf_birth_name': 'birth_name',
    'urssaf_usage_name': 'usage_name',
    'urssaf_first_names': 'first_names',
    'urssaf_birth_date': 'birth_date',
    'urssaf_birth_country_id': 'birth_country',
    'urssaf_birth_commune_id': 'birth_commune',
    'urssaf_street_number': 'street',
    'urssaf_street_letter': 'street',
    'urssaf_street_type': 'street',
    'urssaf_street_name': 'street',
    'urssaf_address_complement': 'complement',
    'urssaf_address_locality': 'complement',
    'zip': 'zip',
    'urssaf_commune_id': 'city',
    'urssaf_mobile': 'mobile',
    'email': 'email',
    'urssaf_iban': 'iban',
    'urssaf_bic': 'bic',
    'urssaf_bank_holder': 'holder',
}
COMMUNES_SHOWN, COMMUNES_TO_CHOOSE = 8, 30  # while typing; on a page of its own, for those without JavaScript
DATE = '%d/%m/%Y'
TITLE_WORDS = {'m', 'mr', 'mme', 'mlle', 'monsieur', 'madame', 'mademoiselle'}


class _NotRight(Exception):
    """Ends the attempt to save a step; carries nothing."""


class UrssafHouseholdPage(models.AbstractModel):
    """The three steps in which a household fills in its own data: what is shown, read, checked and written.

    Works in sudo for one partner, given by the caller, who has made sure of who is asking. The checks are those of the
    customer's form (``urssaf.rules``): a step is written in a savepoint, checked as it would be sent, and taken back
    when something is wrong.
    """

    _name = 'urssaf.household.page'
    _description = "Household's Own Page"

    @api.model
    def _as_system(self, partner, company):
        """This model and the household in the system's name: whoever asks has no rights, nor a name in the chatter.

        :return: (this model, the partner), both in sudo, for this company and in Paris time
        """
        context = {'allowed_company_ids': company.ids, 'tz': TIME_ZONE}
        return (
            self.with_user(SUPERUSER_ID).with_context(**context),
            partner.with_user(SUPERUSER_ID).with_context(**context),
        )

    # -- what is shown ----------------------------------------------------------------------------

    @api.model
    def _values_shown(self, partner, step, is_trusted):
        """What a step shows at first, as texts by field.

        :param int step: 1 to 3
        :param bool is_trusted: whether this browser has entered the data itself, or the household has logged in. Else birth
            date and place are not shown, so that a link that got astray does not tell them.
        """
        values = {
            1: {
                'civility': partner.urssaf_civility,
                'birth_name': partner.urssaf_birth_name,
                'usage_name': partner.urssaf_usage_name,
                'first_names': partner.urssaf_first_names,
                'birth_date': partner.urssaf_birth_date and partner.urssaf_birth_date.strftime(DATE),
                'birth_country': str(partner.urssaf_birth_country_id.id or self._france_id()),
                'birth_commune': partner.urssaf_birth_commune_id.display_name,
            },
            2: {
                'street': partner.street,
                'complement': partner.street2,
                'zip': partner.zip,
                'city': partner.city,
                'mobile': self._format_mobile(partner.urssaf_mobile),
                'email': partner.email,
            },
            # The account is never shown: not to whoever has a link, who may not be its owner.
            3: {'holder': '' if self._right_details(partner).holder else partner._urssaf_usual_holder()},
        }[step]
        hidden = self._known_values(partner, step, is_trusted)
        return {name: value or '' for name, value in values.items() if name not in hidden}

    @api.model
    def _known_values(self, partner, step, is_trusted):
        """Fields that may be left empty, since they are known and not shown: {name: what may be said about it}."""
        kept = self.env._("Known already: leave empty to keep it.")
        known = {}
        if step == 1 and not is_trusted:
            # One answer for the whole place: else the page would tell whether it is in France.
            place = self._knows_birth_place(partner)
            known = {'birth_date': partner.urssaf_birth_date, 'birth_country': place, 'birth_commune': place}
        if step == 3:
            right = self._right_details(partner)
            known = {name: right.iban and getattr(right, name) for name in ('iban', 'bic', 'holder')}
        sentences = {name: kept for name, value in known.items() if value}
        if 'iban' in sentences:
            sentences['iban'] = self.env._("Known already: •••• %s. Leave empty to keep it.", right.iban[-4:])
        return sentences

    @api.model
    def _has_entered_all(self, partner, values, is_trusted):
        """Whether the first step was sent with all that is known and not shown, so that it may be shown to this browser.

        :param dict values: from ``_read_step``
        """
        place = values['birth_commune'] or values['birth_country'] not in ('', self._france_id())
        entered = {'birth_date': values['birth_date'], 'birth_country': place, 'birth_commune': place}
        return all(entered[name] for name in self._known_values(partner, 1, is_trusted))

    @api.model
    def _knows_birth_place(self, partner):
        """Whether all of it is known: France alone, which every form begins with, says nothing."""
        country = partner.urssaf_birth_country_id
        return bool(country and (country.insee_code != FRANCE or partner.urssaf_birth_commune_id))

    @api.model
    def _summary_of_steps(self, partner, is_trusted):
        """What was entered in the steps before, to look over before the last: {step: lines}.

        Birth date and place, in which most slips are, only for whom ``_values_shown`` shows them to.
        """
        names = [partner.urssaf_first_names, partner.urssaf_usage_name or partner.urssaf_birth_name]
        identity = [' '.join(filter(None, [TITLES.get(partner.urssaf_civility), *names]))]
        if partner.urssaf_usage_name and partner.urssaf_birth_name:
            identity.append(self.env._("Birth name: %s", partner.urssaf_birth_name))
        if is_trusted and partner.urssaf_birth_date:
            place = partner.urssaf_birth_commune_id or partner.urssaf_birth_country_id
            identity.append(
                self.env._(
                    "Born on %(date)s: %(place)s",
                    date=partner.urssaf_birth_date.strftime(DATE),
                    place=place.display_name or '',
                )
            )
        contact = [
            ', '.join(filter(None, [partner.street, partner.street2])),
            ' '.join(filter(None, [partner.zip, partner.city])),
            self._format_mobile(partner.urssaf_mobile),
            partner.email,
        ]
        return {1: list(filter(None, identity)), 2: list(filter(None, contact))}

    @api.model
    def _format_mobile(self, mobile):
        """A number as people read it in France; what is none, as it was typed."""
        return spaced_mobile(mobile) or mobile or ''

    @api.model
    def _email_is_locked(self, partner, user):
        """An e-mail address that is a login, or receives a new password, is not changed by a link: only by its user."""
        users = partner.with_context(active_test=False).user_ids
        return bool(users - user)

    @api.model
    def _suggest_communes(self, words):
        """Names of communes for what is typed."""
        words = text(words)[:LONGEST]
        return [name for _id, name in self._search_communes(words)] if len(words) > 1 else []

    @api.model
    def _search_communes(self, words, limit=COMMUNES_SHOWN):
        """Communes for what is typed, the likeliest first: ``[(id, name with its code)]``."""
        return self.env['insee.commune'].sudo().name_search(words, limit=limit)

    # -- what is written --------------------------------------------------------------------------

    @api.model
    def _read_step(self, post, step):
        """Of what a browser has sent, the fields of this step, as clean texts."""
        values = {}
        for name in STEPS[step]:
            value = post.get(name)
            values[name] = text(value.replace('\0', ' '))[:LONGEST] if isinstance(value, str) else ''
        return values

    @api.model
    def _save_step(self, partner, step, values, is_trusted, user):
        """Check a step and write it, as a whole or not at all.

        :param int step: 1 to 3
        :param dict values: from ``_read_step``
        :param bool is_trusted: see ``_values_shown``
        :param res.users user: who asks from an account; empty by a private link
        :return: errors and choices by field, both empty when it is written: {name: sentence}, {name: [(id, name)]}
        """
        prepare = {1: self._prepare_identity, 2: self._prepare_contact, 3: self._prepare_bank}[step]
        written, errors, choices = prepare(partner, values, is_trusted, user)
        try:
            with suppress(_NotRight), self.env.cr.savepoint():
                self._write_step(partner, written)
                for name, sentence in self._errors_of_step(partner, step, values).items():
                    errors.setdefault(name, sentence)
                if errors:
                    raise _NotRight
        except UserError:
            errors = errors or {STEPS[step][0]: self._error_sentence('refused')}
        return errors, choices if errors else {}

    @api.model
    def _write_step(self, partner, written):
        """Write what a step says of a household, for it to be checked as it would be sent.

        :param dict written: values of ``res.partner``; those of the bank account are taken out of it
        """
        bank = {name: written.pop(name) for name in HOUSEHOLD['bank'] if name in written}
        # What is the same is not written again: it would undo what the company has corrected in what follows from it.
        partner.write(
            {
                name: value
                for name, value in written.items()
                if self._as_read(partner._fields[name].convert_to_write(partner[name], partner)) != (value or False)
            }
        )
        for name, value in bank.items():  # one by one: each stands on the account that the one before has chosen
            partner[name] = value
            partner.flush_recordset()

    @api.model
    def _as_read(self, value):
        """What is stored, as ``_read_step`` would read it: an import has left blanks that no browser gives back."""
        return (text(value) if isinstance(value, str) else value) or False

    @api.model
    def _errors_of_step(self, partner, step, values=None):
        """What URSSAF would refuse of a step: {name of the field: sentence for the household}.

        :param dict values: what was typed, where it may be wrong and is not written; only the bank account's count
        """
        errors = {}
        typed = self._typed_account(partner, values) if values and step == 3 else None
        for finding in self._findings_of_household(partner, typed):
            name = SHOWN_AT.get(finding.field)
            if finding.level == 'error' and name in STEPS[step]:
                if finding.code == 'address_missing':
                    name = 'street'
                errors.setdefault(name, self._error_sentence(finding.code, **finding.params))
        return errors

    @api.model
    def _findings_of_household(self, partner, account=None):
        """What the customer's form says, too; about another bank account where one is given.

        :param BankAccount account: instead of the household's own
        """
        customer = partner._urssaf_customer()
        if account:
            customer = replace(customer, bank_account=account)
        return rules.check_customer(customer, today_in_paris())

    @api.model
    def _typed_iban(self, values):
        """The IBAN alone: bank details that are pasted often begin with the word."""
        return read_iban(values['iban'])

    @api.model
    def _account_meant(self, partner, values):
        """The account whose number was typed, else the one that is known; empty for a new one."""
        iban = self._typed_iban(values)
        return partner._urssaf_account_of(iban) if iban else partner.urssaf_bank_account_id

    @api.model
    def _right_details(self, partner, account=None):
        """What need not be typed of an account: '' for what is missing, and for what URSSAF would refuse.

        :param res.partner.bank account: by default the household's
        :rtype: BankAccount
        """
        account = partner.urssaf_bank_account_id if account is None else account
        known = BankAccount(
            iban=account.sanitized_acc_number or '',
            bic=account.bank_id.bic or '',
            holder=account.acc_holder_name or '',
        )
        findings = self._findings_of_household(partner, known)
        wrong = {SHOWN_AT.get(finding.field) for finding in findings if finding.level == 'error'}
        return replace(known, **dict.fromkeys(wrong.intersection(('iban', 'bic', 'holder')), ''))

    @api.model
    def _typed_account(self, partner, values):
        """The account after what was typed: what is left empty is kept, but no BIC goes over to another account: its bank is
        known by the IBAN, or asked for."""
        known = self._right_details(partner, self._account_meant(partner, values))
        iban = self._typed_iban(values) or known.iban
        return BankAccount(
            iban=iban,
            bic=read_bic(values['bic']) or known.bic or self._bic_of(iban),
            holder=values['holder'] or known.holder,
        )

    @api.model
    def _bic_of(self, iban):
        """The BIC that need not be typed, '' when it is not known."""
        return self.env['res.partner']._urssaf_bic_of(read_iban(iban))

    @api.model
    def _first_step_to_correct(self, partner):
        """The first step with an error, or 0."""
        return next((step for step in STEPS if self._errors_of_step(partner, step)), 0)

    @api.model
    def _error_sentence(self, code, **params):
        """What the household reads about a finding.

        :param str code: of a finding, or one of this page
        """
        return self._translated(ERRORS.get(code, ERRORS['refused']), **params)

    @api.model
    def _translated(self, sentence, **params):
        """A sentence of ``urssaf_household_page_words`` in the household's language.

        Filled in after it is translated: the same sentence is there for many values.
        """
        return filled_in(self.env, sentence, params)

    # -- each step --------------------------------------------------------------------------------

    # Each of these takes what `_save_step` takes and returns (values to write, errors, choices).

    @api.model
    def _prepare_identity(self, partner, values, is_trusted, _user):
        """The person; a date or a place that is known and not shown may be left empty."""
        errors, choices = {}, {}
        known = self._known_values(partner, 1, is_trusted)
        written = {
            'urssaf_civility': values['civility'] if values['civility'] in TITLES else False,
            'urssaf_birth_name': values['birth_name'],
            'urssaf_usage_name': values['usage_name'],
            'urssaf_first_names': values['first_names'],
        }
        if values['birth_date'] or 'birth_date' not in known:
            written['urssaf_birth_date'] = typed_date(values['birth_date'], today_in_paris())
            if values['birth_date'] and not written['urssaf_birth_date']:
                errors['birth_date'] = self._error_sentence('birth_date_unreadable')
        if values['birth_country'] or values['birth_commune'] or 'birth_country' not in known:
            # A town without a country is one of France, as the field says.
            country = self._chosen_country(values['birth_country'] or (values['birth_commune'] and self._france_id()))
            written['urssaf_birth_country_id'] = country.id
            if country.insee_code != FRANCE:
                written['urssaf_birth_commune_id'] = False
            elif values['birth_commune'] or not ('birth_commune' in known and partner.urssaf_birth_commune_id):
                commune, problem, choices['birth_commune'] = self._chosen_birth_commune(values)
                written['urssaf_birth_commune_id'] = commune.id
                if problem:
                    errors['birth_commune'] = self._error_sentence(problem)
        return written, errors, choices

    @api.model
    def _france_id(self):
        """As the browser sends it."""
        return str(self.env.ref('base.fr').id)

    @api.model
    def _chosen_country(self, value):
        """The country whose id a browser has sent; empty for anything else."""
        countries = self.env['res.country']
        if not (value.isascii() and value.isdigit() and len(value) < 9):
            return countries
        return countries.search([('id', '=', int(value)), ('insee_code', '!=', False)])

    @api.model
    def _chosen_birth_commune(self, values):
        """The commune that was typed or chosen: (commune or empty, finding code or '', what to choose from).

        What only begins like its name is proposed, never taken: who was born in Porto is not from Porto-Vecchio. Nor is one
        of that very name where a larger one begins with it: Chalon (Isère) for Chalon-sur-Saône.
        """
        communes, typed = self.env['insee.commune'], values['birth_commune']
        if not typed:
            return communes, '', []
        found = self._search_communes(typed, COMMUNES_TO_CHOOSE)
        hits = communes.browse(key for key, _name in found)
        named = hits.filtered(lambda commune: commune._is_named(typed))
        if len(named) > 1:
            found = [(key, name) for key, name in found if key in named.ids]
        for key, name in found:
            if name == typed or values['birth_commune_choice'] == str(key):
                # The list stays while something else is corrected: its choice would be lost else.
                return communes.browse(key), '', [] if name == typed else found
        if len(named) == 1 and named.population == max(hits.mapped('population')):
            return named, '', []
        return communes, 'birth_commune_unsure' if found else 'birth_commune_unknown', found

    @api.model
    def _prepare_contact(self, partner, values, _is_trusted, user):
        """Address, mobile and e-mail; of several towns with one postal code, the household chooses."""
        errors, choices = {}, {}
        city, zip_code = self._city_and_zip(values)
        written = {
            'street': values['street'],
            'street2': values['complement'],
            'zip': zip_code,
            'city': city,
            'country_id': self._country_of_zip(partner, zip_code).id,
            'urssaf_mobile': self._format_mobile(values['mobile']),
        }
        if not self._email_is_locked(partner, user):
            written['email'] = read_email(values['email'])
        commune = self.env['insee.commune']._find_by_address(written['zip'], city)
        if not commune:
            several = self._communes_of_zip(written['zip'])
            chosen = [
                key for key, _name in several if values['city_choice'] == str(key) or (not city and len(several) == 1)
            ]
            if chosen:
                commune = commune.browse(chosen[0])
                written['city'] = commune.name
            elif several:
                errors['city'] = self._wrong_town(city, written['zip'], [name for _key, name in several])
            elif not city:
                errors['city'] = self._error_sentence('city_missing')
            if values['city_choice'] or not chosen:
                choices['city'] = several
        if commune:
            written['urssaf_commune_id'] = commune.id
        return written, errors, choices

    @api.model
    def _country_of_zip(self, partner, zip_code):
        """Odoo has countries of their own for France overseas: who lives in one of them stays there."""
        country = partner.country_id
        is_overseas = country.insee_code == FRANCE and zip_code.startswith(('97', '98'))
        return country if is_overseas else self.env.ref('base.fr')

    @api.model
    def _wrong_town(self, city, zip_code, names):
        """What is said of a town that does not go with its postal code, or that is not there.

        :param list[str] names: the towns of the postal code
        """
        if city and len(names) == 1:
            return self._error_sentence('zip_of_another', zip=zip_code, city=names[0])
        return self._error_sentence('zip_of_others' if city else 'commune_several', zip=zip_code)

    @api.model
    def _city_and_zip(self, values):
        """Of a town as the list writes it, "Tours (37000)", its name; and its postal code when none was typed."""
        city, zip_code = values['city'], values['zip']
        listed = re.fullmatch(r'(.*?)\s*\(([0-9 ]*)\)', city)
        if listed:
            city, zip_code = listed[1], zip_code or listed[2]
        return city, self.env['insee.commune']._sure_zip(zip_code, city)

    @api.model
    def _communes_of_zip(self, zip_code):
        """The communes of a postal code, to choose from."""
        if not re.fullmatch(r'[0-9]{5}', zip_code):
            return []
        communes = self.env['insee.commune']._all_of_zip(zip_code)
        return [(commune.id, commune.name) for commune in communes.sorted('name')]

    @api.model
    def _prepare_bank(self, partner, values, _is_trusted, user):
        """The account and the agreement. An account of before belongs to the company: only what it lacks, or what is wrong
        of it, is filled in; who means another BIC or holder is told so."""
        errors = {} if values['consent'] == '1' else {'consent': self._error_sentence('consent_missing')}
        if errors or self._errors_of_step(partner, 3, values):
            return {}, errors, {}  # the rest of the errors is found by `_save_step`
        written = {
            'urssaf_consent_date': today_in_paris(),
            'urssaf_consent_origin': self._consent_origin(partner, user),
        }
        if iban := self._typed_iban(values):
            written['urssaf_iban'] = iban
        account = self._account_meant(partner, values)
        known, typed = self._right_details(partner, account), self._typed_account(partner, values)
        for name, field, is_same in (
            ('bic', 'urssaf_bic', same_bic),
            ('holder', 'urssaf_bank_holder', self._is_same_holder),
        ):
            new, old = getattr(typed, name), getattr(known, name)
            if not old or account.urssaf_is_ours:
                written[field] = new
            elif not is_same(new, old):
                errors[name] = self._error_sentence(f'{name}_of_provider')
        return written, errors, {}

    @api.model
    def _is_same_holder(self, one, other):
        """Whether two holders differ in nothing but capitals, accents, signs and the order of words. A title may be lacking:
        Odoo takes the contact's name for the holder of an account."""
        words, others = (set(re.findall(r'\w+', remove_accents(name).lower())) for name in (one, other))
        more, less = words - others, others - words
        return not (more and less) and more | less <= TITLE_WORDS

    @api.model
    def _consent_text(self, company):
        """What the household agrees to."""
        return self.env._(
            "I agree to be registered with URSSAF by %s for the avance immédiate, and that these data are sent to it.",
            company.name,
        )

    @api.model
    def _contact_of(self, company):
        """Whom a household asks about its data: an e-mail address, else a phone number; may be empty."""
        return company.email or company.phone or ''

    @api.model
    def _consent_origin(self, partner, user):
        """How the agreement was given, in the language of the company: a proof, so the way in counts, and who it was."""
        env = self.with_context(lang=self.env.company.partner_id.lang or self.env.lang).env
        if not user:
            return env._("Online form, by the private link sent by e-mail")
        if user.partner_id == partner:
            return env._("Online form, on the household's portal account")
        return env._("Online form, on the portal account of %s", user.name)
