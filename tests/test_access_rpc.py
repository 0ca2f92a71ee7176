from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .common import AvanceImmediateCommon

OURS = (
    'urssaf.payment.request',
    'urssaf.payment.request.event',
    'urssaf.registration',
    'urssaf.exchange',
    'urssaf.token',
)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRpc(AvanceImmediateCommon):
    """What anybody with a login may try over RPC, with ids that are not theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Voisin")['company'].with_env(cls.env)
        cls.stranger = cls.make_user('voisin', 'account.group_account_invoice', company=cls.second)

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.request = self.send(self.invoice)
        self.before = self.control('state', method='GET')['calls']

    def tearDown(self):
        self.assertEqual(self.control('state', method='GET')['calls'], self.before, "nobody was called")
        super().tearDown()

    def call(self, user, model, method, *args, **kwargs):
        with self.as_user(user, user.company_id) as env:
            return call_kw(env[model], method, list(args), kwargs)

    def test_what_calls_urssaf_or_commits_is_not_public(self):
        for model, method in (
            ('account.move', '_urssaf_create_requests'),
            ('urssaf.payment.request', '_submit'),
            ('urssaf.payment.request', '_sync'),
            ('urssaf.payment.request', '_commit'),
            ('urssaf.payment.request', '_set_state'),
            ('urssaf.registration', '_sync'),
            ('res.company', '_urssaf_client'),
            ('urssaf.exchange', '_record'),
        ):
            with self.raises(AccessError):
                self.call(self.clerk, model, method, [])

    def test_every_public_method_of_ours_checks_rights(self):
        registration = self.household.with_company(self.company).urssaf_registration_id
        for user in (self.plain_user, self.reader, self.stranger):
            for record, methods in (
                (self.invoice, ('action_urssaf_send', 'action_urssaf_refresh')),
                (self.request, ('action_refresh', 'action_withdraw')),
            ):
                for method in methods:
                    with self.raises(AccessError):
                        self.call(user, record._name, method, record.ids)
        for user in (self.plain_user, self.reader):
            for method in ('action_urssaf_register', 'action_urssaf_refresh'):
                with self.raises(AccessError):
                    self.call(user, 'res.partner', method, self.household.ids)
        self.assertEqual((self.request.state, registration.state), ('integrated', 'active'))

    def test_documents_are_written_by_nobody(self):
        for user in (self.clerk, self.stranger, self.env.ref('base.user_admin')):
            for model in OURS:
                record = self.env[model].sudo().search([], limit=1)
                with self.raises((AccessError, UserError)):
                    self.call(user, model, 'write', record.ids, {'display_name': 'x'})
                with self.raises((AccessError, UserError)):
                    self.call(user, model, 'unlink', record.ids)
                with self.raises((AccessError, UserError)):
                    self.call(user, model, 'create', [{}])

    def test_frozen_texts_are_read_by_nobody(self):
        for field in ('payload', 'claim'):
            with self.raises(AccessError):
                self.call(self.clerk, 'urssaf.payment.request', 'read', self.request.ids, [field])
            with self.raises(AccessError):
                self.call(self.clerk, 'urssaf.payment.request', 'search', [(field, 'like', '1984')])
            with self.raises((AccessError, UserError)):
                self.call(self.clerk, 'urssaf.payment.request', 'export_data', self.request.ids, [field])
        with self.raises(AccessError):
            self.call(self.clerk, 'urssaf.token', 'search_read', [])

    def test_the_window_shows_nothing_of_a_foreign_invoice(self):
        """Its related fields are read in sudo: the invoice itself must be refused."""
        with self.raises(AccessError):
            wizard = self.call(
                self.stranger,
                'urssaf.send.wizard',
                'create',
                [{'line_ids': [Command.create({'move_id': self.invoice.id})]}],
            )
            self.call(self.stranger, 'urssaf.send.wizard', 'read', wizard, ['line_ids', 'ready_amount'])
        with self.raises(AccessError):
            self.call(
                self.stranger,
                'urssaf.send.wizard',
                'onchange',
                [],
                {'line_ids': [(0, 'virtual', {'move_id': self.invoice.id})]},
                ['line_ids'],
                {'line_ids': {'fields': {'amount': {}, 'partner_id': {'fields': {'display_name': {}}}, 'finding': {}}}},
            )

    def test_a_window_pointed_at_a_foreign_invoice_later_sends_nothing(self):
        mine, foreign = self.make_invoice(), self.make_invoice(company=self.second, post=False)
        with self.raises(AccessError), self.as_user() as env:
            action = mine.with_env(env).action_urssaf_send()
            wizard = env[action['res_model']].browse(action['res_id'])
            wizard.line_ids.move_id = foreign.id
            wizard.action_send()
        self.assertFalse(foreign.urssaf_request_ids)

    def test_the_simulator_parameter_is_for_administrators(self):
        with self.raises(AccessError):
            self.call(
                self.clerk,
                'ir.config_parameter',
                'set_param',
                'l10n_fr_avance_immediate.simulator_url',
                'http://127.0.0.1:1',
            )

    def test_credentials_travel_to_nobody_but_administrators(self):
        for field in ('urssaf_client_id', 'urssaf_client_secret'):
            for method, args in (
                ('read', [self.company.ids, [field]]),
                ('search', [[(field, '!=', False)]]),
                ('write', [self.company.ids, {field: 'x'}]),
            ):
                with self.raises(AccessError):
                    self.call(self.clerk, 'res.company', method, *args)

    def test_personal_data_stays_with_accounting(self):
        personal = [
            name
            for name, field in self.env['res.partner']._fields.items()
            if name.startswith('urssaf_') and field.groups
        ]
        self.assertGreater(len(personal), 25)
        for name in personal:
            with self.raises(AccessError):
                self.call(self.plain_user, 'res.partner', 'read', self.household.ids, [name])
        for name in ('urssaf_birth_name', 'urssaf_birth_date', 'urssaf_mobile', 'urssaf_bank_account_id'):
            with self.raises(AccessError):
                self.call(self.plain_user, 'res.partner', 'search', [(name, '!=', False)])
        described = self.call(self.plain_user, 'res.partner', 'fields_get')
        self.assertFalse({name for name in personal if name in described})
