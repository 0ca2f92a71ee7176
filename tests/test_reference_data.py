import csv
from collections import namedtuple
from unittest.mock import patch

from psycopg2 import errors as pg_errors

from odoo import Command
from odoo.exceptions import AccessError
from odoo.sql_db import Cursor
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, file_open, mute_logger

from ..urssaf.birth_place import read_history
from .common_catalogue import reference

RemoteError = namedtuple('RemoteError', ['code', 'message', 'description'], defaults=['', ''])


class ReferenceCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.internal_user = cls.env['res.users'].create(
            {
                'name': "Reference",
                'login': 'urssaf_reference',
                'group_ids': [Command.set(cls.env.ref('base.group_user').ids)],
            }
        )
        cls.communes = cls.env['insee.commune']
        cls.errors = cls.env['urssaf.error']


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestNatures(ReferenceCase):
    def test_complete(self):
        expected = [row['code'] for row in reference('natures')]
        self.assertEqual(len(expected), 27)
        self.assertEqual(self.env['urssaf.nature'].search([('code', 'in', expected)]).mapped('code'), expected)

    def test_external_ids_and_units(self):
        tutoring = self.env.ref('l10n_fr_avance_immediate.nature_100')
        self.assertEqual((tutoring.code, tutoring.name, tutoring.unit), ('100', "Tutoring", 'HEURE'))
        self.assertEqual(self.env.ref('l10n_fr_avance_immediate.nature_130').unit, 'FORFAIT')

    def test_found_by_code_or_name(self):
        natures = self.env['urssaf.nature'].with_user(self.internal_user)
        tutoring = self.env.ref('l10n_fr_avance_immediate.nature_100')
        self.assertIn((tutoring.id, "Tutoring"), natures.name_search('100'))
        self.assertIn((tutoring.id, "Tutoring"), natures.name_search('tutor'))

    def test_not_editable_by_everybody(self):
        with self.assertRaises(AccessError):
            self.env.ref('l10n_fr_avance_immediate.nature_100').with_user(self.internal_user).name = "Other"

    def test_product_shows_it_to_french_companies(self):
        company = self.env['res.company'].create({'name': "FR", 'country_id': self.env.ref('base.gp').id})
        other = self.env['res.company'].create({'name': "BE", 'country_id': self.env.ref('base.be').id})
        product = self.env['product.template'].create({'name': "Lesson", 'type': 'service'})
        for companies, shown in ((company, True), (other, False), (other + company, True)):
            seen = product.with_context(allowed_company_ids=companies.ids)
            self.assertEqual(seen.urssaf_is_french, shown)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestErrors(ReferenceCase):
    def test_every_code_has_cause_and_remedy(self):
        expected = {row['code']: row['context'] for row in reference('error_codes')}
        found = self.errors.search([('code', 'in', list(expected))])
        self.assertEqual({error.code: error.context for error in found}, expected)
        for error in found:
            for text in (error.cause, error.what_to_do):
                self.assertRegex(text, r'^[A-Z].{15,}\.$', error.code)
        self.assertFalse(any(found.mapped('unknown')))

    def test_every_reject_code_has_label_and_remedy(self):
        expected = {row['code'] for row in reference('reject_codes')}
        found = self.errors.search([('context', '=', 'reject')])
        self.assertEqual(set(found.mapped('code')), expected)
        for code in expected:
            self.assertRegex(self.errors._reject_label(code), r'^[A-Z].{5,}[^.]$')
        self.assertTrue(all(found.mapped('what_to_do')))

    def test_fields_concerned_are_names(self):
        for error in self.errors.search([('field_names', '!=', False)]):
            self.assertRegex(error.field_names, r'^[a-z_]+(,[a-z_]+)*$', error.code)

    def test_sentence_of_known_codes(self):
        sentence = self.errors._sentence(
            [RemoteError('ERR_DATE_FIN_AVANT_DATE_DEB', 'KO', 'KO')] * 2
            + [
                RemoteError('ERR_MANDAT_ECHU'),
            ]
        )
        first, second = sentence.split('\n')
        self.assertEqual(
            first,
            (
                "The end of the service period is earlier than its start. "
                "Correct the service dates of the invoice or of the line, then send the request again."
            ),
        )
        self.assertIn("mandate has expired", second)

    def test_sentence_of_a_format_refusal_quotes_the_field(self):
        remote = "champ inputParticulier.prenoms : invalide"
        self.assertIn(f"“{remote}”", self.errors._sentence([RemoteError('ERREUR_VALIDATION', remote)]))

    def test_sentence_of_unknown_codes(self):
        sentence = self.errors._sentence([RemoteError('ERR_NOUVEAU', "Refus <b>net</b>&nbsp;!", "Refus net !")])
        self.assertIn("“Refus net !” (code ERR_NOUVEAU)", sentence)
        for errors in ([RemoteError('ERR_NOUVEAU')], [RemoteError('')], [RemoteError(None, None, None)], []):
            self.assertRegex(self.errors._sentence(errors), r'^URSSAF refused .*[Cc]ontact URSSAF.*\.$')
        self.assertLess(len(self.errors._sentence([RemoteError('ERR_NOUVEAU', 'x' * 5000)])), 500)
        page = "<html><body onload=a()><p>Bad gateway</p></body>"
        self.assertNotIn('<', self.errors._sentence([RemoteError('X', page)]))

    def test_sentence_for_any_user(self):
        sentence = self.errors.with_user(self.internal_user)._sentence([RemoteError('ERR_MANDAT_ECHU')])
        self.assertIn("mandate has expired", sentence)

    def test_reject_label_unknown(self):
        self.assertEqual(self.errors._reject_label('PREST_ABS'), "reason not known (code PREST_ABS)")
        self.assertEqual(self.errors._reject_label(None), '')
        self.assertEqual(self.errors._reject_label('ERR_MANDAT_ECHU'), "reason not known (code ERR_MANDAT_ECHU)")

    def test_learn(self):
        known = self.errors.search([('code', '=', 'ERR_MANDAT_ECHU')])
        before = self.errors.search_count([])
        self.errors._learn(
            [
                RemoteError(code)
                for code in (
                    'ERR_NOUVEAU',
                    'ERR_NOUVEAU',
                    'ERR_MANDAT_ECHU',
                    '',
                    None,
                    "M. DUPONT né le 01/01/1980",
                    'X' * 200,
                )
            ]
        )
        self.errors._learn([RemoteError('ERR_NOUVEAU', "M. DUPONT")])
        self.errors._learn([])
        self.assertEqual(self.errors.search_count([]), before + 1)
        learned = self.errors.search([('code', '=', 'ERR_NOUVEAU')])
        self.assertTrue(learned.unknown)
        self.assertFalse(learned.cause)
        self.assertFalse(known.unknown)
        learned.write({'cause': "A manager knows.", 'what_to_do': "Do it."})
        self.assertEqual(self.errors._sentence([RemoteError('ERR_NOUVEAU')]), "A manager knows. Do it.")

    def test_catalogue_adopts_a_learned_code(self):
        self.errors._learn([RemoteError('ERR_NOUVEAU')])
        learned = self.errors.search([('code', '=', 'ERR_NOUVEAU')])
        data = [
            {
                'xml_id': 'l10n_fr_avance_immediate.error_err_nouveau',
                'noupdate': False,
                'values': {'code': 'ERR_NOUVEAU', 'context': 'payment', 'cause': "Known now.", 'what_to_do': "Act."},
            }
        ]
        self.assertEqual(self.errors._load_records(data, update=True), learned)
        self.assertEqual((learned.cause, learned.unknown), ("Known now.", False))


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestCommunes(ReferenceCase):
    def names(self, text, **kwargs):
        return [name for _id, name in self.communes.with_user(self.internal_user).name_search(text, **kwargs)]

    def test_loaded(self):
        self.assertGreater(self.communes.search_count([]), 34900)
        tours = self.communes.search([('code', '=', '37261')])
        self.assertEqual(
            (tours.name, tours.department, tours.zip_codes, tours.display_name, tours.kind),
            ("Tours", '37', '37000 37100 37200', "Tours (37000)", 'commune'),
        )
        for code, department in (('2A004', '2A'), ('97411', '974'), ('98818', '988')):
            self.assertEqual(self.communes.search([('code', '=', code)]).department, department)
        self.assertEqual(self.communes.search_count([('kind', '=', 'district')]), 45)
        self.assertEqual(
            self.communes.search([('kind', '=', 'divided')]).sorted('code').mapped('code'),
            ['13055', '69123', '75056'],
        )

    def test_search_by_name(self):
        for text, found in (
            ("tours", "Tours (37000)"),
            ("Tours", "Tours (37000)"),
            ("eu", "Eu (76260)"),
            ("saint etienne", "Saint-Étienne (42000)"),
            ("St-Etienne", "Saint-Étienne (42000)"),
            ("SAINT DENIS", "Saint-Denis (97400)"),
            ("saint-denis 93", "Saint-Denis (93200)"),
            ("l'hay les roses", "L'Haÿ-les-Roses (94240)"),
            ("L’HAY", "L'Haÿ-les-Roses (94240)"),
            ("isle adam", "L'Isle-Adam (95290)"),
            ("LE MANS", "Le Mans (72000)"),
            ("mans", "Le Mans (72000)"),
            ("la rochelle", "La Rochelle (17000)"),
            ("rochelle", "La Rochelle (17000)"),
            ("les ulis", "Les Ulis (91940)"),
            ("evry c", "Évry-Courcouronnes (91000)"),
            ("Oeting", "Œting (57600)"),
            ("ajaccio", "Ajaccio (20000)"),
        ):
            self.assertEqual(self.names(text, limit=3)[0], found, text)
        self.assertIn("Joué-lès-Tours (37300)", self.names("tours"), "a word inside the name")

    def test_search_by_codes(self):
        self.assertEqual(self.names("37261"), ["Tours (37000)"])
        self.assertEqual(self.names("2a004"), ["Ajaccio (20000)"])
        self.assertIn("Tours (37000)", self.names("37200"))
        self.assertEqual(self.names("tours 37", limit=2), ["Tours (37000)", "Joué-lès-Tours (37300)"])

    def test_search_districts(self):
        first = ["Paris 1er Arrondissement (75001)", "Paris 2e Arrondissement (75002)"]
        self.assertEqual(self.names("Paris", limit=2), first)
        for text, found in (
            ("Paris 11", "Paris 11e Arrondissement (75011)"),
            ("paris 11ème", "Paris 11e Arrondissement (75011)"),
            ("Paris XIVe", "Paris 14e Arrondissement (75014)"),
            ("PARIS (XXème)", "Paris 20e Arrondissement (75020)"),
            ("Paris Ier", "Paris 1er Arrondissement (75001)"),
            ("Lyon IX", "Lyon 9e Arrondissement (69009)"),
            ("75116", "Paris 16e Arrondissement (75016)"),
            ("lyon 03", "Lyon 3e Arrondissement (69003)"),
            ("Marseille 13008", "Marseille 8e Arrondissement (13008)"),
            ("paris 12 ème", "Paris 12e Arrondissement (75012)"),
            ("12e arrdt paris", "Paris 12e Arrondissement (75012)"),
            ("12e arrondissement", "Paris 12e Arrondissement (75012)"),
            ("lyon 3eme", "Lyon 3e Arrondissement (69003)"),
            ("Lyon 3 ème arrondissement", "Lyon 3e Arrondissement (69003)"),
            ("75012 PARIS", "Paris 12e Arrondissement (75012)"),
            ("paris 1 er", "Paris 1er Arrondissement (75001)"),
        ):
            self.assertIn(found, self.names(text, limit=3), text)
        self.assertNotIn("Paris (75001)", self.names("Paris"))

    def test_search_strange_text(self):
        for text in ("'", "tours' & !x:*", '\\', "<b>", '\u202e', '🙂', "%", "a" * 5000, "\t \n"):
            self.names(text)
        self.assertEqual(self.names("'"), [])
        self.assertTrue(self.names("", limit=5))

    def test_exact_operators(self):
        tours = self.communes.search([('code', '=', '37261')])
        for text in ("Tours (37000)", "37261", "tours"):
            self.assertEqual(self.communes.search([('display_name', '=', text)]), tours, text)
        several = self.communes.search([('display_name', 'in', ["Tours (37000)", "2A004"])])
        self.assertEqual(several.mapped('code'), ['37261', '2A004'])
        others = self.communes.search([('display_name', 'not ilike', "tours"), ('department', '=', '37')])
        self.assertTrue(others)
        self.assertNotIn(tours, others)
        self.assertFalse(self.communes.search([('display_name', '=', False)]))

    def test_find_by_address(self):
        for zip_code, city, code in (
            ('37000', "TOURS CEDEX 1", '37261'),
            ('37 000', "Tours", '37261'),
            ('75011', "Paris", '75111'),
            ('75116', "PARIS 16", '75116'),
            ('69003', "Lyon 03", '69383'),
            ('69003', "Lyon 3ème", '69383'),
            ('42000', "St Etienne", '42218'),
            ('20090', "AJACCIO", '2A004'),
            ('94200', "Ivry s/ Seine", '94041'),
            ('97400', "Saint-Denis", '97411'),
            ('37000', "Nowhere", None),
            ('37000', "", None),
            ('', "Tours", None),
            ('99999', "Tours", None),
            ('37', "Tours", None),
            (False, False, None),
            ('a', "b", None),
        ):
            commune = self.communes._find_by_address(zip_code, city)
            self.assertEqual(commune.code or None, code, f"{zip_code} {city}")

    def test_former_communes(self):
        old = self.communes.search([('kind', '=', 'former'), ('code', '=', '74011')])
        self.assertEqual(
            (old.name, old.display_name, old.became, old.successor_id.code, old.department),
            (
                "Annecy-le-Vieux",
                "Annecy-le-Vieux (74, now Annecy)",
                "Former municipality, today Annecy.",
                '74010',
                '74',
            ),
        )
        self.assertGreater(self.communes.search_count([('kind', '=', 'former')]), 3900)
        self.assertFalse(self.communes.search([('kind', '=', 'former'), ('successor_id', '=', False)]))
        self.assertFalse(self.communes.search([('kind', '!=', 'former'), ('successor_id', '!=', False)]))
        self.assertFalse(
            self.communes.search([('successor_id.kind', '=', 'former')]), "one step to what is there today"
        )
        self.assertFalse(self.communes.search([('code', '=', '37261')]).became)
        for commune in self.communes.search([]):
            commune._as_commune()
            read_history(commune.history)

    def test_search_of_what_is_no_more(self):
        for text, found in (
            ("annecy le vieux", "Annecy-le-Vieux (74, now Annecy)"),
            ("courcouronnes", "Courcouronnes (91, now Évry-Courcouronnes)"),
            ("bellegarde sur val", "Bellegarde-sur-Valserine (01, now Valserhône)"),
            ("St-Rambert-l'Île-Barbe", "Saint-Rambert-l'Île-Barbe (69, now Lyon)"),
            ("74011", "Annecy-le-Vieux (74, now Annecy)"),
            ("20004", "Ajaccio (20000)"),
            ("78400", "Meudon (92190)"),
            ("Puteaux (Seine)", "Puteaux (92800)"),
            ("Le Puy (Haute-Loire)", "Le Puy-en-Velay (43000)"),
            ("Ajaccio (Corse)", "Ajaccio (20000)"),
            ("Saint-Denis (Réunion)", "Saint-Denis (97400)"),
            ("chalons sur marne", "Châlons-sur-Marne (51, now Châlons-en-Champagne)"),
            ("Lyons", "Lyons-la-Forêt (27480)"),
            ("Marseille en Beauvaisis", "Marseille-en-Beauvaisis (60690)"),
        ):
            self.assertIn(found, self.names(text, limit=8), text)
        self.assertEqual(self.names("Évry", limit=2), ["Évry (89140)", "Évry (91, now Évry-Courcouronnes)"])
        self.assertEqual(
            self.names("boulogne", limit=2),
            ["Boulogne-Billancourt (92100)", "Boulogne-sur-Mer (62200)"],
            "a village that is no more is not what is meant",
        )
        self.assertIn("Boulogne (85, now Essarts-en-Bocage)", self.names("boulogne", limit=8))
        for text in ("lomme", "Hellemmes-Lille", "courcouronnes", "Octeville (Manche)"):
            self.assertIn(", now ", self.names(text, limit=1)[0], "exactly what a certificate names comes first")
        self.assertIn("Annecy-le-Vieux (74, now Annecy)", self.names("74940"), "by the postal code of what it became")
        self.assertEqual(self.names("annecy (74, now Annecy)"), self.names("annecy 74"))

    def test_former_communes_are_no_address(self):
        for zip_code, city, code in (
            ('74940', "ANNECY LE VIEUX", '74010'),
            ('91080', "Courcouronnes", '91228'),
            ('59160', "Lomme", '59350'),
            ('37000', "Annecy-le-Vieux", None),
            ('01200', "Bellegarde-sur-Valserine", '01033'),
        ):
            commune = self.communes.with_user(self.internal_user)._find_by_address(zip_code, city)
            self.assertEqual(commune.code or None, code, "today's, by the name of before the merger")
            self.assertFalse(commune.valid_until)
        self.assertFalse(self.communes.search([('kind', '=', 'former'), ('valid_until', '=', False)]))
        self.assertFalse(self.communes.search([('kind', '!=', 'former'), ('valid_until', '!=', False)]))

    def test_exact_search_prefers_today(self):
        for text, code, kind in (
            ("01033", '01033', 'commune'),
            ("74011", '74011', 'former'),
            ("Valserhône (01200)", '01033', 'commune'),
            ("Bellegarde-sur-Valserine (01, now Valserhône)", '01033', 'former'),
            ("courcouronnes", '91182', 'former'),
        ):
            found = self.communes.search([('display_name', '=', text)])
            self.assertEqual((found.code, found.kind), (code, kind), text)

    def test_suggestions_tell_department_and_what_it_became(self):
        communes = self.communes.with_user(self.internal_user)
        suggested = communes.web_name_search("annecy", {'display_name': {}}, limit=9)
        shown = [row['__formatted_display_name'] for row in suggested]
        self.assertEqual(shown[0], "Annecy \t --74000, Haute-Savoie (74)--")
        self.assertIn("Annecy-le-Vieux \t --Haute-Savoie (74), former municipality, today Annecy--", shown)

    def test_one_query_with_the_index(self):
        communes = self.communes.with_user(self.internal_user)
        communes.name_search("tours")  # access rights are cached from here on
        domain = [('kind', '!=', 'divided')]
        for text in ("st etienne", "37200", "37261", "annecy-le-vieux", "paris 11", "Puteaux (Seine)", "20004"):
            self.env.invalidate_all()
            with self.assertQueryCount(1):
                self.assertTrue(communes.name_search(text, domain, limit=8))
            self.env.invalidate_all()
            with self.assertQueryCount(1):  # as the browser asks
                communes.web_name_search(text, {'display_name': {}}, domain, limit=8)
            plan = self.plan_of_search(text, domain)
            self.assertIn('Bitmap Index Scan on insee_commune_words', plan)
            self.assertNotIn('Seq Scan', plan)

    def plan_of_search(self, text, domain):
        """What PostgreSQL does with the very query of a search."""
        queries = []
        execute = Cursor.execute

        def recorded(cursor, query, *args, **kwargs):
            queries.append(query)
            return execute(cursor, query, *args, **kwargs)

        self.env.invalidate_all()
        with patch.object(Cursor, 'execute', recorded):
            self.communes.with_user(self.internal_user).name_search(text, domain, limit=8)
        [query] = queries
        return '\n'.join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query)))

    def test_load_again(self):
        tours = self.communes.search([('code', '=', '37261')])
        count = self.communes.search_count([])
        self.env.cr.execute(SQL("UPDATE insee_commune SET name = 'Caesarodunum' WHERE id = %s", tours.id))
        self.communes.create(
            {
                'code': '99999',
                'name': "Gone",
                'department': '99',
                'search_name': 'gone',
                'search_words': 'gone 99999',
            }
        )
        self.communes._load_communes()
        self.assertEqual(tours.name, "Tours")
        self.assertEqual(self.communes.search_count([]), count + 1)

    def test_one_current_commune_per_code(self):
        values = {'code': '37261', 'name': "Other", 'department': '37', 'search_name': 'other', 'search_words': 'other'}
        self.communes.create({**values, 'valid_until': '1950-12-31'})
        with self.assertRaises(pg_errors.UniqueViolation), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.communes.create(values)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestCountries(ReferenceCase):
    def test_codes(self):
        expected = {row['iso2']: row['insee_code'] for row in reference('insee_countries')}
        self.assertEqual(len(expected), 250)
        with file_open('l10n_fr_avance_immediate/data/insee_countries.csv', 'r') as text:
            shipped = {row['country_code']: row['insee_code'] for row in csv.DictReader(text)}
        self.assertEqual(shipped, {**expected, 'XI': '99132'}, "Odoo counts Northern Ireland as a country")
        for country in self.env['res.country'].search([('code', 'in', list(expected))]):
            self.assertEqual(country.insee_code, expected[country.code], country.name)
        for code in ('FR', 'GP', 'RE', 'NC', 'PF'):
            self.assertEqual(self.env['res.country'].search([('code', '=', code)]).insee_code, '99100')

    def test_every_country_of_odoo_has_one(self):
        self.assertFalse(self.env['res.country'].search([('insee_code', '=', False)]).mapped('name'))

    def test_a_changed_code_is_kept(self):
        jersey, france = self.env.ref('base.je'), self.env.ref('base.fr')
        jersey.insee_code, france.insee_code = '99132', False
        self.env['res.country']._load_insee_codes()
        self.assertEqual((jersey.insee_code, france.insee_code), ('99132', '99100'))
