import inspect

from odoo import Command, api, fields
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, tagged

from .common import MODULE, AvanceImmediateCommon

# What tells nothing and does nothing: not refused, whoever asks.
HARMLESS = {
    ('res.partner', 'action_urssaf_view_requests'): "a list, of what its reader may read",
    ('res.partner', 'default_get'): "Odoo's own values of a new customer; ours only says whether it is a person",
    ('res.partner', 'load'): "Odoo's own import, with Odoo's own rights; ours only looks at the cells it is given",
    ('res.partner', 'get_import_templates'): "the addresses of files that are the same for everybody",
    ('account.partial.reconcile', 'create'): "Odoo's own match, with Odoo's own rights; ours only refuses more",
    ('account.move', 'action_urssaf_to_send'): "a list, of what its reader may read",
    ('urssaf.payment.request', 'get_empty_list_help'): "whether the service is set up, and whom to ask",
    ('res.config.settings', 'action_urssaf_start'): "the address of a page that is for administrators",
    ('urssaf.send.wizard', 'default_get'): "the ids that were given",
    # Odoo's own window has no owner, but holds no invoice for who may not read it: see the test of its own.
    ('account.move.send.batch.wizard', 'action_send_and_print'): "nothing is sent",
    ('account.move.reversal', 'reverse_moves'): "nothing is reversed",
}
# Values that would change something.
ARGUMENTS = {
    'account.move': {'write': {'vals': {'ref': 'essai'}}},
    'account.move.line': {'write': {'vals': {'name': 'essai'}}},
    'account.payment': {'write': {'vals': {'memo': 'essai'}}},
    'urssaf.registration': {'write': {'vals': {'error_text': 'essai'}}},
    'res.partner': {'write': {'vals': {'comment': 'essai'}}},
    'res.users': {'write': {'vals': {'active': False}}},
    'res.company': {'write': {'vals': {'phone': '0102030405'}}},
    'urssaf.exchange': {'write': {'vals': {'path': '/essai'}}},
    'urssaf.transfer': {'action_match': {'statement_line': 0}},
    'res.config.settings': {'write': {'vals': {'urssaf_future_dates_only': True}}},
    'urssaf.ceiling': {'write': {'vals': {'year_to': 2000}}},
    'urssaf.guarantee.tier': {'write': {'vals': {'year_to': 2000}}},
    'urssaf.nature': {'write': {'vals': {'code': '999'}}},
}
REFUSALS = {'odoo.exceptions.AccessError', 'odoo.exceptions.UserError'}
FOR_INTERNAL_USERS = {
    ('insee.commune', 'name_search'),  # reference data, for internal users
}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRpcMethods(AvanceImmediateCommon, HttpCase):
    """Every public method that this module defines, over HTTP, with ids of somebody else: refused, nothing leaves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Voisin")['company'].with_env(cls.env)
        cls.setup_provider(cls.second, 'voisin')
        neighbour = cls.make_household("Paul Voisin", company_id=cls.second.id)
        cls.users = {
            'portal': cls.env['res.users']
            .with_context(no_reset_password=True)
            .create(
                {
                    'name': "Paul",
                    'login': 'urssaf_paul',
                    'partner_id': neighbour.id,
                    'company_id': cls.second.id,
                    'company_ids': [Command.set(cls.second.ids)],
                    'group_ids': [Command.set(cls.env.ref('base.group_portal').ids)],
                }
            ),
            'employee': cls.make_user('ouvrier'),
            'stranger': cls.make_user('voisin', 'account.group_account_invoice', company=cls.second),
        }
        for user in cls.users.values():
            user.password = user.login

    def setUp(self):
        super().setUp()
        self.household.company_id = self.company
        self.invoice, to_send, in_window, in_batch, to_reverse, to_pay, paid = self.make_invoices(7)
        self.request = self.send(self.invoice)
        with self.as_user() as env:
            window = to_send.with_env(env).action_urssaf_send()['res_id']
            many = self.household.with_env(env).action_urssaf_register_many()['res_id']
            invite = self.household.with_env(env).action_urssaf_invite_many()['res_id']
            send = env['account.move.send.wizard'].create({'move_id': in_window.id})
            batch = env['account.move.send.batch.wizard'].create({'move_ids': [Command.set(in_batch.ids)]})
            reversal = (
                env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=to_reverse.ids)
                .create({'journal_id': self.invoice.journal_id.id})
            )
            payment = (
                env['account.payment.register']
                .with_context(active_model='account.move', active_ids=to_pay.ids)
                .create({})
            )
        transfer = self.env['urssaf.transfer'].create({'company_id': self.company.id, 'value_date': '2026-01-01'})
        compared = self.env['urssaf.compare'].create({'company_id': self.company.id})
        export = self.env['urssaf.exchange.export'].with_company(self.company).create({})
        registration = self.household.with_company(self.company).urssaf_registration_id
        attempt = self.env['urssaf.registration.attempt'].create(
            {'registration_id': registration.id, 'kind': 'as_entered', 'fingerprint': 'x'}
        )
        self.records = {
            record._name: record
            for record in (
                self.invoice,
                self.invoice.line_ids,
                self.company,
                reversal.with_env(self.env),
                export,
                self.request,
                self.household,
                registration,
                self.env['urssaf.send.wizard'].browse(window),
                self.env['urssaf.send.wizard'].browse(window).line_ids,
                self.invoice.journal_id,
                self.env['urssaf.register.wizard'].browse(many),
                self.env['urssaf.invite.wizard'].browse(invite),
                send.with_env(self.env),
                batch.with_env(self.env),
                attempt,
                payment.with_env(self.env),
                compared,
                transfer,
                self.env['urssaf.transfer.match'].create({'transfer_id': transfer.id}),
                self.env['urssaf.take.back'].create({'request_id': self.request.id, 'amount': 1.0}),
                self.env['urssaf.cancellation'].create({'request_id': self.request.id, 'reason': 'other'}),
                self.env['account.payment'].create(
                    {'amount': 1.0, 'payment_type': 'inbound', 'partner_id': self.household.id}
                ),
                self.pay_by_hand(paid).move_id.line_ids.matched_debit_ids,
                self.env['urssaf.compare.line'].create({'compare_id': compared.id, 'kind': 'unknown'}),
                self.env['urssaf.activation.help'].create({'registration_id': registration.id}),
                self.env['urssaf.customer.number'].create({'registration_id': registration.id, 'number': 'essai'}),
                self.env['urssaf.exchange'].search([('company_id', '=', self.company.id)], limit=1),
                self.env['res.config.settings'].with_company(self.company).create({}),
                self.env['urssaf.ceiling'].search([], limit=1),
                self.env['urssaf.guarantee.tier'].search([], limit=1),
                self.nature,
            )
        }
        self.household.with_company(self.company).urssaf_always_propose = True
        self.transaction = {
            'vals_list': [
                {
                    'provider_id': self.env['payment.provider']
                    .create({'name': "En ligne", 'code': 'none', 'company_id': self.company.id})
                    .id,
                    'payment_method_id': self.env['payment.method']
                    .with_context(active_test=False)
                    .search([], limit=1)
                    .id,
                    'reference': 'essai',
                    'amount': 1,
                    'currency_id': self.company.currency_id.id,
                    'partner_id': self.household.id,
                    'invoice_ids': [Command.set(self.invoice.ids)],
                }
            ]
        }
        self.env.flush_all()
        self.before = self.control('state', method='GET')['calls']
        self.states = self.state()

    def state(self):
        self.env.invalidate_all()
        return (
            self.request.read(['state', 'write_date']),
            self.invoice.read(['state', 'urssaf_state', 'write_date']),
            self.household.urssaf_registration_ids.read(['state', 'write_date']),
        )

    def our_methods(self):
        """(model, name) of each public method that a class of this module defines."""
        found = set()
        for model in self.env.registry.values():
            for cls in model.__mro__:
                if cls.__module__.startswith(f'odoo.addons.{MODULE}.'):
                    found |= {
                        (model._name, name)
                        for name, value in vars(cls).items()
                        if not name.startswith('_') and inspect.isfunction(value)
                    }
        return {(model, name) for model, name in found if self.is_callable(model, name)}

    def is_callable(self, model, name):
        """Whether Odoo lets it be called from outside; abstract models have nothing to be called on."""
        try:
            get_public_method(self.env[model], name)
        except Exception:
            return False
        return not self.env[model]._abstract

    def arguments(self, model, method):
        if method == 'create':
            return (
                self.transaction
                if model == 'payment.transaction'
                else {
                    'vals_list': [
                        {
                            'move_id': self.invoice.id,
                            'name': 'essai',
                            'account_id': self.invoice.line_ids[0].account_id.id,
                        }
                    ]
                }
            )
        return ARGUMENTS.get(model, {}).get(method, {})

    def ids(self, model, method):
        """The ids to call a method on; None for one that takes none."""
        records = self.records.get(model, self.env[model])
        return None if hasattr(getattr(type(records), method), '_api_model') else records.ids

    def call(self, user, model, method, company=None):
        """Over ``/web/dataset/call_kw``: the name of the exception, or '' when it was let through."""
        ids = self.ids(model, method)
        answer = self.opener.post(
            f'{self.base_url()}/web/dataset/call_kw/{model}/{method}',
            json={
                'params': {
                    'model': model,
                    'method': method,
                    'args': [] if ids is None else [ids],
                    'kwargs': {
                        **self.arguments(model, method),
                        'context': {'allowed_company_ids': (company or user.company_id).ids},
                    },
                }
            },
        ).json()
        return answer.get('error', {}).get('data', {}).get('name', '')

    def test_every_public_method_is_refused_to_others(self):
        methods = self.our_methods()
        self.assertGreater(len(methods), 15)
        wrong = []
        for name, user in self.users.items():
            self.authenticate(user.login, user.login)
            for model, method in sorted(methods - set(HARMLESS)):
                result = self.call(user, model, method)
                allowed = REFUSALS
                if name != 'portal' and (model, method) in FOR_INTERNAL_USERS:
                    allowed = REFUSALS | {''}
                if result not in allowed:
                    wrong.append((name, model, method, result))
        self.assertFalse(wrong)
        self.assertEqual(self.control('state', method='GET')['calls'], self.before, "nobody was called")
        self.assertEqual(self.state(), self.states)

    def test_odoos_batch_window_of_another_company_debits_nobody(self):
        user = self.users['stranger']
        self.authenticate(user.login, user.login)
        batch = self.records['account.move.send.batch.wizard']
        self.assertTrue(batch.move_ids._urssaf_always_proposed())
        self.call(user, 'account.move.send.batch.wizard', 'action_send_and_print')
        self.env.invalidate_all()
        self.assertFalse(batch.move_ids.urssaf_request_ids)
        self.assertFalse(batch.move_ids.filtered('sending_data'))
        self.assertEqual(self.control('state', method='GET')['calls'], self.before, "nobody was called")

    def test_odoos_reversal_window_of_another_company_reverses_nothing(self):
        user = self.users['stranger']
        self.authenticate(user.login, user.login)
        reversed_moves = self.records['account.move.reversal'].move_ids
        self.assertTrue(reversed_moves)
        self.call(user, 'account.move.reversal', 'reverse_moves')
        self.env.invalidate_all()
        self.assertFalse(reversed_moves.reversal_move_ids)

    def test_another_company_named_in_the_context_changes_nothing(self):
        """The stranger asks in the name of a company that is not theirs."""
        user = self.users['stranger']
        self.authenticate(user.login, user.login)
        for model, method in sorted(self.our_methods() - set(HARMLESS) - FOR_INTERNAL_USERS):
            self.assertTrue(self.call(user, model, method, self.company), (model, method))
        self.assertEqual(self.control('state', method='GET')['calls'], self.before, "nobody was called")
        self.assertEqual(self.state(), self.states)

    def test_the_same_over_json_2(self):
        user = self.users['stranger']
        key = api.Environment(self.env.cr, user.id, {})['res.users.apikeys']._generate(
            'rpc', "essai", fields.Datetime.add(fields.Datetime.now(), days=1)
        )
        self.env.flush_all()
        for model, method in sorted(self.our_methods() - set(HARMLESS) - FOR_INTERNAL_USERS):
            ids = self.ids(model, method)
            answer = self.url_open(
                f'/json/2/{model}/{method}',
                headers={'Authorization': f'Bearer {key}'},
                json={**({} if ids is None else {'ids': ids}), **self.arguments(model, method)},
            )
            self.assertIn(answer.status_code, (403, 422), (model, method, answer.text[:300]))
        self.assertEqual(self.control('state', method='GET')['calls'], self.before, "nobody was called")
        self.assertEqual(self.state(), self.states)
