from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon

STATES = {
    'urssaf_registered': ('active',),
    'urssaf_waiting': ('pending', 'sending', 'unknown'),
    'urssaf_to_fix': ('rejected', 'blocked', 'mandate_expired', 'unlinked'),
}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPartnerList(AvanceImmediateCommon):
    """The customers' list says how far each household is, and finds them by it, at the speed of the database."""

    def search_by(self, user, filter_name, company=None):
        """The households a filter of the list finds, as the user who clicks it."""
        with self.as_user(user, company) as env:
            views = env['res.partner'].get_views([(False, 'list'), (False, 'search')])['views']
            node = self.node(views['search']['arch'], f"//filter[@name='{filter_name}']")
            self.assertIsNotNone(node, filter_name)
            return env['res.partner'].search(self.domain(node)).ids

    @staticmethod
    def node(arch, path):
        found = etree.fromstring(arch).xpath(path)
        return found[0] if found else None

    @staticmethod
    def domain(node):
        return literal_eval(node.get('domain'))

    def with_state(self, state):
        partner = self.make_household(f"Foyer {state.title().replace('_', '')}", email=f'{state}@example.com')
        self.env['urssaf.registration'].create(
            {'partner_id': partner.id, 'company_id': self.company.id, 'environment': 'simulator', 'state': state}
        )
        return partner

    def test_each_state_is_found_by_one_filter(self):
        partners = {state: self.with_state(state) for states in STATES.values() for state in states}
        for name, states in STATES.items():
            found = self.search_by(self.reader, name)
            self.assertEqual({state for state, partner in partners.items() if partner.id in found}, set(states), name)
        self.assertIn(self.household.id, self.search_by(self.reader, 'urssaf_registered'))

    def test_who_can_be_registered_and_who_is_incomplete(self):
        complete = self.make_household("Ada Prête", email='ada@example.com')
        begun = self.make_household("Boris Presque", email='boris@example.com', urssaf_birth_date=False)
        untouched = self.env['res.partner'].create({'name': "Jamais Commencé"})
        firm = self.env['res.partner'].create({'name': "Une société", 'is_company': True})
        address = self.env['res.partner'].create({'name': "Chantier", 'parent_id': complete.id, 'type': 'delivery'})
        ready, incomplete = (
            self.search_by(self.invoicing_user, name) for name in ('urssaf_ready', 'urssaf_incomplete')
        )
        self.assertIn(complete.id, ready)
        self.assertNotIn(complete.id, incomplete)
        for partner in (begun, untouched):
            self.assertIn(partner.id, incomplete)
            self.assertNotIn(partner.id, ready)
        self.assertFalse({firm.id, address.id, self.household.id} & {*ready, *incomplete})
        self.assertNotIn(self.clerk.partner_id.id, incomplete, "colleagues are no customers")

    def test_completeness_follows_everything_it_is_made_of(self):
        partner = self.make_household("Ada Prête", email='ada@example.com')
        self.assertTrue(partner.urssaf_is_complete)
        for values in (
            {'urssaf_birth_name': '1'},
            {'email': 'x'},
            {'urssaf_mobile': '0'},
            {'zip': 'x'},
            {'urssaf_bank_holder': False},
            {'urssaf_address_complement': '🏠'},
            {'urssaf_street_name': False},
            {'urssaf_civility': False},
            {'urssaf_birth_commune_id': False},
            {'urssaf_usage_name': '1'},
            {'urssaf_commune_id': False},
            {'country_id': self.env.ref('base.es').id},
            {'urssaf_bank_account_id': False},
            {'is_company': True},
            {'urssaf_consent_date': False},
            {'urssaf_consent_origin': False},
            {'urssaf_birth_country_id': False},
        ):
            before = {name: partner[name] for name in values}
            account = partner.urssaf_bank_account_id
            partner.write(values)
            self.assertFalse(partner.urssaf_is_complete, values)
            partner.write(before)
            partner.urssaf_bank_account_id = account
            partner.write(
                {
                    'urssaf_street_name': 'des Exemples',
                    'urssaf_commune_id': self.household.urssaf_commune_id.id,
                    'urssaf_street_number': '12',
                    'urssaf_street_type': 'R',
                    'urssaf_address_complement': False,
                }
            )
            self.assertTrue(
                partner.urssaf_is_complete, f"{values}: {partner.with_company(self.company).urssaf_missing}"
            )
        partner.urssaf_bank_account_id.bank_id.bic = 'X'
        self.assertFalse(partner.urssaf_is_complete, "also what is written on the bank")

    def test_filters_are_for_accounting_users(self):
        with self.as_user(self.plain_user) as env:
            views = env['res.partner'].get_views([(False, 'list'), (False, 'search'), (False, 'form')])['views']
            for view in views.values():
                self.assertNotIn('urssaf_is_complete', view['arch'])
                self.assertNotIn('urssaf_request_count', view['arch'])
            self.assertNotIn('urssaf_registration_state', views['list']['arch'])
            self.assertTrue(env['res.partner'].search([], limit=1))
            with self.raises(AccessError):
                env['res.partner'].search([('urssaf_is_complete', '=', True)])

    def test_each_company_sees_its_own(self):
        second = self.make_provider("Seconde")
        self.reader.company_ids |= second
        waiting = self.with_state('pending')
        self.assertIn(waiting.id, self.search_by(self.reader, 'urssaf_waiting'))
        self.assertNotIn(waiting.id, self.search_by(self.reader, 'urssaf_waiting', second))
        self.assertIn(waiting.id, self.search_by(self.reader, 'urssaf_ready', second))

    def test_the_badge_is_in_the_list(self):
        with self.as_user(self.reader) as env:
            views = env['res.partner'].get_views([(False, 'list')])['views']
            badge = self.node(views['list']['arch'], "//field[@name='urssaf_registration_state']")
            self.assertEqual((badge.get('widget'), badge.get('optional')), ('badge', 'show'))

    def test_two_hundred_households_open_in_as_few_queries_as_twenty(self):
        france = self.env.ref('base.fr').id
        self.env['res.partner'].create(
            [
                {
                    'name': f"Foyer {number}",
                    'street': f"{number} rue Haute",
                    'zip': '37000',
                    'city': 'Tours',
                    'country_id': france,
                    'urssaf_birth_name': 'Exemple',
                    'urssaf_first_names': 'Ada',
                    'urssaf_civility': '2',
                    'urssaf_birth_date': '1980-01-01',
                }
                for number in range(1, 201)
            ]
        )

        def queries(limit):
            with self.as_user() as env:
                Partner = env['res.partner']
                columns = self.list_columns(Partner)
                self.assertIn('urssaf_registration_state', columns)
                domain = [
                    ('name', '=like', 'Foyer %'),
                    ('is_company', '=', False),
                    ('urssaf_registration_state', '=', 'draft'),
                    ('urssaf_is_complete', '=', False),
                ]
                Partner.web_search_read(domain, columns, limit=1)  # views, rules, groups
                env.flush_all()
                env.invalidate_all()
                before = env.cr.sql_log_count
                self.assertEqual(len(Partner.web_search_read(domain, columns, limit=limit)['records']), limit)
                return env.cr.sql_log_count - before

        twenty, two_hundred = queries(20), queries(200)
        self.assertLess(two_hundred, 40)
        self.assertLessEqual(two_hundred - twenty, 5)

    def list_columns(self, Partner):
        arch = Partner.get_views([(False, 'list')])['views']['list']['arch']
        names = {node.get('name') for node in etree.fromstring(arch).iter('field')}
        return {
            name: {'fields': {'display_name': {}}} if Partner._fields[name].type == 'many2one' else {} for name in names
        }

    def test_the_button_leads_to_the_requests_of_this_household(self):
        other = self.make_household("Autre Foyer", email='autre@example.com')
        invoice = self.make_invoice()
        self.send(invoice)
        with self.as_user() as env:
            partner = self.household.with_env(env)
            self.assertEqual(partner.urssaf_request_count, 1)
            action = partner.action_urssaf_view_requests()
            found = env[action['res_model']].search(action['domain'])
            self.assertEqual(found.move_id.ids, invoice.ids)
            self.assertEqual(other.with_env(env).urssaf_request_count, 0)
        with Form(self.household.with_user(self.clerk).with_company(self.company)) as form:
            self.assertEqual(form.urssaf_request_count, 1)

    def test_registrations_are_grouped(self):
        with self.as_user(self.reader) as env:
            arch = env['urssaf.registration'].get_views([(False, 'search')])['views']['search']['arch']
            for name, group_by in (
                ('group_by_state', 'state'),
                ('group_by_registered', 'registered_at:month'),
                ('group_by_activated', 'activated_at:month'),
            ):
                self.assertIn(group_by, self.node(arch, f"//filter[@name='{name}']").get('context'))
                self.assertTrue(env['urssaf.registration'].formatted_read_group([], [group_by], ['__count']))
