from collections import Counter
from dataclasses import replace
from datetime import timedelta

from psycopg2 import DataError

from odoo import fields
from odoo.fields import Domain
from odoo.tests import tagged

from ..urssaf import errors
from ..urssaf.answers import ItemOutcome
from ..urssaf.client import UrssafClient
from ..urssaf.errors import Refused, RemoteError, Throttled, Unavailable
from .common import AvanceImmediateCommon

LOGGER = 'odoo.addons.l10n_fr_avance_immediate'
# What no database keeps.
UNFIT = "Only 2 h\x00 of \ud83d work"
SEARCH = UrssafClient.search_requests
WHATEVER = (DataError, UnicodeError, OverflowError, RecursionError, KeyError, ZeroDivisionError)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestBulkheads(AvanceImmediateCommon):
    """Whatever an answer holds, and whatever is raised: what spoils it stands alone, and the others are served."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.make_provider("Autre Prestataire")
        cls.second_user = cls.make_user('autre', 'account.group_account_invoice', company=cls.second)

    def requests(self, count, company=None):
        company = company or self.company
        invoices = self.make_invoices(count, company=company)
        user = self.invoicing_user if company == self.company else self.second_user
        return self.send(invoices, user, company)

    def run_crons(self):
        self.env.invalidate_all()
        with self.as_cron() as env:
            env['urssaf.payment.request']._cron_submit()
            env['urssaf.payment.request']._cron_sync()
        self.env.invalidate_all()

    def agree(self, requests):
        """The households agree at URSSAF; what it says now is due."""
        for request in requests:
            self.control(f'requests/{request.request_ref}/accept', {})
        requests.next_poll_at = '2020-01-01'

    def spoil_searches(self, *spoilt, failure=None):
        """URSSAF's answer is of no use when it is about one of these; how many were asked about in each call."""
        refs, sizes = set(spoilt and [request.request_ref for request in spoilt]), []

        def search(client, **criteria):
            sizes.append(len(criteria['refs']))
            if not spoilt or refs & set(criteria['refs']):
                raise failure or Unavailable('unreadable')
            return SEARCH(client, **criteria)

        self.patch(UrssafClient, 'search_requests', search)
        return sizes

    # -- asking -----------------------------------------------------------------------------------

    def test_the_one_that_spoils_a_search_stands_alone(self):
        for failure in (Unavailable('unreadable'), Refused()):
            with self.subTest(failure=failure):
                requests = self.requests(8)
                self.agree(requests)
                spoilt = requests[3]
                sizes = self.spoil_searches(spoilt, failure=failure)
                self.run_crons()
                self.assertEqual(set((requests - spoilt).mapped('state')), {'validated'})
                self.assertLess(len(sizes), 8, "halved")
                self.assertEqual((spoilt.state, spoilt.needs_attention), ('integrated', True))
                self.assertIn("cannot be used", spoilt.error_text)
                self.assertEqual(len(spoilt.move_id.activity_ids), 1)
                self.assertGreater(spoilt.next_poll_at, fields.Datetime.now())
                self.assertFalse(
                    self.env['urssaf.connection']._find_for(self.company, 'simulator').failure_count,
                    "URSSAF can be reached",
                )
                first = spoilt.next_poll_at
                spoilt.next_poll_at = '2020-01-01'
                self.run_crons()
                self.assertGreater(spoilt.next_poll_at, first + timedelta(minutes=30), "asked less often")
                self.assertEqual(len(spoilt.move_id.activity_ids), 1, "told once")
                self.patch(UrssafClient, 'search_requests', SEARCH)
                spoilt.next_poll_at = '2020-01-01'
                self.run_crons()
                self.assertEqual((spoilt.state, spoilt.needs_attention, spoilt.error_text), ('validated', False, False))
                self.assertFalse(spoilt.move_id.activity_ids, "the word is taken back")

    def test_whatever_a_search_raises(self):
        requests = self.requests(3)
        self.agree(requests)
        self.spoil_searches(requests[1], failure=RecursionError())
        with self.assertLogs(LOGGER, 'ERROR'):
            self.run_crons()
        self.assertEqual(requests.mapped('state'), ['validated', 'integrated', 'validated'])
        self.assertTrue(requests[1].needs_attention)

    def test_neighbours_that_are_spoilt_keep_nobody_waiting_for_ever(self):
        requests = self.requests(10)
        self.agree(requests)
        spoilt = requests[:4]
        self.spoil_searches(*spoilt)
        for _run in range(4):
            (requests - spoilt).filtered(lambda request: request.state != 'validated').next_poll_at = '2020-01-01'
            self.end_pauses()
            self.run_crons()
        self.assertEqual(set((requests - spoilt).mapped('state')), {'validated'})

    def test_when_nothing_can_be_read_it_is_urssafs_state(self):
        requests = self.requests(20)
        self.agree(requests)
        sizes = self.spoil_searches()
        self.run_crons()
        self.assertLess(len(sizes), 10, "a few calls are enough to know")
        self.assertFalse(any(requests.mapped('needs_attention')))
        self.assertEqual(self.env['urssaf.connection']._find_for(self.company, 'simulator').failure_count, 1)

    def test_a_household_whose_status_cannot_be_read(self):
        registrations = self.env['urssaf.registration']
        for letter in 'abc':
            partner = self.make_household(f"Foyer{letter} Fictif")
            registration = self.activate(partner)
            registration.write({'state': 'pending', 'next_poll_at': '2020-01-01', 'registered_at': self.today})
            registrations |= registration
        spoilt, original = registrations[0], UrssafClient.customer_status

        def status(client, customer_ref=None, **criteria):
            if customer_ref == spoilt.customer_ref:
                raise Unavailable('unreadable')
            return original(client, customer_ref, **criteria)

        self.patch(UrssafClient, 'customer_status', status)
        self.run_crons()
        self.assertEqual(set((registrations - spoilt).mapped('state')), {'active'})
        self.assertFalse(spoilt.needs_attention, "once may be chance")
        spoilt.next_poll_at = (registrations - spoilt).next_poll_at = '2020-01-01'
        self.run_crons()
        self.assertEqual((spoilt.state, spoilt.needs_attention), ('pending', True))
        self.assertIn("cannot be used", spoilt.error_text)
        self.assertTrue(spoilt.activity_id)
        self.patch(UrssafClient, 'customer_status', original)
        spoilt.next_poll_at = '2020-01-01'
        self.run_crons()
        self.assertEqual((spoilt.state, spoilt.needs_attention, bool(spoilt.activity_id)), ('active', False, False))

    # -- writing ----------------------------------------------------------------------------------

    def test_a_status_that_cannot_be_written_loses_its_words_only(self):
        requests = self.requests(4)
        self.agree(requests)
        odd = requests[1]

        def search(client, **criteria):
            found = SEARCH(client, **criteria)
            items = [
                replace(item, reject_comment=UNFIT) if item.request_ref == odd.request_ref else item
                for item in found.items
            ]
            return replace(found, items=tuple(items))

        self.patch(UrssafClient, 'search_requests', search)
        with self.assertLogs('odoo', 'WARNING'):
            self.run_crons()
        self.assertEqual(set(requests.mapped('state')), {'validated'})
        self.assertIn("Only 2 h", odd.reject_comment)
        self.assertFalse(odd.needs_attention)

    def test_a_status_that_cannot_be_written_at_all(self):
        requests = self.requests(4)
        self.agree(requests)
        odd, Request = requests[1], self.registry['urssaf.payment.request']
        original = Request._apply_statuses
        for raised in WHATEVER:
            with self.subTest(raised=raised):

                def fail(requests, answers, raised=raised):
                    if odd.id in [request.id for request, _item in answers]:
                        raise raised("no")
                    return original(requests, answers)

                self.patch(Request, '_apply_statuses', fail)
                requests.write({'state': 'integrated', 'next_poll_at': '2020-01-01', 'spoilt_count': 0})
                with self.assertLogs(LOGGER, 'WARNING'):
                    self.run_crons()
                self.assertEqual(set((requests - odd).mapped('state')), {'validated'})
                self.assertEqual((odd.state, odd.needs_attention), ('integrated', True))
                self.assertGreater(odd.next_poll_at, fields.Datetime.now())
                self.assertEqual(len(odd.move_id.activity_ids), 1)

    def test_a_refusal_that_cannot_be_written_is_a_refusal_and_never_posted_again(self):
        invoices = self.make_invoices(3)
        posted, original = Counter(), UrssafClient.submit_requests
        bad = invoices[1].name

        def submit(client, payloads):
            posted.update(payload.number for payload in payloads)
            outcomes = original(client, [payload for payload in payloads if payload.number != bad])
            refusal = RemoteError('ERR_INVENTED', UNFIT, UNFIT)
            return {**outcomes, bad: ItemOutcome(bad, 'refused', errors=(refusal,))}

        self.patch(UrssafClient, 'submit_requests', submit)
        with self.assertLogs('odoo', 'WARNING'):
            requests = self.send(invoices)
        for _run in range(3):
            requests.claimed_at = '2020-01-01'
            self.run_crons()
        refused = invoices[1].urssaf_request_id
        self.assertEqual(invoices.mapped('urssaf_state'), ['integrated', 'rejected', 'integrated'])
        self.assertEqual(posted, Counter(invoices.mapped('name')), "once each")
        self.assertIn("ERR_INVENTED", refused.error_text)
        self.assertIn("Only 2 h", refused.error_text, "its words, as far as they can be kept")
        self.assertTrue(self.env['urssaf.exchange'].search([('request_ids', 'in', refused.ids)]))

    def test_a_refusal_of_which_no_word_can_be_kept_is_a_refusal_all_the_same(self):
        invoices = self.make_invoices(2)
        posted, original = Counter(), UrssafClient.submit_requests
        bad = invoices[1].name

        def submit(client, payloads):
            posted.update(payload.number for payload in payloads)
            outcomes = original(client, [payload for payload in payloads if payload.number != bad])
            return {**outcomes, bad: ItemOutcome(bad, 'refused', errors=(RemoteError('ERR_INVENTED'),))}

        def refuse(request, errors, alone=True):
            raise DataError("no")

        self.patch(UrssafClient, 'submit_requests', submit)
        self.patch(self.registry['urssaf.payment.request'], '_apply_refusal', refuse)
        with self.assertLogs(LOGGER, 'WARNING'):
            requests = self.send(invoices)
        for _run in range(3):
            requests.claimed_at = '2020-01-01'
            self.run_crons()
        self.assertEqual(invoices.mapped('urssaf_state'), ['integrated', 'rejected'])
        self.assertEqual(posted, Counter(invoices.mapped('name')), "once each")
        self.assertIn("Its reason could not be kept", invoices[1].urssaf_request_id.error_text)

    def test_the_reason_of_a_refused_registration_is_kept(self):
        partner = self.make_household("Nouvelle Venue")

        def register(client, customer):
            raise Refused((RemoteError('ERR_INVENTED', UNFIT, UNFIT),))

        self.patch(UrssafClient, 'register_customer', register)
        with (
            self.as_user(self.clerk) as env,
            self.assertLogs('odoo', 'WARNING'),
            self.raises(Exception, "ERR_INVENTED"),
        ):
            partner.with_env(env).action_urssaf_register()
        registration = partner.with_company(self.company).urssaf_registration_id
        self.assertEqual(registration.state, 'rejected')
        self.assertIn("Only 2 h", registration.error_text)

    # -- crons ------------------------------------------------------------------------------------

    def test_no_step_of_a_cron_stops_another(self):
        Request, Registration = self.registry['urssaf.payment.request'], self.registry['urssaf.registration']
        steps = [
            (Request, '_submit_due'),
            (Registration, '_register_queued'),
            (Request, '_sync_due'),
            (Registration, '_sync_due'),
            (Request, '_watch_due'),
            (Request, '_notify_due'),
            (Registration, '_remind_due'),
            (Request, '_collect_due'),
            (Request, '_book_due'),
        ]
        run = []
        for model, name in steps:

            def step(model, limit=None, what=(model, name)):
                run.append(what)
                raise WHATEVER[len(run) % len(WHATEVER)]("no")

            self.patch(model, name, step)
        with self.assertLogs(LOGGER, 'ERROR'):
            self.run_crons()
        self.assertEqual(run, steps)
        with self.as_cron() as env:
            self.assertEqual(len(env['urssaf.payment.request']._sync_steps()) + 2, len(steps), "none is left out")

    def test_no_company_stops_another(self):
        ours, theirs = self.requests(2), self.requests(2, self.second)
        self.agree(ours | theirs)
        Request, original = self.registry['urssaf.payment.request'], self.registry['urssaf.payment.request']._sync_apart

        def sync(requests, ask, size):
            if requests.company_id == self.company:
                raise KeyError("no")
            return original(requests, ask, size)

        self.patch(Request, '_sync_apart', sync)
        with self.assertLogs(LOGGER, 'ERROR'):
            self.run_crons()
        self.assertEqual(set(theirs.mapped('state')), {'validated'})

    def test_a_request_that_breaks_before_it_is_claimed_is_set_aside(self):
        invoices = self.make_invoices(2)
        with self.as_user() as env:
            invoices.with_env(env)._urssaf_create_requests()
            env['urssaf.document']._commit()
        self.env.invalidate_all()
        broken, Request = invoices[0].urssaf_request_id, self.registry['urssaf.payment.request']
        original = Request._start_sending

        def start(requests, claim):
            if broken.id in requests.ids:
                raise OverflowError
            return original(requests, claim)

        self.patch(Request, '_start_sending', start)
        with self.assertLogs(LOGGER, 'ERROR'):
            self.run_crons()
        self.assertEqual(invoices.mapped('urssaf_state'), ['not_sent', 'integrated'])
        self.assertTrue(broken.error_text)

    def test_each_company_has_its_share_of_a_run(self):
        ours, theirs = self.requests(4), self.requests(2, self.second)
        (ours | theirs).next_poll_at = '2020-01-01'
        domain = Domain('id', 'in', (ours | theirs).ids)
        due = self.env['urssaf.payment.request']._due_fairly(domain, 'id', 3)
        self.assertEqual((len(due), due.company_id), (3, self.company | self.second))
        due = self.env['urssaf.payment.request']._due_fairly(domain, 'id', 100)
        self.assertEqual(set(due), set(ours | theirs))

    def test_what_one_company_has_in_plenty_to_send_makes_no_other_wait(self):
        ours = self.make_invoices(6)
        theirs = self.make_invoice(company=self.second)
        for invoices, user, company in (
            (ours, self.invoicing_user, self.company),
            (theirs, self.second_user, self.second),
        ):
            with self.as_user(user, company) as env:
                invoices.with_env(env)._urssaf_create_requests()
        self.env.invalidate_all()
        with self.as_cron() as env:
            env['urssaf.payment.request']._submit_due(limit=4)
        self.env.invalidate_all()
        self.assertEqual(theirs.urssaf_state, 'integrated')
        self.assertEqual(ours.mapped('urssaf_state'), ['integrated'] * 3 + ['queued'] * 3, "the oldest first")

    # -- how long to wait -------------------------------------------------------------------------

    def test_a_day_at_most(self):
        for asked, counts in (
            (None, None),
            (-5, 0),
            (60, 60),
            (10**12, 86400),
            (float('inf'), 86400),
            (10**400, 86400),
        ):
            self.assertEqual(Throttled(asked).retry_after, counts)
        self.assertEqual(errors.OutcomeUnknown('maintenance', 503, float('nan')).retry_after, 86400)
        self.fault('throttled', 'M050', times=1, retry_after=10**9)
        request = self.send(self.make_invoice())
        limit = fields.Datetime.now() + timedelta(hours=24, minutes=1)
        self.assertLess(request.submit_at, limit)
        self.assertLess(self.env['urssaf.connection']._find_for(self.company, 'simulator').paused_until, limit)

    def test_a_pause_of_years_is_none(self):
        """A server clock once stood in 2036."""
        self.env['urssaf.connection'].create(
            {
                'company_id': self.company.id,
                'environment': 'simulator',
                'paused_until': '2036-01-01',
                'is_asked': True,
                'failure_count': 1,
            }
        )
        request = self.send(self.make_invoice())
        self.assertEqual(request.state, 'integrated')
