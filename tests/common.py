import itertools
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import requests
from freezegun import freeze_time

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.tools import classproperty

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..models.connection import urssaf_watchdog
from ..simulator.server import start as start_simulator

NUMBERS = itertools.count(1)
MODULE = 'l10n_fr_avance_immediate'
PARAMETER = f'{MODULE}.simulator_url'
MARGIN = timedelta(minutes=15)
# dev/prepare_inside.py makes companies of this name, a chart of accounts taking longer than most tests, and in the first of
# them these users.
PREPARED = 'Prepared for a test'
PEOPLE = {
    'invoicing_user': ('facturation', 'account.group_account_invoice'),
    'clerk': ('secretaire', 'account.group_account_invoice', 'base.group_partner_manager'),
    'reader': ('lecteur', 'account.group_account_readonly'),
    'plain_user': ('employe', 'base.group_partner_manager'),
}


def make_user(env, company, login, *groups):
    """An internal user of one company, with more groups."""
    if env.ref('hr.group_hr_user', raise_if_not_found=False):
        # Odoo's form of a bank account, which `Form` reads with the customer's, opens for nobody else.
        groups = (*groups, 'hr.group_hr_user')
    return (
        env['res.users']
        .with_context(no_reset_password=True)
        .create(
            {
                'lang': 'en_US',
                'name': login.title(),
                'login': f'urssaf_{login}',
                'email': f'{login}@example.com',
                'company_id': company.id,
                'company_ids': [Command.set(company.ids)],
                'group_ids': [Command.set([env.ref(group).id for group in ('base.group_user', *groups)])],
            }
        )
    )


class AvanceImmediateCommon(AccountTestInvoicingCommon):
    """A French company, the real simulator, a household that is registered and active, and users who are not admin.

    What commits runs in ``self.as_user()``: a cursor of the registry in test mode, where a commit is a savepoint.
    """

    @classmethod
    @AccountTestInvoicingCommon.setup_country('fr')
    def setUpClass(cls):
        # Not Odoo's own class: no test of ours has to do with the taxes, products and partners that it makes for its own.
        super(AccountTestInvoicingCommon, cls).setUpClass()
        cls.maxDiff = None
        cls.company_data = cls.collect_company_accounting_data(cls.env.company)
        cls.setup_outstanding_accounts(cls.company_data['default_journal_bank'])
        # The tests arrange things as the system would; what is tested runs as users (`as_user`, `with_user`).
        cls.env = cls.env(su=True, context={**cls.env.context, 'lang': 'en_US'})
        # When the database was made, and a clock that stands still, say nothing about crons (TestWatchdog).
        cls.classPatch(urssaf_watchdog, 'PATIENCE', timedelta(days=36500))
        cls.classPatch(urssaf_watchdog, 'LATEST_NEXT_RUN', timedelta(days=36500))
        cls.simulator = start_simulator(port=0)
        cls.addClassCleanup(cls.simulator.stop)
        cls.env['ir.config_parameter'].set_param(PARAMETER, cls.simulator.url)
        cls.company = cls.company_data['company'].with_env(cls.env)
        cls.company.partner_id.country_id = cls.env.ref('base.fr')
        cls.setup_neighbours(cls.company)
        cls.setup_provider(cls.company, 'prestataire')
        cls.nature = cls.env.ref('l10n_fr_avance_immediate.nature_100')
        cls.other_nature = cls.env.ref('l10n_fr_avance_immediate.nature_70')
        for name, (login, *groups) in PEOPLE.items():
            setattr(cls, name, cls.prepared_user(f'urssaf_{login}') or cls.make_user(login, *groups))
        cls.company.urssaf_responsible_id = cls.clerk
        cls.household = cls.make_household("Camille Fictif")
        cls.activate(cls.household)

    def setUp(self):
        super().setUp()
        self.control('faults', method='DELETE')

    # -- the day: nothing here depends on the one on which the tests run ---------------------------

    @classproperty
    def today(cls):
        """The day in UTC, which Odoo and the checks before a call go by. A frozen clock counts.

        In its first minutes it is the day before: services of a day that has just begun are held back for a while
        (CONTRACT §7.4), and a suite that runs past midnight meets that.
        """
        return (fields.Datetime.now() - MARGIN).date()

    @staticmethod
    def day_in_paris(moment=None):
        """The day in Paris at a moment (naive, UTC), now by default: often, but not always, the same as in UTC."""
        moment = moment or fields.Datetime.now()
        return moment.replace(tzinfo=ZoneInfo('UTC')).astimezone(ZoneInfo('Europe/Paris')).date()

    @staticmethod
    def make_number(day):
        """An invoice number that no other test uses, of the year of the invoice's day, as Odoo wants it.

        URSSAF remembers numbers for ever, while a test's rollback gives them back to Odoo.
        """
        return f'TEST/{fields.Date.to_date(day).year}/{next(NUMBERS):05}'

    @contextmanager
    def at(self, moment):
        """A frozen clock: the simulator has the same one, and the household has been active for long.

        :param str moment: UTC
        :return: the clock, which ``tick`` and ``move_to`` turn
        """
        with freeze_time(moment) as clock:
            now = fields.Datetime.now()
            self.control('clock', {'set': f'{now.isoformat()}Z'})
            self.addCleanup(lambda: self.control('clock', {'set': f'{fields.Datetime.now().isoformat()}Z'}))
            registration = self.household.with_company(self.company).urssaf_registration_id
            registration.activated_at = now - timedelta(days=90)
            self.control(
                f'customers/{registration.customer_ref}/activate', {'at': f'{registration.activated_at.isoformat()}Z'}
            )
            yield clock

    # -- actors -----------------------------------------------------------------------------------

    @classmethod
    def _create_company(cls, **create_values):
        """A company with its chart of accounts: a prepared one where there is one, so that a class starts at once."""
        prepared = cls.env['res.company'].search([('name', '=like', f'{PREPARED}%')], limit=1)
        if not prepared or not set(create_values) <= {'name'}:
            return super()._create_company(**create_values)
        prepared.name = create_values.get('name', "Test Company")
        cls.env.user.company_ids = [Command.link(prepared.id)]
        return prepared

    @classmethod
    def setup_outstanding_accounts(cls, journal):
        """A payment has an entry of its own, as with an accounting application."""
        charts = cls.env['account.chart.template']
        for lines, side in (
            (journal.inbound_payment_method_line_ids, 'debit'),
            (journal.outbound_payment_method_line_ids, 'credit'),
        ):
            lines[0].payment_account_id = charts.ref(f'account_journal_payment_{side}_account_id')

    @classmethod
    def setup_independent_user(cls):
        # EXTENDS 'account'
        return cls.prepared_user('accountman') or super().setup_independent_user()

    @classmethod
    def prepared_user(cls, login):
        return cls.env['res.users'].search([('login', '=', login)])

    @classmethod
    def setup_neighbours(cls, company):
        """What Odoo's other apps want before their own screens open or are saved, where they are installed."""
        if 'l10n_fr_reference_leave_type' in company._fields:
            company.l10n_fr_reference_leave_type = cls.env['hr.leave.type'].create({'name': "Leave"})
        if 'website' in cls.env:  # it answers in a language of its own, whatever the reader's
            english = cls.env['res.lang']._activate_lang('en_US')
            cls.env['website'].search([]).write(
                {'language_ids': [Command.link(english.id)], 'default_lang_id': english.id}
            )

    @classmethod
    def setup_provider(cls, company, client_id):
        company.write(
            {
                'urssaf_environment': 'simulator',
                'urssaf_client_id': client_id,
                'urssaf_client_secret': 'tres-confidentiel',
                'urssaf_sap_number': 'SAP999999998',
                'urssaf_billing_party': "Exemple Services",
            }
        )

    @classmethod
    def make_provider(cls, name, client_id='second'):
        """Another French company that uses the service; the household is active with it, too."""
        company = cls.setup_other_company(name=name)['company'].with_env(cls.env)
        company.partner_id.country_id = cls.env.ref('base.fr')
        company.currency_id = cls.env.ref('base.EUR')
        cls.setup_provider(company, client_id)
        cls.activate(cls.household, company)
        return company

    @classmethod
    def make_user(cls, login, *groups, company=None):
        return make_user(cls.env, company or cls.company, login, *groups)

    @classmethod
    def make_household(cls, name, **values):
        partner = cls.env['res.partner'].create(
            {
                'name': name,
                'email': f'{name.split()[0].lower()}@example.com',
                'phone': '06 39 98 00 01',
                'street': "12 bis rue des Exemples",
                'zip': '37000',
                'city': 'Tours',
                'country_id': cls.env.ref('base.fr').id,
                'company_id': False,
                'lang': 'en_US',
                'urssaf_civility': '2',
                'urssaf_birth_name': 'Exemple',
                'urssaf_usage_name': name.split()[-1],
                'urssaf_first_names': name.split()[0],
                'urssaf_birth_date': '1984-05-17',
                'urssaf_birth_commune_id': cls.env['insee.commune'].search([('code', '=', '37261')]).id,
                'urssaf_consent_date': '2026-01-05',
                'urssaf_consent_origin': "Signed form",
                **values,
            }
        )
        partner.urssaf_iban = 'FR7630006000011234567890189'
        partner.urssaf_bic = 'TESTFRPPXXX'
        partner.urssaf_bank_holder = f'Mme {name}'
        return partner

    @classmethod
    def activate(cls, partner, company=None, days_ago=70):
        """Registered and active, at the simulator and here."""
        company = company or cls.company
        activated_at = fields.Datetime.now().replace(microsecond=0) - timedelta(days=days_ago)
        ref = f'{partner.id:08d}-0000-4000-8000-{company.id:012d}'
        cls.control(
            'seed',
            {
                'customers': [
                    {
                        'ref': ref,
                        'birth_date': '1984-05-17',
                        'activated_at': f'{activated_at.isoformat()}Z',
                        'name': 'EXEMPLE',
                        'first_names': 'CAMILLE',
                        'mail': partner.email,
                        'mobile': '0639980001',
                    }
                ]
            },
        )
        return cls.env['urssaf.registration'].create(
            {
                'partner_id': partner.id,
                'company_id': company.id,
                'environment': 'simulator',
                'customer_ref': ref,
                'state': 'active',
                'activated_at': activated_at,
            }
        )

    @classmethod
    def make_invoice(cls, partner=None, lines=((3.0, 31.5),), company=None, post=True, **values):
        """A customer invoice with lines (hours, price per hour)."""
        return cls.make_invoices(1, partner, lines, company, post, **values)

    @classmethod
    def make_invoices(cls, count, partner=None, lines=((3.0, 31.5),), company=None, post=True, **values):
        """Several alike, made and confirmed in one go: much quicker than one after the other."""
        company = company or cls.company
        hour = cls.env.ref('uom.product_uom_hour')
        day = values.setdefault('invoice_date', cls.today)
        moves = cls.env['account.move'].with_company(company)
        invoices = moves.create(
            [
                {
                    'name': cls.make_number(day),
                    'move_type': 'out_invoice',
                    'partner_id': (partner or cls.household).id,
                    'company_id': company.id,
                    'urssaf_nature_id': cls.nature.id,
                    'urssaf_date_start': cls.today,
                    'urssaf_date_end': cls.today,
                    'invoice_line_ids': [
                        Command.create(
                            {
                                'name': "Cours de mathématiques",
                                'quantity': hours,
                                'price_unit': price,
                                'product_uom_id': hour.id,
                                'tax_ids': [Command.clear()],
                            }
                        )
                        for hours, price in lines
                    ],
                    **values,
                }
                for _number in range(count)
            ]
        )
        if post:
            invoices.action_post()
        return invoices

    @classmethod
    def pay_by_hand(cls, invoice, day=None, amount=None, journal=None):
        """Money that somebody registers in Odoo's own window: of what is open, or so much, on a day.

        :rtype: account.payment
        """
        values = {'payment_date': day, 'amount': amount, 'journal_id': journal and journal.id}
        window = (
            cls.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=invoice.ids)
            .create({name: value for name, value in values.items() if value})
        )
        return window._create_payments()

    @contextmanager
    def raises(self, exception, words=''):
        """Like ``assertRaises``, which would roll back, to a savepoint of its own, what was committed before the error."""
        raised = SimpleNamespace(exception=None)
        try:
            yield raised
        except exception as error:
            raised.exception = error
            self.assertIn(words, str(error))
        else:
            kinds = exception if isinstance(exception, tuple) else (exception,)
            self.fail(f"{' or '.join(kind.__name__ for kind in kinds)} not raised")

    def send_renumbered(self, invoice):
        """Give an invoice another number and send it once more; the new request."""
        with self.as_user() as env:
            mine = invoice.with_env(env)
            mine.button_draft()
            mine.name = f'{mine.name}9'
            mine.action_post()
        self.env.invalidate_all()
        return self.send(invoice).sorted('id')[-1:]

    def shown(self, amount):
        """An amount as users read it."""
        return self.company.currency_id.format(amount)

    # -- the two sides ----------------------------------------------------------------------------

    @contextmanager
    def as_user(self, user=None, company=None):
        """An environment of a user whose commits are savepoints."""
        user, company = user or self.invoicing_user, company or self.company
        with self.another_transaction() as cr:
            yield api.Environment(
                cr, user.id, {'allowed_company_ids': company.ids, 'lang': user.lang, 'tz': 'Europe/Paris'}
            )

    @contextmanager
    def another_transaction(self):
        """A cursor whose commits are savepoints.

        Odoo remembers the last number of a journal until the transaction ends, and holds others off meanwhile. Here others write
        inside the same one: what it remembers is not the last any more.
        """
        try:
            with ExitStack() as stack:
                if not type(self)._registry_patched:
                    stack.enter_context(self.enter_registry_test_mode())
                yield stack.enter_context(self.registry.cursor())
        finally:
            self.env.cr.precommit.data.pop('sequence.mixin', None)

    @contextmanager
    def as_system(self):
        """An environment of the system in English whose commits are savepoints; also inside the registry's test mode."""
        self.env.flush_all()
        with self.another_transaction() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {'allowed_company_ids': self.company.ids, 'lang': 'en_US'})
        self.env.invalidate_all()

    def try_connection(self):
        """What *Test the connection* says; empty when all is well."""
        with self.as_system() as env:
            return self.company.with_env(env)._urssaf_test_connection()

    @contextmanager
    def as_cron(self):
        """An environment as a cron has it: of the system, without a language."""
        with self.another_transaction() as cr:
            yield api.Environment(cr, self.env.ref('base.user_root').id, {})

    @classmethod
    def control(cls, route, body=None, method='POST'):
        """Play URSSAF's side, or the household's."""
        answer = requests.request(method, f'{cls.simulator.url}/_sim/{route}', json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, name, call='*', times=None, **more):
        self.control('faults', {'name': name, 'call': call, 'times': times, **more})

    def end_pauses(self):
        """The time during which URSSAF was left alone is over."""
        self.env['urssaf.connection'].search([('paused_until', '!=', False)]).paused_until = '2020-01-01'

    def calls(self, kind):
        return self.control('state', method='GET')['calls'][kind]

    def accepted(self, invoice):
        """How often URSSAF has taken a request with this invoice's number."""
        return self.control('state', method='GET')['accepted'].get(invoice.name, 0)

    def send(self, invoices, user=None, company=None):
        """Send through the models as a user; the requests, in the test's environment."""
        with self.as_user(user, company) as env:
            invoices.with_env(env)._urssaf_create_requests()._submit()
        self.env.invalidate_all()  # in a browser's test nothing does it for us
        return invoices.urssaf_request_id
