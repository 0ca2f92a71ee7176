from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from ..urssaf import client as client_module
from ..urssaf.transport import NoAnswer
from .common import MODULE, AvanceImmediateCommon

STATES = {
    'queued': {},
    'sending': {},
    'unknown': {},
    'integrated': {'request_ref': 'ref-1'},
    'paid': {'request_ref': 'ref-2'},
    'scheduled': {'submit_at': True},
    'not_sent': {'submit_at': True},
}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestNeutralize(AvanceImmediateCommon):
    """A copy of a production database, with requests in every state and all that is due: whatever is clicked, nobody is
    called."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Second")['company'].with_env(cls.env)
        cls.setup_provider(cls.second, 'second')
        cls.companies = cls.company | cls.second
        cls.requests = cls.env['urssaf.payment.request']

    def setUp(self):
        super().setUp()
        due = fields.Datetime.now() - timedelta(hours=1)
        invoices = {state: self.make_invoice() for state in STATES}
        self.fresh = self.make_invoice()
        self.send(self.env['account.move'].union(*invoices.values()))
        for state, invoice in invoices.items():
            request = invoice.urssaf_request_id
            more = {name: due if value is True else value for name, value in STATES[state].items()}
            request.write({'request_ref': False, **more, 'state': state, 'next_poll_at': due, 'claimed_at': due})
            self.requests |= request
        self.lost = self.make_household("Lou Perdu")
        self.env['urssaf.registration'].create(
            {
                'partner_id': self.lost.id,
                'company_id': self.company.id,
                'environment': 'simulator',
                'state': 'unknown',
                'next_poll_at': due,
            }
        )
        self.unregistered = self.make_household("Noa Nouveau")
        registrations = self.env['urssaf.registration'].search([('company_id', 'in', self.companies.ids)])
        registrations.next_poll_at = due
        # All of it is production's now; the clients are stopped before the wire, which cannot be had otherwise.
        self.requests.environment = 'production'
        registrations.environment = 'production'
        self.companies.urssaf_environment = 'production'
        self.env['urssaf.token'].search([]).unlink()
        for company in self.companies:
            self.env['urssaf.token'].create(
                {
                    'company_id': company.id,
                    'environment': 'production',
                    'client_key': company.urssaf_client_id,
                    'value': 'jeton-de-production',
                    'expires_at': fields.Datetime.now() + timedelta(hours=1),
                }
            )
        self.env.flush_all()
        self.called = []
        self.enterContext(patch.object(client_module, 'exchange', self.stop_before_the_wire))

    def stop_before_the_wire(self, method, url, **_more):
        self.called.append(url)
        raise NoAnswer('connect', sent=False)

    def neutralize(self):
        for query in get_neutralization_queries([MODULE]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

    def act(self, click):
        """One click as an invoicing user: the sentence that they read, empty when there is none."""
        with self.as_user(self.clerk) as env:
            try:
                click(env)
            except UserError as error:
                return str(error)
        return ''

    def run_what_is_due(self):
        with self.as_cron() as env:
            env['urssaf.payment.request']._submit_due()
            env['urssaf.payment.request']._sync_due()
            env['urssaf.registration']._sync_due()
            env['urssaf.payment.request'].browse(self.requests.ids)._submit()

    def test_the_wire_is_watched(self):
        """Without neutralization the same things do call: the other test is not blind."""
        self.run_what_is_due()
        self.assertTrue(self.called)
        self.assertTrue(all(url.startswith('https://') for url in self.called), self.called)

    def test_nothing_leaves_a_copy(self):
        self.neutralize()
        self.run_what_is_due()
        said = {
            'register': self.act(lambda env: self.unregistered.with_env(env).action_urssaf_register()),
            'status of the household': self.act(lambda env: self.household.with_env(env).action_urssaf_refresh()),
            'status of a lost household': self.act(lambda env: self.lost.with_env(env).action_urssaf_refresh()),
            'status of the invoice': self.act(
                lambda env: self.requests.filtered('request_ref').move_id.with_env(env).action_urssaf_refresh()
            ),
            'send': self.act(lambda env: self.fresh.with_env(env)._urssaf_create_requests()._submit()),
            'window': self.act(
                lambda env: (
                    env['urssaf.send.wizard']
                    .create({'line_ids': [Command.create({'move_id': self.fresh.id})]})
                    .action_send()
                )
            ),
        }
        for request in self.requests:
            # Each in its state after what was due has run.
            said[request.state] = self.act(lambda env, request=request: request.with_env(env).action_refresh())
        with self.assertRaises(UserError) as refused:
            self.env['res.config.settings'].with_company(self.company).create({}).action_urssaf_test_connection()
        said['test'] = str(refused.exception)
        self.assertFalse(self.called, "nobody is called")
        # What asks URSSAF about nothing, because nothing is there to ask about, may say nothing.
        silent = {'scheduled', 'queued', 'sending', 'not_sent'}
        for click, sentence in said.items():
            self.assertTrue(sentence or click in silent, (click, said))
        self.assertFalse(self.fresh.urssaf_request_ids)

    def test_nothing_is_left_to_call_with(self):
        self.neutralize()
        for name in ('urssaf_environment', 'urssaf_client_id', 'urssaf_client_secret'):
            self.assertFalse(self.env['res.company'].search([(name, '!=', False)]), name)
        self.assertFalse(self.env['urssaf.token'].search([]))
        crons = self.env['ir.model.data'].search([('module', '=', MODULE), ('model', '=', 'ir.cron')])
        self.assertEqual(
            len(crons), len(self.env['ir.cron'].with_context(active_test=False).browse(crons.mapped('res_id')))
        )
        self.assertFalse(self.env['ir.cron'].search([('id', 'in', crons.mapped('res_id'))]), "the crons are off")
