from lxml import etree

from odoo import sql_db
from odoo.tests import tagged

from .common_household import HouseholdCommon

# SQL queries that opening a screen takes, warm: a little above what they are, so that nobody adds one for each field or
# row unseen. Of Odoo's own forms, what ours add to them.
MOST = {
    'settings': 1,
    'customer': 12,
    'invoice': 3,
    'requests': 3,
    'household': 18,
    'one_more_to_send': 12,  # of which 10 are Odoo's own
}
ROWS = 20


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestScreenCosts(HouseholdCommon):
    """No screen of ours opens with more queries than before."""

    def counted(self, act):
        """How many queries it takes when everything that is kept is kept, and no record is."""
        act()
        self.env.flush_all()
        self.env.invalidate_all()
        before = sql_db.sql_counter
        act()
        return sql_db.sql_counter - before

    def added(self, record, act):
        """What the fields of ours add to a form of Odoo's.

        :param record: whose form it is, as its user sees it
        :param act: gets what the form asks of each field
        """
        arch = etree.fromstring(record.get_view(view_type='form')['arch'])
        # Of the fields of the form itself, not of its lists; in their order, which decides what is read together.
        names = dict.fromkeys(arch.xpath('//field[not(ancestor::field)]/@name'))
        plain = {name: {} for name in names if not name.startswith('urssaf_')}
        return self.counted(lambda: act({name: {} for name in names})) - self.counted(lambda: act(plain))

    def check(self, screen, count):
        self.assertLessEqual(count, MOST[screen], f'{screen}: {count} queries')
        self.assertGreater(count, MOST[screen] // 2, f'{screen}: {count} queries, the limit can be lowered')

    def test_settings(self):
        settings = self.env['res.config.settings'].with_company(self.company)
        self.check('settings', self.added(settings, lambda spec: settings.onchange({}, [], spec)))

    def test_settings_of_who_does_not_use_it(self):
        self.company.write({'urssaf_environment': False, 'urssaf_client_id': False})
        settings = self.env['res.config.settings'].with_company(self.company)
        self.assertEqual(self.added(settings, lambda spec: settings.onchange({}, [], spec)), 0)

    def test_customer(self):
        customer = self.household.with_user(self.invoicing_user).with_company(self.company)
        self.check('customer', self.added(customer, customer.web_read))

    def test_invoice(self):
        invoice = self.make_invoice()
        self.send(invoice)
        invoice = invoice.with_user(self.invoicing_user).with_company(self.company)
        self.check('invoice', self.added(invoice, invoice.web_read))

    def test_list_of_requests(self):
        invoices = self.make_invoices(ROWS)
        self.send(invoices)
        requests = self.env['urssaf.payment.request'].with_user(self.invoicing_user).with_company(self.company)
        arch = etree.fromstring(requests.get_view(view_type='list')['arch'])
        columns = {name: {} for name in arch.xpath('/list/field/@name')}
        self.check('requests', self.counted(lambda: requests.web_search_read([], columns)))

    def test_household_page(self):
        token = self.invite()
        self.check('household', self.counted(lambda: self.url_open(f'/avance-immediate/{token}/1').raise_for_status()))

    def test_send_and_print_of_many(self):
        """What one more invoice costs the window: its number is looked up with the others'."""
        self.household.with_company(self.company).urssaf_always_propose = True
        invoices = self.make_invoices(12)

        def opened(moves):
            with self.as_user() as env:
                window = env['account.move.send.batch.wizard'].with_context(
                    active_model='account.move', active_ids=moves.ids
                )
                window.create({}).read(['alerts', 'summary_data'])

        few, many = (self.counted(lambda moves=moves: opened(moves)) for moves in (invoices[:4], invoices))
        self.assertLessEqual((many - few) / 8, MOST['one_more_to_send'], (few, many))
