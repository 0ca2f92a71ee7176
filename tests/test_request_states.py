import re

from lxml import etree

from odoo.tests import tagged
from odoo.tools import file_open
from odoo.tools.safe_eval import safe_eval
from odoo.tools.translate import LazyGettext

from ..models.request import urssaf_payment_request_states as table
from ..models.request.urssaf_payment_request_states import STAGES, STATES
from ..urssaf import statuses
from .common import AvanceImmediateCommon

NAME = r'([a-z][a-z_]+)(?:\((\d+)\))?'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRequestStates(AvanceImmediateCommon):
    """The table of states holds together, and everything else says what it says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.diagram = re.search(
            r'^    scheduled, queued ─▶.*?(?=\n\n\S)', table.__doc__, re.DOTALL | re.MULTILINE
        ).group()

    def test_names_and_labels_are_unique(self):
        labels = [state.label for state in STATES.values()]
        self.assertEqual(len(labels), len(set(labels)))
        self.assertEqual(list(STATES), [name for name, _label in self.Request._fields['state'].selection])
        self.assertEqual(len(STATES), 18)

    def test_every_state_has_all_it_needs(self):
        for name, state in STATES.items():
            with self.subTest(name):
                self.assertIn(state.stage, dict(STAGES))
                self.assertIn(state.color, ('muted', 'info', 'success', 'warning', 'danger', ''))
                self.assertIn(state.alert_level, ('', 'info', 'warning', 'danger'))
                self.assertTrue(state.after or name == 'scheduled')
                self.assertLessEqual(set(state.after), set(STATES))
                self.assertLessEqual({'event', 'guidance'}, set(state.words))
                for sentence in state.words.values():
                    self.assertIsInstance(sentence, LazyGettext)
                # A person hears of what is to be corrected, or collected.
                told = state.stage == 'to_fix' or bool({'collectable', 'uncollected'} & state.flags)
                self.assertEqual('activity' in state.words, told)

    def test_every_state_says_what_it_says(self):
        request = self.send(self.make_invoice())
        for name in STATES:
            with self.subTest(name):
                request.state = name
                self.assertTrue(request.guidance)
                self.assertEqual(request._guidance(), request.guidance)
                self.assertTrue(request.event_ids.new({'request_id': request.id, 'state': name})._describe())
                alert = request._alert()
                self.assertNotIn('%(', str(alert))
                self.assertNotIn('%(', request._words('activity', customer='C', invoice='I'))

    def test_lists_of_states(self):
        """What the rest of the addon asks for, as it always was."""
        for name, expected in {
            'LIVE_STATES': 'scheduled queued sending unknown integrated awaiting validated debited',
            'FREE_STATES': 'rejected not_sent withdrawn',
            'TO_FIX_STATES': 'not_sent rejected refused debit_failed',
            'PAID_STATES': 'paid recovered',
            'CANCELLED_STATES': 'cancelled cancelled_unpaid cancelled_recovered',
            'ENDED_STATES': 'refused cancelled cancelled_unpaid cancelled_recovered',
            'IN_DOUBT_STATES': 'sending unknown',
            'UNTOLD_STATES': 'queued sending',
            'WITHDRAWABLE_STATES': 'scheduled queued',
            'TIMED_STATES': 'scheduled not_sent',
            'PATH_STATES': 'queued integrated awaiting validated debited paid',
            'ON_INVOICE_STATES': 'rejected not_sent refused debit_failed cancelled cancelled_unpaid',
            'REFRESHABLE_STATES': 'sending unknown integrated awaiting validated debited paid refused debit_failed '
            'recovered cancelled cancelled_unpaid cancelled_recovered',
        }.items():
            self.assertEqual(set(getattr(table, name)), set(expected.split()), name)
            self.assertEqual(len(getattr(table, name)), len(expected.split()), name)

    def test_diagram_and_table_agree(self):
        drawn = re.sub(r'\((?!\d+\)).*?\)|proved absent|found', '', self.diagram)
        codes = dict(re.findall(NAME, drawn))
        self.assertEqual(set(codes), set(STATES))
        for name, code in codes.items():
            if code:
                self.assertEqual(statuses.request_status(code).state, name)
        # What stands behind one another on a line, with an arrow between.
        steps = re.findall(rf'{NAME} ─▶ (?={NAME})', drawn)
        self.assertGreater(len(steps), 8)
        for before, _code, after, _other in steps:
            self.assertIn(before, STATES[after].after, (before, after))

    def test_diagram_of_the_design_is_this_one(self):
        with file_open('l10n_fr_avance_immediate/doc/design.md') as design:
            self.assertIn(self.diagram, design.read())

    def test_what_urssaf_may_say_is_known_from_one_status_to_the_next(self):
        """CONTRACT §9: the normal path, the contest, the bounce, the cancellations; with statuses that nobody saw."""
        for path in (
            '10 20 30 50 70',
            '20 40',
            '50 60 111',
            '50 60 120 112',
            '70 60 70',
            '70 120',
            '10 110',
            '70 110',
            '10 70',
        ):
            codes = path.split()
            for before, after in zip(codes, codes[1:], strict=False):
                before, after = (statuses.request_status(code).state for code in (before, after))
                self.assertIn(before, STATES[after].after)

    def test_an_unknown_step_is_logged_and_taken(self):
        request = self.send(self.make_invoice())
        with self.assertLogs('odoo.addons.l10n_fr_avance_immediate', 'WARNING') as logs:
            request._set_state('withdrawn')
        self.assertIn("from integrated to withdrawn", logs.output[0])
        self.assertEqual(request.state, 'withdrawn')
        with self.assertNoLogs('odoo.addons.l10n_fr_avance_immediate', 'WARNING'):
            request._set_state('withdrawn')

    def test_stage_of_request_and_invoice(self):
        invoice = self.make_invoice()
        request = self.send(invoice)
        for name, state in STATES.items():
            request.write({'state': name, 'submit_at': False})
            self.assertEqual((request.stage, invoice.urssaf_stage), (state.stage, state.stage), name)
            self.assertEqual(request.is_live, name in table.LIVE_STATES)
            self.assertEqual(request in self.Request.search([('is_live', '=', True)]), request.is_live)
            self.assertEqual((request.state_color, invoice.urssaf_state_color), (state.color, state.color))
        request.write({'state': 'not_sent', 'submit_at': '2030-01-01'})
        self.assertEqual((request.stage, invoice.urssaf_stage, request.is_live), ('to_send', 'to_send', True))
        self.assertFalse(self.make_invoice().urssaf_stage)

    def test_filters_find_what_they_always_found(self):
        request = self.send(self.make_invoice())
        filters = {
            'waiting': table.LIVE_STATES,
            'to_fix': (*table.TO_FIX_STATES, *table.UNCOLLECTED_STATES),  # the invoice is open
            'paid': table.PAID_STATES,
            'closed': (*table.CANCELLED_STATES, 'withdrawn'),
        }
        for submit_at in (False, '2030-01-01'):
            for name in STATES:
                request.write({'state': name, 'submit_at': submit_at})
                self.env.flush_all()
                found = {
                    key for key in filters if request in self.Request.search(self.filter_domain(self.Request, key))
                }
                self.assertEqual(found, {key for key, states in filters.items() if name in states}, (name, submit_at))
                found = {
                    key
                    for key in ('waiting', 'to_fix', 'paid')
                    if request.move_id
                    in self.env['account.move'].search(self.filter_domain(request.move_id, f'urssaf_{key}'))
                }
                self.assertEqual(
                    found, {key for key, states in filters.items() if name in states} - {'closed'}, (name, submit_at)
                )

    @property
    def Request(self):
        return self.env['urssaf.payment.request']

    def filter_domain(self, model, name):
        """The domain of a filter of a model's search view."""
        view = 'account.view_account_invoice_filter' if model._name == 'account.move' else False
        arch = model.get_view(view and self.env.ref(view).id, 'search')['arch']
        return safe_eval(etree.fromstring(arch).xpath(f"//filter[@name='{name}']")[0].get('domain'))
