import base64
import csv
import io
import json
import zipfile
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AvanceImmediateCommon

RETENTION = 'l10n_fr_avance_immediate.exchange_retention_days'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestExchangeExport(AvanceImmediateCommon):
    """Every exchange is linked to all it was about, kept as it was for its time, and exported without a secret."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user('chef', 'account.group_account_manager')
        cls.neighbour = cls.make_household("Alex Voisin", email='alex@example.com')
        cls.activate(cls.neighbour)

    def exchanges(self, call):
        return self.env['urssaf.exchange'].search([('company_id', '=', self.company.id), ('call', '=', call)])

    def export(self, user=None, **values):
        """What the wizard gives a user: ``(names and contents, rows of the index)``."""
        with Form(
            self.env['urssaf.exchange.export'].with_user(user or self.manager).with_company(self.company)
        ) as form:
            for field, value in values.items():
                setattr(form, field, value)
        form.record.action_export()
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(form.record.file))) as archive:
            files = {name: archive.read(name).decode('utf-8-sig') for name in archive.namelist()}
        return files, list(csv.DictReader(io.StringIO(files['index.csv']), delimiter=';'))

    def make_exchange(self, **values):
        return self.env['urssaf.exchange'].create(
            {
                'company_id': self.company.id,
                'environment': 'simulator',
                'call': 'M070',
                'method': 'POST',
                'path': '/x',
                'status': 200,
                'started_at': fields.Datetime.now(),
                **values,
            }
        )

    # -- links ------------------------------------------------------------------------------------

    def test_a_batch_and_a_poll_are_linked_to_each_of_their_requests(self):
        invoices = self.make_invoice() | self.make_invoice(self.neighbour) | self.make_invoice()
        sent = self.send(invoices)
        self.assertEqual(self.exchanges('M050').request_ids, sent)
        with self.as_cron() as env:
            sent.with_env(env)._sync()
        self.env.invalidate_all()
        self.assertEqual(self.exchanges('M070').request_ids, sent)

    def test_a_registration_is_linked_to_its_calls(self):
        partner = self.make_household("Dominique Nouveau", email='dominique@example.com')
        with self.as_user() as env:
            partner.with_env(env).action_urssaf_register()
            partner.with_env(env).action_urssaf_refresh()
        self.env.invalidate_all()
        for call in ('M010', 'M020'):
            self.assertEqual(self.exchanges(call).registration_ids.partner_id, partner)

    def test_a_look_up_of_a_lost_answer_is_linked(self):
        self.fault('dead_after', 'M050', times=1)
        lost = self.send(self.make_invoice())
        self.assertEqual(lost.state, 'unknown')
        with self.as_cron() as env:
            env['urssaf.payment.request']._sync_due()
        self.env.invalidate_all()
        self.assertEqual(lost.state, 'integrated')
        self.assertEqual(self.exchanges('M070').request_ids, lost)

    def test_the_links_cost_one_query_a_batch(self):
        requests = self.send(self.make_invoice() | self.make_invoice(self.neighbour))
        exchange = type(
            'Exchange',
            (),
            {
                'call': 'M050',
                'method': 'POST',
                'path': '/x',
                'status': 200,
                'duration': 0.1,
                'error': '',
                'started_at': fields.Datetime.now(),
                'request_body': '',
                'response_body': '',
            },
        )

        def queries(documents):
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.env['urssaf.exchange']._record(self.company, [exchange], documents)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        queries(None)  # warm
        self.assertLessEqual(queries(requests), queries(None) + 1)

    # -- the file ---------------------------------------------------------------------------------

    def test_a_period_is_one_file_with_a_folder_a_call_and_an_index(self):
        partner = self.make_household("Dominique Nouveau", email='dominique@example.com')
        with self.as_user() as env:
            partner.with_env(env).action_urssaf_register()
            partner.with_env(env).action_urssaf_refresh()
        invoices = self.make_invoice() | self.make_invoice(self.neighbour)
        sent = self.send(invoices)
        with self.as_cron() as env:
            sent.with_env(env)._sync()
        self.env.invalidate_all()
        files, rows = self.export()
        self.assertEqual({row['Call'] for row in rows}, {'M010', 'M020', 'M050', 'M070'})
        self.assertEqual(len(files), 1 + 2 * len(rows))
        for row in rows:
            request, answer = (json.loads(files[f"{row['Files']}_{kind}.json"]) for kind in ('request', 'response'))
            self.assertEqual(row['Files'].split('/')[0], row['Call'])
            self.assertTrue(request['path'].startswith('/atp/v1/tiersPrestations/'))
            self.assertEqual((answer['status'], row['HTTP Status']), (200, '200'))
            self.assertTrue(answer['body'])
        batch = next(row for row in rows if row['Call'] == 'M050')
        self.assertEqual(batch['Invoices'], ', '.join(sorted(invoices.mapped('name'))))
        self.assertEqual(batch['Customers'], 'Alex Voisin, Camille Fictif')
        items = json.loads(files[f"{batch['Files']}_request.json"])['body']
        self.assertEqual([item['mntFactureTTC'] for item in items], [94.5, 94.5])

    def test_nothing_personal_or_secret_is_in_the_file(self):
        partner = self.make_household(
            "Sacha Secret", email='sacha@example.com', phone='06 39 98 00 77', urssaf_birth_name='Zedlisch'
        )
        with self.as_user() as env:
            partner.with_env(env).action_urssaf_register()
        self.send(self.make_invoice())
        # As if an earlier version had masked less: what leaves is masked again.
        self.make_exchange(
            request_body='{"iban": "FR7630006000011234567890189"}', response_body='write to bob@example.com'
        )
        text = ' '.join(self.export()[0].values())
        for secret in (
            '1984-05-17',
            'Zedlisch',
            'ZEDLISCH',
            'FR7630006000011234567890189',
            'TESTFRPP',
            'example.com',
            '0639980077',
            'tres-confidentiel',
            'prestataire',
        ):
            self.assertNotIn(secret, text)

    def test_one_customer_without_the_names_of_the_others(self):
        both = self.make_invoice() | self.make_invoice(self.neighbour)
        self.send(both)
        self.send(self.make_invoice(self.neighbour))
        files, rows = self.export(partner_id=self.household)
        self.assertEqual([(row['Invoices'], row['Customers']) for row in rows], [(both[0].name, 'Camille Fictif')])
        self.assertNotIn('Voisin', ' '.join(files.values()))

    def test_days_are_those_of_paris(self):
        late = self.make_exchange(started_at='2026-06-30 22:30:00')  # half past midnight in Paris
        winter = self.make_exchange(started_at='2026-01-31 22:30:00')  # half past eleven in Paris
        _files, rows = self.export(date_from='2026-07-01', date_to='2026-07-01')
        self.assertEqual(
            [(row['Date (Paris)'], row['Date (UTC)']) for row in rows], [('2026-07-01 00:30:00', '2026-06-30 22:30:00')]
        )
        self.assertIn(f'{late.id:08}', rows[0]['Files'])
        _files, rows = self.export(date_from='2026-01-01', date_to='2026-01-31')
        self.assertIn(f'{winter.id:08}', rows[0]['Files'])

    def test_the_period_proposed_ends_today_in_paris(self):
        with freeze_time('2027-03-31 23:34:00'):  # the first hour of April in Paris
            export = self.env['urssaf.exchange.export'].with_user(self.manager).create({'company_id': self.company.id})
        self.assertEqual([str(export.date_from), str(export.date_to)], ['2027-04-01', '2027-04-01'])

    def test_a_page_that_is_no_json_is_exported_as_a_text(self):
        self.make_exchange(response_body='<html>Service indisponible</html>', status=503, error='http_503')
        files, rows = self.export()
        answer = json.loads(files[f"{rows[-1]['Files']}_response.json"])
        self.assertEqual((answer['status'], answer['body']), (503, '<html>Service indisponible</html>'))

    def test_a_spreadsheet_finds_no_formula(self):
        trap = self.make_household("=cmd|calc", email='trap@example.com')
        self.activate(trap)
        self.send(self.make_invoice(trap))
        _files, rows = self.export(partner_id=trap)
        self.assertEqual(rows[0]['Customers'], "'=cmd|calc")

    def test_an_empty_period_is_said(self):
        with self.raises(UserError, "choose another period"):
            self.export(date_from='2001-01-01', date_to='2001-01-02')

    def test_other_environments_are_another_file(self):
        self.make_exchange(environment='production', started_at='2026-03-01 10:00:00')
        with self.raises(UserError):
            self.export(date_from='2026-03-01', date_to='2026-03-01')
        _files, rows = self.export(date_from='2026-03-01', date_to='2026-03-01', environment='production')
        self.assertEqual(len(rows), 1)

    # -- who, and how long ------------------------------------------------------------------------

    def test_only_who_sees_exchanges_exports_them(self):
        self.send(self.make_invoice())
        for user in (self.invoicing_user, self.clerk, self.reader, self.plain_user):
            with self.raises(AccessError):
                self.export(user)
        self.export(self.manager)

    def test_of_a_branch_the_exchanges_of_its_contract_are_proposed(self):
        branch = self.env['res.company'].create({'name': "Agence", 'parent_id': self.company.id})
        self.env.cr.precommit.run()
        export = self.env['urssaf.exchange.export'].with_context(allowed_company_ids=[branch.id, self.company.id])
        self.assertEqual(export.new({}).company_id, self.company)
        alone = self.env['urssaf.exchange.export'].with_context(allowed_company_ids=[branch.id])
        self.assertEqual(alone.new({}).company_id, branch)

    def test_nobody_reads_the_file_of_another(self):
        self.send(self.make_invoice())
        other = self.make_user('autre', 'account.group_account_manager')
        export = self.env['urssaf.exchange.export'].with_user(self.manager).with_company(self.company).create({})
        export.action_export()
        with self.raises(AccessError):
            export.with_user(other).read(['file'])

    def test_another_company_exports_nothing_of_ours(self):
        self.send(self.make_invoice())
        second = self.setup_other_company()['company']
        stranger = self.make_user('etranger', 'account.group_account_manager', company=second)
        Export = self.env['urssaf.exchange.export'].with_user(stranger).with_company(second)
        with self.raises((AccessError, UserError)):
            Export.create({'company_id': self.company.id, 'environment': 'simulator'}).action_export()
        with self.raises(UserError):
            Export.create({'environment': 'simulator'}).action_export()

    def test_exchanges_are_neither_changed_nor_deleted_before_their_time(self):
        exchange = self.make_exchange()
        with self.raises(UserError, "cannot be changed"):
            exchange.status = 500
        with self.raises(UserError, "cannot be deleted"):
            exchange.unlink()
        for user in (self.manager, self.env.ref('base.user_admin')):
            for operation in ('write', 'create', 'unlink'):
                self.assertFalse(exchange.with_user(user).has_access(operation))

    def test_exchanges_go_after_the_set_time(self):
        now = datetime.now()
        old, recent = (self.make_exchange(started_at=now - timedelta(days=days)) for days in (401, 399))
        vacuum = self.env['urssaf.exchange']._gc_exchanges
        self.env['ir.config_parameter'].set_param(RETENTION, '0')  # for ever
        vacuum()
        self.assertTrue(old.exists())
        self.env['ir.config_parameter'].set_param(RETENTION, 'abc')  # a slip of the pen: the usual 400 days
        vacuum()
        self.assertEqual((old | recent).exists(), recent)
        self.env['ir.config_parameter'].set_param(RETENTION, '90')
        vacuum()
        self.assertFalse(recent.exists())

    def test_an_exchange_shows_its_documents(self):
        self.send(self.make_invoice())
        exchange = self.exchanges('M050').with_user(self.manager).with_company(self.company)
        with Form(exchange) as form:
            self.assertEqual(form.request_ids.ids, exchange.request_ids.ids)
        found = exchange.search([('request_ids.name', 'ilike', exchange.request_ids.name), ('call', '!=', 'TOKEN')])
        self.assertEqual(found, exchange)
