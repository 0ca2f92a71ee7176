import re
from pathlib import Path

from lxml import etree

from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools import file_path
from odoo.tools.safe_eval import safe_eval

from .common import MODULE, AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestScreens(AvanceImmediateCommon):
    """Every screen opens for everybody who may see it; filters find what their names say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user('comptable', 'account.group_account_manager', 'base.group_partner_manager')

    def test_forms_open_for_every_accounting_user(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        registration = self.household.with_company(self.company).urssaf_registration_id
        for user in (self.invoicing_user, self.clerk, self.reader, self.manager):
            for record in (invoice, self.household, request, registration):
                with self.subTest((user.name, record._name)):
                    Form(record.with_user(user).with_company(self.company))

    def test_lists_kanbans_and_searches_load_for_every_accounting_user(self):
        self.send(self.make_invoice())
        data = self.env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', 'ir.actions.act_window')])
        actions = self.env['ir.actions.act_window'].browse(data.mapped('res_id'))
        self.assertGreater(len(actions), 10)
        for user in (self.invoicing_user, self.reader, self.manager):
            opened = 0
            for action in actions:
                Model = self.env[action.res_model].with_user(user).with_company(self.company)
                if not Model.has_access('read'):
                    continue
                for mode in action.view_mode.split(','):
                    with self.subTest((user.name, action.name, mode)):
                        views = Model.get_views([(False, mode), (False, 'search')])
                        self.assertTrue(views['views'])
                        if mode == 'list':
                            columns = etree.fromstring(views['views']['list']['arch']).xpath('/list/field/@name')
                            Model.web_search_read([], {name: {} for name in columns}, limit=5)
                    opened += 1
            self.assertGreater(opened, 5, user.name)

    def test_keys_of_ours_are_nobody_elses(self):
        """A key that the web client owns (the gear's "u") opens something else; one of two buttons is never reached."""
        folder = Path(file_path('web/static/src'))
        taken = {
            key.lower()
            for template in folder.rglob('*.xml')
            for key in re.findall(r'data-hotkey="([^"]+)"', template.read_text('utf-8'))
        }
        for model in ('account.move', 'res.partner'):
            arch = etree.fromstring(self.env[model].get_view(view_type='form')['arch'])
            keys = {}
            for button in arch.iter('button'):
                if button.get('data-hotkey'):
                    keys.setdefault(button.get('data-hotkey').lower(), set()).add(button.get('name'))
            ours = {key for key, names in keys.items() if any('urssaf' in (name or '') for name in names)}
            self.assertFalse(ours & taken, model)
            for key in ours:
                self.assertEqual(len(keys[key]), 1, (model, key))

    def test_a_new_invoice_is_typed_in_with_type_and_dates(self):
        with Form(
            self.env['account.move']
            .with_user(self.invoicing_user)
            .with_company(self.company)
            .with_context(default_move_type='out_invoice')
        ) as form:
            form.partner_id = self.household
            form.urssaf_nature_id = self.env['urssaf.nature'].with_user(self.invoicing_user).browse(self.nature.id)
            with form.invoice_line_ids.new() as line:
                line.name = "Cours"
                line.quantity = 2
                line.price_unit = 30.0
        self.assertEqual(form.record.urssaf_nature_id, self.nature)

    def test_filters_of_the_invoice_list(self):
        stranger = self.make_household("Paul Inconnu", email='paul@example.com')
        to_send, waiting, to_fix, paid, refused, withdrawn, settled = self.make_invoices(7)
        other = self.make_invoice(stranger)
        self.send(waiting | paid | refused | withdrawn | settled)
        self.fault('item_error', 'M050', times=1, code='ERR_CMPT_BLOQUE')
        self.send(to_fix)
        paid.urssaf_request_id.state = 'paid'
        (refused | settled).urssaf_request_id.state = 'refused'
        self.pay_by_hand(settled)
        withdrawn.urssaf_request_id.state = 'withdrawn'
        self.env.flush_all()
        view = (
            self.env['account.move']
            .with_user(self.reader)
            .get_view(self.env.ref('account.view_account_invoice_filter').id, 'search')
        )
        arch = etree.fromstring(view['arch'])
        all_of_them = (to_send | waiting | to_fix | paid | refused | withdrawn | settled | other).ids
        for name, expected in (
            ('urssaf_to_send', to_send),
            ('urssaf_waiting', waiting),
            ('urssaf_to_fix', to_fix | refused),
            ('urssaf_paid', paid),
        ):
            domain = safe_eval(arch.xpath(f"//filter[@name='{name}']")[0].get('domain'))
            found = (
                self.env['account.move']
                .with_user(self.reader)
                .with_company(self.company)
                .search([*domain, ('id', 'in', all_of_them)])
            )
            self.assertEqual(found, found & expected, name)
            self.assertEqual(len(found), len(expected), name)
        # The menu of the same name lists the same.
        moves = self.env['account.move'].with_company(self.company)
        self.assertEqual(moves.search(moves._urssaf_to_send_domain() & Domain('id', 'in', all_of_them)), to_send)
        groups = (
            self.env['account.move']
            .with_user(self.reader)
            ._read_group([('id', 'in', all_of_them)], ['urssaf_state'], ['__count'])
        )
        self.assertEqual(
            dict(groups), {'integrated': 1, 'rejected': 1, 'paid': 1, 'refused': 2, 'withdrawn': 1, False: 2}
        )

    def test_requests_are_grouped_searched_and_filtered(self):
        request = self.send(self.make_invoice())
        Request = self.env['urssaf.payment.request'].with_user(self.reader).with_company(self.company)
        self.assertIn(request.id, Request.search([('is_live', '=', True)]).ids)
        self.assertNotIn(request.id, Request.search([('is_live', '=', False)]).ids)
        arch = etree.fromstring(Request.get_view(view_type='search')['arch'])
        for node in arch.iter('filter'):
            if node.get('domain'):
                context = {'uid': self.reader.id, 'context_today': lambda: self.today}
                Request.search(safe_eval(node.get('domain'), context))
            elif group_by := safe_eval(node.get('context') or '{}').get('group_by'):
                Request._read_group([], [group_by], ['__count'])

    def test_people_outside_accounting_open_contacts_and_their_own_pages(self):
        outsider = self.make_user('dehors')
        self.send(self.make_invoice())
        for user in (outsider, self.plain_user):
            Form(self.household.with_user(user).with_company(self.company))
            self.household.with_user(user).web_read({'urssaf_registration_state': {}, 'name': {}})
        arch = self.env['res.partner'].with_user(self.plain_user).get_view(view_type='form')['arch']
        self.assertNotIn('urssaf_birth_date', arch)

    def test_companies_have_no_such_page(self):
        company = self.env['res.partner'].create({'name': "Une société", 'is_company': True})
        self.assertFalse(company.with_company(self.company).urssaf_is_possible)
        Form(company.with_user(self.clerk).with_company(self.company))
