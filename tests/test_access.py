from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import file_open

from .common import AvanceImmediateCommon


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestAccess(AvanceImmediateCommon):
    """Documents are read-only for everybody; actions check rights on the invoice or the customer first."""

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.request = self.send(self.invoice)

    def test_nobody_writes_documents(self):
        for user in (self.invoicing_user, self.clerk, self.reader, self.env.ref('base.user_admin')):
            for record in (
                self.request,
                self.request.event_ids[:1],
                self.household.with_company(self.company).urssaf_registration_id,
            ):
                record = record.with_user(user)
                for operation in ('write', 'create', 'unlink'):
                    self.assertFalse(record.has_access(operation), (user.name, record, operation))

    def test_who_reads_requests(self):
        self.assertEqual(self.request.with_user(self.reader).read(['name'])[0]['name'], self.invoice.name)
        with self.raises(AccessError):
            self.request.with_user(self.plain_user).read(['name'])
        for user in (self.invoicing_user, self.env.ref('base.user_admin')):
            with self.raises(AccessError):
                self.request.with_user(user).read(['payload'])

    def test_a_read_only_accountant_sends_nothing(self):
        other = self.make_invoice()
        for action in ('action_urssaf_send', 'action_urssaf_refresh', '_urssaf_create_requests'):
            with self.as_user(self.reader) as env, self.raises(AccessError):
                getattr(other.with_env(env), action)()
        with self.as_user(self.reader) as env, self.raises(AccessError):
            self.request.with_env(env).action_refresh()

    def test_another_company_sees_and_does_nothing(self):
        second = self.setup_other_company()['company']
        stranger = self.make_user('etranger', 'account.group_account_invoice', company=second)
        self.assertFalse(self.env['urssaf.payment.request'].with_user(stranger).search([]))
        for action in ('action_refresh', 'action_withdraw'):
            with self.as_user(stranger, second) as env, self.raises(AccessError):
                getattr(self.request.with_env(env), action)()
        with self.as_user(stranger, second) as env, self.raises(AccessError):
            self.invoice.with_env(env).action_urssaf_refresh()

    def test_the_credentials_are_for_administrators(self):
        with self.raises(AccessError):
            self.company.with_user(self.clerk).read(['urssaf_client_secret'])
        with self.raises(AccessError):
            self.company.with_user(self.clerk).read(['urssaf_client_id'])

    def test_exchanges_hold_no_personal_data_and_stay_as_they_are(self):
        bodies = self.env['urssaf.exchange'].search([('company_id', '=', self.company.id)])
        self.assertTrue(bodies)
        text = ' '.join(bodies.mapped(lambda e: f'{e.request_body} {e.response_body} {e.path}'))
        for secret in ('1984-05-17', 'tres-confidentiel', 'FR7630006000011234567890189', self.household.email):
            self.assertNotIn(secret, text)
        self.assertFalse(self.env['urssaf.exchange'].with_user(self.clerk).has_access('read'))

    def test_a_copied_database_calls_nobody(self):
        self.env.flush_all()
        with file_open('l10n_fr_avance_immediate/data/neutralize.sql') as script:
            self.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.company.urssaf_environment or self.company.urssaf_client_secret)
        self.assertFalse(self.env['urssaf.token'].search([]))
        self.assertFalse(self.env.ref('l10n_fr_avance_immediate.ir_cron_urssaf_submit').active)
