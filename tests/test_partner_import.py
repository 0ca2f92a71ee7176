import csv
import io
from ast import literal_eval

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import file_open

from .common import AvanceImmediateCommon

OPTIONS = {
    'has_headers': True,
    'quoting': '"',
    'separator': ';',
    'encoding': 'utf-8',
    'date_format': '%d/%m/%Y',
    'datetime_format': '',
    'float_thousand_separator': ' ',
    'float_decimal_separator': ',',
    'advanced': False,
    'keep_matches': False,
    'name_create_enabled_fields': {},
    'import_set_empty_fields': [],
    'import_skip_records': [],
    'fallback_values': {},
}
# BIC and holder before the IBAN: the order of columns must not matter.
COLUMNS = (
    'name',
    'email',
    'street',
    'zip',
    'city',
    'urssaf_mobile',
    'urssaf_civility',
    'urssaf_birth_name',
    'urssaf_usage_name',
    'urssaf_first_names',
    'urssaf_birth_date',
    'urssaf_birth_country_id',
    'urssaf_birth_commune_id',
    'urssaf_bic',
    'urssaf_bank_holder',
    'urssaf_iban',
    'urssaf_consent_date',
    'urssaf_consent_origin',
)
GOOD = {
    'street': "12 bis rue des Exemples",
    'zip': '37000',
    'city': "Tours",
    'urssaf_mobile': '06 39 98 00 01',
    'urssaf_civility': 'Madame',
    'urssaf_birth_name': "Exemple",
    'urssaf_usage_name': "",
    'urssaf_first_names': "Camille Odette",
    'urssaf_birth_date': '17/05/1984',
    'urssaf_birth_country_id': 'France',
    'urssaf_birth_commune_id': 'Tours',
    'urssaf_bic': 'TESTFRPPXXX',
    'urssaf_bank_holder': "Mme Exemple Camille",
    'urssaf_iban': 'FR76 3000 6000 0112 3456 7890 189',
    'urssaf_consent_date': '02/11/2026',
    'urssaf_consent_origin': "Formulaire signé",
}
# What is written -> INSEE code of the municipality.
WRITTEN = {
    '37261': '37261',
    'Tours': '37261',
    'TOURS': '37261',
    'tours (37)': '37261',
    'Tours 37': '37261',
    'Tours (37000)': '37261',
    '37000 Tours': '37261',
    '1053': '01053',
    '2a004': '2A004',
    'ajaccio': '2A004',
    'St-Denis (93)': '93066',
    'Saint Denis 974': '97411',
    'Paris 11': '75111',
    'Paris 1er': '75101',
    'Paris 75011': '75111',
    'Lyon 03': '69383',
    "L'Haÿ-les-Roses": '94038',
    'Mamoudzou': '97611',
    '20004': '2A004',
}
COUNTRIES = {
    'Portugal': 'PT',
    'PORTUGAL': 'PT',
    'pt': 'PT',
    'PT': 'PT',
    '99139': 'PT',
    'france': 'FR',
    'FR': 'FR',
    '99100': 'FR',
    'Algérie': 'DZ',
    'ALGERIE': 'DZ',
    '99352': 'DZ',
    "Cote d’Ivoire": 'CI',
    'Germany': 'DE',
    'Royaume Uni': 'GB',
    'États-Unis': 'US',
    'Reunion': 'RE',
}
# What French spreadsheets are headed with, beyond our own words.
HEADINGS = {
    'Nom': 'name',
    'Courriel': 'email',
    'Tél. portable': 'urssaf_mobile',
    'Adresse': 'street',
    'CP': 'zip',
    'Ville': 'city',
    'Pays': 'country_id',
    'Civ.': 'urssaf_civility',
    'NOM DE JEUNE FILLE': 'urssaf_birth_name',
    "Nom d’usage": 'urssaf_usage_name',
    'Prénom(s)': 'urssaf_first_names',
    'Né(e) le': 'urssaf_birth_date',
    'Pays de naissance': 'urssaf_birth_country_id',
    'Ville de naissance': 'urssaf_birth_commune_id',
    'N° IBAN': 'urssaf_iban',
    'BIC/SWIFT': 'urssaf_bic',
    'Titulaire du compte': 'urssaf_bank_holder',
    "Date d'accord": 'urssaf_consent_date',
    "Origine de l'accord": 'urssaf_consent_origin',
}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestImport(AvanceImmediateCommon):
    """Identity data of households from a spreadsheet, through Odoo's own import."""

    def setUp(self):
        super().setUp()
        if 'base_import.import' not in self.env:
            self.skipTest("Odoo's import is not installed")
        self.Partner = self.env['res.partner'].with_company(self.company)

    def rows(self, *changes):
        return [
            {**GOOD, 'name': f"Importé {number}", 'email': f'importe{number}@example.com', **change}
            for number, change in enumerate(changes, start=1)
        ]

    def load(self, rows, columns=COLUMNS, dryrun=False, user=None, **options):
        """As Odoo's window does, opened from the list of customers: the file is uploaded, then read with these options."""
        file = io.StringIO()
        writer = csv.DictWriter(file, columns, delimiter=';', extrasaction='ignore')
        writer.writeheader()
        writer.writerows(rows)
        with self.as_user(user or self.clerk) as env:
            context = literal_eval(
                env['ir.actions.act_window']._for_xml_id('account.res_partner_action_customer')['context']
            )
            wizard = (
                env['base_import.import']
                .with_context(**context)
                .create(
                    {
                        'res_model': 'res.partner',
                        'file': file.getvalue().encode(),
                        'file_name': 'foyers.csv',
                        'file_type': 'text/csv',
                    }
                )
            )
            result = wizard.execute_import(list(columns), list(columns), {**OPTIONS, **options}, dryrun=dryrun)
        self.env.invalidate_all()
        return result

    def test_twenty_rows_some_wrong_each_said_in_words(self):
        changes = [{} for _row in range(20)]
        changes[3] = {'urssaf_birth_commune_id': 'Saint-Denis'}
        changes[7] = {'urssaf_civility': 'Docteur'}
        changes[9] = {'urssaf_birth_commune_id': 'Trifouilly-les-Oies'}
        changes[12] = {'urssaf_birth_commune_id': '37000'}
        changes[15] = {'urssaf_iban': 'FR76 🏠'}
        changes[18] = {'urssaf_birth_country_id': 'Atlantide'}
        result = self.load(self.rows(*changes))
        said = {message['rows']['from']: message['message'] for message in result['messages']}
        self.assertEqual(set(said), {3, 7, 9, 12, 15, 18}, said)
        for row, words in {
            3: "Seine-Saint-Denis|Saint-Denis (93, INSEE 93066)",
            7: "Docteur",
            9: "No municipality is called",
            12: "As a postal code",
            15: "IBAN",
            18: "Atlantide",
        }.items():
            self.assertTrue(any(word in said[row] for word in words.split('|')), said[row])
        self.assertIn("Saint-Denis (974, INSEE 97411)", said[3], "the candidates are named")
        self.assertIn("Tours (37, INSEE 37261)", said[12])
        self.assertFalse(result['ids'], "Odoo's import is all or nothing")
        self.assertFalse(self.Partner.search([('name', '=like', 'Importé %')]))
        for row in (3, 7, 9, 12, 15, 18):
            changes[row] = {}
        self.assertFalse(self.load(self.rows(*changes), dryrun=True)['messages'])
        self.assertFalse(self.Partner.search([('name', '=like', 'Importé %')]), "a test writes nothing")
        result = self.load(self.rows(*changes))
        self.assertFalse(result['messages'])
        partners = self.Partner.browse(result['ids'])
        self.assertEqual(len(partners), 20)
        self.assertFalse(any(partners.mapped('urssaf_missing')), partners[0].urssaf_missing)
        self.assertTrue(all(partners.mapped('urssaf_is_complete')))

    def test_accounts_of_many_are_made_as_those_of_one(self):
        rows = self.rows({'urssaf_bic': ''}, {}, {'urssaf_bic': 'AUTRFRPPXXX'}, {'urssaf_iban': '', 'urssaf_bic': ''})
        # Another bank's code, and a BIC that is not the one of the table.
        rows[2]['urssaf_iban'] = 'FR1420041010050500013M02606'
        partners = self.Partner.browse(self.load(rows)['ids'])
        numbers = [rows[number]['urssaf_iban'].replace(' ', '') for number in range(3)]
        self.assertEqual(partners.urssaf_bank_account_id.mapped('sanitized_acc_number'), numbers)
        self.assertEqual(partners[:3].mapped('urssaf_bic'), ['AGRIFRPP', 'TESTFRPPXXX', 'AUTRFRPPXXX'])
        self.assertEqual(partners[:3].mapped('urssaf_bank_holder'), [GOOD['urssaf_bank_holder']] * 3)
        self.assertTrue(all(partners.urssaf_bank_account_id.sudo().mapped('urssaf_is_ours')))
        self.assertFalse(partners[3].bank_ids)
        self.assertEqual(len(partners[1].bank_ids), 1)

    def test_an_empty_cell_takes_no_account_away(self):
        partner = self.Partner.browse(self.load(self.rows({}))['ids'])
        self.load(
            [{'.id': partner.id, 'urssaf_iban': '', 'urssaf_birth_name': "Autre"}],
            ('.id', 'urssaf_iban', 'urssaf_birth_name'),
        )
        self.assertEqual((partner.urssaf_birth_name, bool(partner.urssaf_iban)), ("Autre", True))

    def test_all_that_is_written_arrives(self):
        partner = self.Partner.browse(self.load(self.rows({}))['ids'])
        self.assertFalse(partner.is_company, "although the list of customers makes companies")
        self.assertTrue(partner.urssaf_is_possible and partner.urssaf_is_complete)
        self.assertEqual(partner.customer_rank, 1)
        self.assertEqual(partner.urssaf_civility, '2')
        self.assertEqual(str(partner.urssaf_birth_date), '1984-05-17')
        self.assertEqual(str(partner.urssaf_consent_date), '2026-11-02')
        self.assertEqual(partner.urssaf_consent_origin, "Formulaire signé")
        self.assertEqual(partner.urssaf_birth_country_id.code, 'FR')
        self.assertEqual(
            (partner.urssaf_street_number, partner.urssaf_street_type, partner.urssaf_commune_id.code),
            ('12', 'R', '37261'),
        )
        account = partner.urssaf_bank_account_id
        self.assertEqual(account.sanitized_acc_number, 'FR7630006000011234567890189')
        self.assertEqual((account.bank_id.bic, account.acc_holder_name), ('TESTFRPPXXX', "Mme Exemple Camille"))
        self.assertTrue(account.urssaf_is_ours, "made as the form does")
        self.assertEqual(len(partner.bank_ids), 1)

    def test_municipalities_as_people_write_them(self):
        Commune = self.env['insee.commune']
        for written, code in WRITTEN.items():
            self.assertEqual(Commune._find_written(written)[0].code, code, written)
        result = self.load(self.rows(*({'urssaf_birth_commune_id': written} for written in WRITTEN)))
        self.assertFalse(result['messages'])
        self.assertEqual(
            self.Partner.browse(result['ids']).mapped('urssaf_birth_commune_id.code'),
            list(dict.fromkeys(WRITTEN.values())),
        )

    def test_what_is_not_sure_is_never_guessed(self):
        for written in (
            'Paris',
            'Lyon',
            'Saint-Denis',
            '37000',
            '99999',
            'Tour',
            'x',
            '%',
            '_',
            "')",
            '(',
            'Tours (93)',
            'Saint-Aubin',
            '🏠',
            '\u202e',
            'a' * 5000,
            ',' * 5000,
        ):
            commune, _candidates = self.env['insee.commune']._find_written(written)
            self.assertFalse(commune, written)
            result = self.load(self.rows({'urssaf_birth_commune_id': written}))
            self.assertEqual(len(result['messages']), 1, written)
            self.assertTrue("unicipalit" in result['messages'][0]['message'], result['messages'])

    def test_bare_numbers_are_insee_codes(self):
        result = self.load(self.rows(*({'urssaf_birth_commune_id': code} for code in ('37100', '37261', '1053'))))
        self.assertFalse(result['messages'])
        self.assertEqual(
            self.Partner.browse(result['ids']).mapped('urssaf_birth_commune_id.code'), ['37100', '37261', '01053']
        )

    def test_in_a_column_of_postal_codes_none_is_taken_for_an_insee_code(self):
        """37100 is Tours for the post office and Épeigné-les-Bois for INSEE; 37000 is Tours and no INSEE code."""
        result = self.load(self.rows(*({'urssaf_birth_commune_id': code} for code in ('37100', '37261', '37000'))))
        told = {message['rows']['from']: message['message'] for message in result['messages']}
        self.assertEqual(set(told), {0, 2}, "37261 can only be an INSEE code")
        self.assertIn("Épeigné-les-Bois (37, INSEE 37100)", told[0])
        self.assertIn("Tours (37, INSEE 37261)", told[0])
        self.assertFalse(result['ids'])

    def test_a_code_of_former_times_that_is_a_postal_code_is_asked_about(self):
        """75012 was Boulogne-Billancourt's code until 1968, and is the postal code of Paris' 12th district."""
        (told,) = self.load(self.rows({'urssaf_birth_commune_id': '75012'}))['messages']
        self.assertEqual(told['type'], 'error')
        for words in ("Boulogne-Billancourt (92, INSEE 92012)", "INSEE 75112"):
            self.assertIn(words, told['message'])

    def test_countries_as_people_write_them(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.env['ir.module.module']._get('base')._update_translations('fr_FR')
        self.clerk.lang = 'fr_FR'
        abroad = [code not in ('FR', 'RE') for code in COUNTRIES.values()]
        result = self.load(
            self.rows(
                *(
                    {'urssaf_birth_country_id': written, 'urssaf_birth_commune_id': '' if is_abroad else 'Tours'}
                    for written, is_abroad in zip(COUNTRIES, abroad, strict=True)
                )
            )
        )
        self.assertFalse(result['messages'])
        partners = self.Partner.browse(result['ids'])
        self.assertEqual([partner.urssaf_birth_country_id.code for partner in partners], list(COUNTRIES.values()))
        for written in ('Atlantide', '99999', 'XX', 'Guinee equatoriale et autres', '🏠'):
            (told,) = self.load(self.rows({'urssaf_birth_country_id': written}))['messages']
            self.assertEqual((told['type'], told['rows']['from']), ('error', 0), written)

    def test_the_headings_of_french_spreadsheets_are_known(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.env['ir.module.module']._get('base')._update_translations('fr_FR')
        self.env['ir.module.module']._get('l10n_fr_avance_immediate')._update_translations('fr_FR')
        self.clerk.lang = 'fr_FR'
        row = [
            "Luce Importée",
            'luce.importee@example.com',
            '06 39 98 00 01',
            "12 bis rue des Exemples",
            '37000',
            "Tours",
            'FRANCE',
            'F',
            "Exemple",
            "Importée",
            "Luce Odette",
            '03/02/1984',
            'france',
            "Tours",
            GOOD['urssaf_iban'],
            'TESTFRPPXXX',
            "Mme Importée Luce",
            '02/11/2026',
            "Formulaire signé",
        ]
        file = io.StringIO()
        csv.writer(file, delimiter=';').writerows([HEADINGS, row])
        with self.as_user(self.clerk) as env:
            wizard = env['base_import.import'].create(
                {
                    'res_model': 'res.partner',
                    'file': file.getvalue().encode(),
                    'file_name': 'foyers.csv',
                    'file_type': 'text/csv',
                }
            )
            preview = wizard.parse_preview({**OPTIONS, 'separator': '', 'encoding': '', 'date_format': ''})
            self.assertNotIn('error', preview)
            matches = {
                heading: '/'.join(preview['matches'].get(index, ['?']))
                for index, heading in enumerate(preview['headers'])
            }
            self.assertEqual(matches, HEADINGS)
            result = wizard.execute_import(list(matches.values()), preview['headers'], preview['options'])
            self.assertFalse(result['messages'])
            partner = env['res.partner'].browse(result['ids'])
            self.assertFalse(partner.urssaf_missing)
            self.assertEqual(str(partner.urssaf_birth_date), '1984-02-03', "day first, as in French")

    def test_a_heading_that_somebody_has_chosen_stays(self):
        mapping = self.env['base_import.mapping'].search([('column_name', '=', 'lieu de naissance')])
        self.assertEqual(mapping.field_name, 'urssaf_birth_commune_id')
        mapping.field_name = 'city'
        count = self.env['base_import.mapping'].search_count([])
        self.Partner._urssaf_load_import_headings()
        self.assertEqual((mapping.field_name, self.env['base_import.mapping'].search_count([])), ('city', count))

    def test_titles_in_words(self):
        words = {
            'Madame': '2',
            'Mme': '2',
            'MME.': '2',
            'Mlle': '2',
            'femme': '2',
            'F': '2',
            '2': '2',
            'M.': '1',
            'M': '1',
            'Monsieur': '1',
            'mr': '1',
            ' Homme ': '1',
            'H': '1',
            '1': '1',
        }
        result = self.load(self.rows(*({'urssaf_civility': word} for word in words)))
        self.assertFalse(result['messages'])
        self.assertEqual(
            [partner.urssaf_civility for partner in self.Partner.browse(result['ids'])], list(words.values())
        )

    def test_born_abroad_needs_no_municipality(self):
        result = self.load(self.rows({'urssaf_birth_country_id': 'Portugal', 'urssaf_birth_commune_id': ''}))
        partner = self.Partner.browse(result['ids'])
        self.assertEqual(partner.urssaf_birth_country_id.code, 'PT')
        self.assertFalse(partner.urssaf_missing)

    def test_a_date_that_is_none_is_said_with_its_line(self):
        result = self.load(self.rows({}, {'urssaf_birth_date': '31/02/1984'}))
        self.assertIn("2", result['messages'][0]['message'])
        self.assertEqual(result['messages'][0]['field_path'], ['urssaf_birth_date'])

    def test_what_urssaf_would_refuse_is_told_with_its_row(self):
        """Never as a warning: Odoo's window takes one for an error, after the rows have been imported."""
        wrong = (
            {'urssaf_mobile': '02 47 00 00 00'},
            {'urssaf_iban': GOOD['urssaf_iban'][:-1] + '8'},
            {'urssaf_birth_name': 'Иван'},
            {'urssaf_bic': 'TEST'},
        )
        result = self.load(self.rows({}, *wrong))
        told = {message['rows']['from']: (message['type'], message['message']) for message in result['messages']}
        for row, words in enumerate(
            ("start with 06 or 07", "IBAN is not valid", "birth name may only", "BIC must"), start=1
        ):
            self.assertEqual(told[row][0], 'error')
            self.assertIn(words, told[row][1])
            self.assertIn("or empty it", told[row][1])
            self.assertIn(f"“{next(iter(wrong[row - 1].values()))}”", told[row][1], "as it stands in the cell")
        self.assertTrue(
            all(message['value'] == message['message'] for message in result['messages']),
            "what Odoo's window shows where several rows of a column are wrong",
        )
        self.assertFalse(result['ids'])
        result = self.load(self.rows({}, *(dict.fromkeys(change, '') for change in wrong)))
        self.assertFalse(result['messages'])
        missing = [partner.urssaf_missing_count for partner in self.Partner.browse(result['ids'])]
        # The BIC follows from the IBAN.
        self.assertEqual(
            [bool(count) for count in missing], [False, True, True, True, False], "to be completed on the form"
        )

    def test_known_customers_are_completed(self):
        """By the database number, as after an export of the list."""
        partner = self.Partner.create({'name': "Déjà Là", 'email': 'la@example.com', 'zip': '37000', 'city': 'Tours'})
        columns = ('.id', 'urssaf_civility', 'urssaf_birth_commune_id', 'urssaf_bic', 'urssaf_iban')
        result = self.load(
            [
                {
                    '.id': partner.id,
                    'urssaf_civility': 'M.',
                    'urssaf_birth_commune_id': 'Ajaccio',
                    'urssaf_bic': 'TESTFRPPXXX',
                    'urssaf_iban': GOOD['urssaf_iban'],
                }
            ],
            columns,
        )
        self.assertFalse(result['messages'])
        self.assertEqual((partner.urssaf_civility, partner.urssaf_birth_commune_id.code), ('1', '2A004'))
        self.assertEqual(partner.urssaf_bank_account_id.bank_id.bic, 'TESTFRPPXXX')

    def test_a_column_that_says_who_is_a_company_counts(self):
        columns = ('name', 'is_company', 'urssaf_first_names')
        result = self.load([{'name': "Une société", 'is_company': '1', 'urssaf_first_names': ""}], columns)
        self.assertTrue(self.Partner.browse(result['ids']).is_company)
        result = self.load([{'name': "Une société", 'email': 'societe@example.com'}], ('name', 'email'))
        self.assertTrue(self.Partner.browse(result['ids']).is_company, "nothing of ours: as Odoo does")
        result = self.load([{'name': "Une société", 'urssaf_mobile': '06 39 98 00 01'}], ('name', 'urssaf_mobile'))
        self.assertTrue(self.Partner.browse(result['ids']).is_company, "companies have mobiles, too")

    def test_a_second_import_makes_no_second_bank_account(self):
        partner = self.Partner.browse(self.load(self.rows({}))['ids'])
        self.load([{'.id': partner.id, 'urssaf_iban': GOOD['urssaf_iban']}], ('.id', 'urssaf_iban'))
        self.assertEqual(len(partner.bank_ids), 1)

    def test_without_the_accounting_group_nothing_of_it_can_be_imported(self):
        try:
            result = self.load(self.rows({}), user=self.plain_user)
            self.assertTrue(result['messages'])
            self.assertFalse(result['ids'])
        except AccessError as error:
            self.assertTrue(str(error))

    def test_the_templates_are_understood_by_odoo(self):
        """Every heading finds its field by itself, in French and in English, and the examples can be imported."""
        self.env['res.lang']._activate_lang('fr_FR')
        self.env['ir.module.module']._get('l10n_fr_avance_immediate')._update_translations('fr_FR')
        for lang, language in (('fr_FR', 'fr'), ('en_US', 'en')):
            self.clerk.lang = lang
            with self.as_user(self.clerk) as env:
                templates = env['res.partner'].get_import_templates()
                ours = [item for item in templates if 'avance_immediate' in item['template']]
                self.assertEqual(
                    ours[0]['template'], f'/l10n_fr_avance_immediate/static/xls/households_{language}.xlsx'
                )
                self.assertGreater(len(templates), 1, "Odoo's own stays")
                with file_open(ours[0]['template'].lstrip('/'), 'rb') as file:
                    content = file.read()
                wizard = env['base_import.import'].create(
                    {
                        'res_model': 'res.partner',
                        'file': content,
                        'file_name': 'households.xlsx',
                        'file_type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
                    }
                )
                preview = wizard.parse_preview({**OPTIONS, 'date_format': ''})
                self.assertNotIn('error', preview)
                paths = [
                    preview['matches'].get(index, preview['matches'].get(str(index)))
                    for index in range(len(preview['headers']))
                ]
                fields = ['/'.join(path or ['?']) for path in paths]
                self.assertEqual(
                    set(fields), {*COLUMNS, 'country_id'}, dict(zip(preview['headers'], fields, strict=True))
                )
                result = wizard.execute_import(fields, preview['headers'], preview['options'])
                self.assertFalse(result['messages'])
                self.assertFalse(any(env['res.partner'].browse(result['ids']).mapped('urssaf_missing')))

    def test_users_outside_accounting_get_odoos_template_alone(self):
        templates = self.env['res.partner'].with_user(self.plain_user).get_import_templates()
        self.assertFalse([item for item in templates if 'avance_immediate' in item['template']])
