import csv
import json

from odoo.tests import tagged
from odoo.tools import file_open

from ..simulator.customers import address_codes, birth_place_codes, form_errors
from .common import AvanceImmediateCommon

FIXTURE = 'l10n_fr_avance_immediate/tests/birth_identities.csv'
# What leaves for the household of `setUpClass`, place and date of birth apart.
BODY = {
    'civilite': '2',
    'nomNaissance': "Exemple",
    'nomUsage': "Fictive",
    'prenoms': "Renee Zoe",
    'numeroTelephonePortable': '0639980077',
    'adresseMail': 'renee@example.com',
    'adressePostale': {
        'numeroVoie': '12',
        'lettreVoie': 'B',
        'codeTypeVoie': 'R',
        'libelleVoie': "des Exemples",
        'codePostal': '37000',
        'codeCommune': '37261',
        'libelleCommune': "Tours",
        'codePays': '99100',
    },
    'coordonneeBancaire': {
        'bic': 'TESTFRPPXXX',
        'iban': 'FR7630006000011234567890189',
        'titulaire': "Mme Renée Fictive",
    },
}


def identities():
    with file_open(FIXTURE, 'r') as text:
        return list(csv.DictReader(text))


def expected_place(row):
    place = {'codePaysNaissance': row['pays']}
    if row['departement']:
        place['departementNaissance'] = row['departement']
        place['communeNaissance'] = {'codeCommune': row['commune'], 'libelleCommune': row['libelle']}
    return place


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestBirthIdentities(AvanceImmediateCommon):
    """A hundred births, as people write their place down, against what URSSAF must get (CONTRACT §5.1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rows = identities()
        cls.partner = cls.make_household(
            "Renée Fictive", email='renee@example.com', phone='06 39 98 00 77', urssaf_first_names="Renée Zoé"
        )

    def fill_in(self, row, partner=None):
        """The household's birth as a user enters it: country, first suggestion for what is typed, date."""
        partner = partner or self.partner
        communes = self.env['insee.commune'].with_user(self.clerk)
        domain = [('kind', '!=', 'divided')]
        found = communes.name_search(row['typed'], domain, limit=8) if row['typed'] else []
        self.assertEqual(bool(found), bool(row['typed']), row)
        partner.write(
            {
                'urssaf_birth_country_id': self.env['res.country'].search([('code', '=', row['country'])]).id,
                'urssaf_birth_commune_id': found and found[0][0],
                'urssaf_birth_date': row['birth_date'],
            }
        )
        return partner

    def test_the_exact_body(self):
        self.assertGreaterEqual(len(self.rows), 60)
        for row in self.rows:
            with self.subTest(row=row):
                partner = self.fill_in(row)
                self.assertFalse(partner._urssaf_missing_sentences())
                body = json.loads(json.dumps(partner._urssaf_customer().to_dict()))
                self.assertEqual(
                    body,
                    {
                        **BODY,
                        'dateNaissance': f"{row['birth_date']}T00:00:00.000Z",
                        'lieuNaissance': expected_place(row),
                    },
                )
                # The contract's rules, as the simulator has them
                self.assertFalse(form_errors(body))
                self.assertFalse(birth_place_codes(body['lieuNaissance']) + address_codes(body['adressePostale']))

    def test_the_screen_says_what_will_be_sent(self):
        for row in self.rows:
            partner = self.fill_in(row).with_user(self.reader)
            shown = partner.urssaf_birth_place_notice
            if row['departement']:
                self.assertIn(f"department {row['departement']} (", shown)
                self.assertIn(f"municipality {row['commune']} {row['libelle']}", shown)
                self.assertNotIn('()', shown, "a department without a name")
            else:
                self.assertIn(f"country {row['pays']} ", shown)
                self.assertIn('alone', shown)

    def test_one_of_each_group_is_registered(self):
        groups = {row['group']: row for row in self.rows}
        self.assertGreaterEqual(len(groups), 12)
        for number, (group, row) in enumerate(groups.items()):
            letters = chr(ord('a') + number)
            partner = self.fill_in(
                row,
                self.make_household(
                    f"Renée Groupe{letters}", email=f'{letters}@example.com', phone=f'06 39 98 01 {number:02}'
                ),
            )
            with self.as_user(self.clerk) as env:
                partner.with_env(env).action_urssaf_register()
            self.assertEqual(partner.with_company(self.company).urssaf_registration_state, 'pending', group)

    def test_without_a_birth_date_the_codes_of_today_are_shown(self):
        self.fill_in({'country': 'FR', 'typed': "Boulogne-Billancourt", 'birth_date': False})
        self.assertEqual(
            self.partner.urssaf_birth_place_notice,
            "Will be sent: department 092 (Hauts-de-Seine), municipality 012 Boulogne-Billancourt.",
        )
        self.partner.urssaf_birth_date = '1960-03-05'
        self.assertIn(
            "department 075 (Seine), municipality 012 Boulogne-Billancourt", self.partner.urssaf_birth_place_notice
        )
        self.assertIn("92012 today", self.partner.urssaf_birth_place_notice)
        self.partner.urssaf_birth_commune_id = False
        self.assertFalse(self.partner.urssaf_birth_place_notice)

    def test_before_independence(self):
        for born, words in (('1961-10-17', "before independence"), ('1963-10-17', "every birth abroad")):
            self.fill_in({'country': 'DZ', 'typed': '', 'birth_date': born})
            self.assertIn(words, self.partner.urssaf_birth_place_notice)

    def test_parts_of_a_grown_commune_are_named(self):
        self.fill_in({'country': 'FR', 'typed': "annecy", 'birth_date': '1970-01-01'})
        self.assertIn("Annecy-le-Vieux", self.partner.urssaf_birth_place_hint)
        self.assertIn("names one of these", self.partner.urssaf_birth_place_hint)
        self.fill_in({'country': 'FR', 'typed': "Belfort", 'birth_date': '1970-01-01'})
        self.assertFalse(self.partner.urssaf_birth_place_hint)

    def test_a_merger_that_may_have_come_before_the_birth_is_told(self):
        for typed, born, told in (
            ("Hellemmes", '1970-01-01', False),
            ("Hellemmes", '1985-01-01', True),
            ("Annecy-le-Vieux", '1999-01-01', False),
            ("Octeville (Manche)", '1950-01-01', True),
            ("Bellegarde-sur-Valserine", '1999-01-01', False),
        ):
            self.fill_in({'country': 'FR', 'typed': typed, 'birth_date': born})
            self.assertEqual("may have been" in (self.partner.urssaf_birth_place_hint or ''), told, (typed, born))
        self.partner.urssaf_birth_commune_id.valid_until = '2000-01-01'  # known after all
        self.partner.urssaf_birth_date = '2001-01-01'
        self.assertEqual(self.partner._urssaf_birth_place().commune_name, "Bellegarde-sur-Valserine")
        octeville = self.env['insee.commune'].search([('code', '=', '50383')])
        octeville.valid_until = '2000-03-01'
        self.partner.urssaf_birth_commune_id = octeville
        self.assertEqual(self.partner._urssaf_birth_place().commune_name, "Cherbourg-Octeville")
        self.assertFalse(self.partner.urssaf_birth_place_hint)

    def test_other_codes_to_try(self):
        for typed, born, others in (
            ("Boulogne-Billancourt", '1960-03-05', [('092', '012')]),
            ("Saint-Denis 97400", '1990-01-01', [('974', '411')]),
            ("Tours", '1990-01-01', []),
            ("Annecy-le-Vieux", '1990-01-01', [('074', '010')]),
            ("Courcouronnes", '1966-08-08', [('091', '182'), ('078', '228'), ('091', '228')]),
        ):
            self.fill_in({'country': 'FR', 'typed': typed, 'birth_date': born})
            found = [(place.department, place.commune_code) for place in self.partner._urssaf_other_birth_places()]
            self.assertEqual(found[1:], others, typed)
        self.fill_in({'country': 'CZ', 'typed': '', 'birth_date': '1980-01-01'})
        self.assertEqual(
            [place.country_code for place in self.partner._urssaf_other_birth_places()], ['99116', '99115']
        )
