from odoo import Command
from odoo.tests import tagged

from ..models.household.res_partner_install import COLUMNS
from .common import AvanceImmediateCommon

NAMES = tuple(COLUMNS)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestPartnerInstall(AvanceImmediateCommon):
    """A database with a hundred thousand contacts: what is filled in costs by street and town, not by contact."""

    @classmethod
    def make_contacts(cls, count):
        streets = ("12 bis rue des Lilas", "Résidence du Parc, bât. B", "Kerlann", False)
        return cls.env['res.partner'].create(
            [
                {
                    'name': f"Contact {number}",
                    'is_company': number % 10 == 9,
                    'street': streets[number % 4],
                    'street2': "3 A avenue de la Gare" if number % 3 == 0 else False,
                    'zip': '37000' if number % 2 else '74940',
                    'city': "Tours" if number % 2 else "Annecy-le-Vieux",
                    'country_id': cls.env.ref('base.fr').id,
                    'phone': f"06 39 98 {number % 5:02} 00" if number % 4 else "02 47 00 00 00",
                    'bank_ids': [Command.create({'acc_number': f'{prefix}{number}'}) for prefix in ('FR00', 'FR99')],
                }
                for number in range(count)
            ]
        )

    def values(self, partners):
        self.env.invalidate_all()
        return [tuple(partner[name] for name in NAMES) for partner in partners]

    def queries(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def empty(self, partners):
        self.env.flush_all()
        columns = ', '.join(f'{name} = NULL' for name in NAMES)
        self.env.cr.execute(f'UPDATE res_partner SET {columns} WHERE id IN %s', [tuple(partners.ids)])
        self.env.invalidate_all()

    def test_the_database_fills_in_what_the_computes_would(self):
        partners = self.make_contacts(40)
        self.env.flush_all()
        computed = self.values(partners)
        self.assertTrue(any(any(row) for row in computed))
        self.empty(partners)
        self.env['res.partner']._urssaf_fill_in()
        self.assertEqual(self.values(partners), computed)

    def test_contacts_that_are_there_are_filled_in_by_street_and_not_one_by_one(self):
        Partner = self.env['res.partner']
        self.empty(self.make_contacts(20))
        twenty = self.queries(Partner._urssaf_fill_in)
        self.empty(self.make_contacts(180))
        self.assertEqual(self.queries(Partner._urssaf_fill_in), twenty)

    def test_who_has_been_read_already_is_left_as_it_is(self):
        partner = self.make_contacts(1)
        partner.urssaf_mobile = '07 00 00 00 01'
        partner.urssaf_street_name = "des Roses"
        self.env.flush_all()
        self.env['res.partner']._urssaf_fill_in()
        self.assertEqual(partner.urssaf_mobile, '07 00 00 00 01')
        self.assertEqual(partner.urssaf_street_name, "des Roses")

    def test_one_search_for_all_who_live_in_a_town(self):
        def search(partners):
            self.env.add_to_compute(partners._fields['urssaf_commune_id'], partners)
            partners.mapped('urssaf_commune_id')

        few, many = self.make_contacts(10), self.make_contacts(100)
        self.assertEqual(self.queries(lambda: search(many)), self.queries(lambda: search(few)))
        self.assertEqual(
            set(many.filtered(lambda p: not p.is_company).mapped('urssaf_commune_id.code')), {'37261', '74010'}
        )

    def test_who_deletes_a_bank_account_finds_its_household_by_an_index(self):
        self.env.cr.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'res_partner'")
        self.assertTrue(any('(urssaf_bank_account_id)' in row[0] for row in self.env.cr.fetchall()))
