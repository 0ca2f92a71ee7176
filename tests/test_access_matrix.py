from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MODULE, AvanceImmediateCommon

OPERATIONS = {'r': 'read', 'w': 'write', 'c': 'create', 'u': 'unlink'}

# The actors, each on a record of the first company, of which the stranger is no user:
#   portal     the household itself, on its portal account       employee  any internal user, without accounting
#   invoicing  account.group_account_invoice                     reader    account.group_account_readonly
#   stranger   an invoicing user of another company
ACTORS = ('portal', 'employee', 'invoicing', 'reader', 'stranger')
NOBODY = ()
ACCOUNTING = ('invoicing', 'reader')
# What stands on a contact that both companies share.
ACCOUNTING_ANYWHERE = ('invoicing', 'reader', 'stranger')
INTERNAL = ('employee', 'invoicing', 'reader', 'stranger')
OF_THE_COMPANY = ('employee', 'invoicing', 'reader')
WITH_THE_HOUSEHOLD = ('portal', 'invoicing', 'reader')

# Models of ours: who may do what with a record of the first company (r, w, c, u).
MODELS = {
    'urssaf.payment.request': dict.fromkeys(ACCOUNTING, 'r'),
    'urssaf.payment.request.event': dict.fromkeys(ACCOUNTING, 'r'),
    'urssaf.registration': dict.fromkeys(ACCOUNTING, 'r'),
    'urssaf.registration.attempt': dict.fromkeys(ACCOUNTING, 'r'),
    'urssaf.exchange': {},
    'urssaf.exchange.export': {},
    'urssaf.connection': {},
    'urssaf.token': {},
    'urssaf.invitation': {},
    'urssaf.error': dict.fromkeys(ACCOUNTING_ANYWHERE, 'r'),
    'urssaf.number': dict.fromkeys(ACCOUNTING, 'r'),
    'urssaf.nature': dict.fromkeys(INTERNAL, 'r'),
    'urssaf.ceiling': dict.fromkeys(INTERNAL, 'r'),
    'urssaf.guarantee.tier': dict.fromkeys(INTERNAL, 'r'),
    'insee.commune': dict.fromkeys(INTERNAL, 'r'),
    # The window is its user's alone.
    'urssaf.activation.help': {'invoicing': 'rwcu'},
    'urssaf.cancellation': {'invoicing': 'rwcu'},
    'urssaf.compare': {},
    'urssaf.compare.line': {},
    'urssaf.customer.number': {'invoicing': 'rwcu'},
    'urssaf.invite.wizard': {'invoicing': 'rwcu'},
    'urssaf.register.wizard': {'invoicing': 'rwcu'},
    'urssaf.register.wizard.line': {'invoicing': 'rwcu'},
    'urssaf.send.wizard': {'invoicing': 'rwcu'},
    'urssaf.send.wizard.line': {'invoicing': 'rwcu'},
    'urssaf.take.back': {'invoicing': 'rwcu'},
    'urssaf.transfer': dict.fromkeys(ACCOUNTING, 'r'),
    # For who may write bank lines.
    'urssaf.transfer.match': {},
    # Without a table.
    'urssaf.contract': {},
    'urssaf.document': {},
    'urssaf.finding': {},
    'urssaf.household.page': {},
    'urssaf.watchdog': {},
    'urssaf.yearly': {},
}

# How far a customer's registration is: nothing personal, and badges need it.
HOW_FAR = (
    'urssaf_company_hint',
    'urssaf_environment_notice',
    'urssaf_is_possible',
    'urssaf_registration_id',
    'urssaf_registration_state',
    'urssaf_registration_stage',
    'urssaf_registration_color',
    'urssaf_is_registrable',
    'urssaf_is_at_urssaf',
)

# Every field of ours: who reads it. A model's first entry holds for all its fields, new ones included, but those named.
FIELDS = {
    'urssaf.payment.request': (
        ACCOUNTING,
        dict.fromkeys(
            ('payload', 'claim', 'confirmed_customer_ref', 'confirmed_total', 'client_key', 'sap_number'), NOBODY
        ),
    ),
    'urssaf.payment.request.event': (ACCOUNTING, {}),
    'urssaf.registration': (ACCOUNTING, dict.fromkeys(('claim', 'client_key', 'sap_number'), NOBODY)),
    'urssaf.registration.attempt': (ACCOUNTING, dict.fromkeys(('fingerprint', 'claim', 'sent_values'), NOBODY)),
    'urssaf.exchange': (NOBODY, {}),
    'urssaf.exchange.export': (NOBODY, {}),
    'urssaf.connection': (NOBODY, {}),
    'urssaf.token': (NOBODY, {}),
    'urssaf.invitation': (NOBODY, {}),
    'urssaf.error': (ACCOUNTING_ANYWHERE, {}),
    'urssaf.number': (ACCOUNTING, {}),
    'urssaf.nature': (INTERNAL, {}),
    'urssaf.ceiling': (INTERNAL, {}),
    'urssaf.guarantee.tier': (INTERNAL, {}),
    'insee.commune': (INTERNAL, {}),
    'urssaf.activation.help': (('invoicing',), {}),
    'urssaf.cancellation': (('invoicing',), {}),
    'urssaf.compare': (NOBODY, {}),
    'urssaf.compare.line': (NOBODY, {}),
    'urssaf.customer.number': (('invoicing',), {}),
    'urssaf.invite.wizard': (('invoicing',), {}),
    'urssaf.register.wizard': (('invoicing',), {}),
    'urssaf.register.wizard.line': (('invoicing',), {'fingerprint': NOBODY}),
    'urssaf.send.wizard': (('invoicing',), {}),
    'urssaf.send.wizard.line': (('invoicing',), {}),
    'urssaf.take.back': (('invoicing',), {}),
    'urssaf.transfer': (ACCOUNTING, {}),
    'urssaf.transfer.match': (NOBODY, {}),
    'account.payment': (ACCOUNTING, {}),
    # Odoo shows ways to pay to every internal user.
    'account.payment.method.line': (INTERNAL, {}),
    'res.partner': (
        ACCOUNTING_ANYWHERE,
        dict.fromkeys(
            HOW_FAR,
            ACTORS,
        ),
    ),
    # Through _inherits: the same as on the contact, for the users one may read.
    'res.users': (
        ACCOUNTING,
        dict.fromkeys(
            HOW_FAR,
            ('portal', *OF_THE_COMPANY),
        ),
    ),
    'res.company': (
        ('portal', *OF_THE_COMPANY),
        {
            'urssaf_client_id': NOBODY,
            'urssaf_client_secret': NOBODY,
            'urssaf_watch_activity_id': NOBODY,
            'urssaf_contract_activity_id': NOBODY,
            'urssaf_left_activity_id': NOBODY,
            'urssaf_told': NOBODY,
            'urssaf_guarantee_amount': OF_THE_COMPANY,
            'urssaf_guarantee_until': OF_THE_COMPANY,
            'urssaf_vigilance_until': OF_THE_COMPANY,
            'urssaf_tax_proof_until': OF_THE_COMPANY,
            'urssaf_sap_until': OF_THE_COMPANY,
            'urssaf_responsible_id': OF_THE_COMPANY,
            'urssaf_journal_id': OF_THE_COMPANY,
            'urssaf_partner_id': OF_THE_COMPANY,
            'urssaf_test_at': OF_THE_COMPANY,
            'urssaf_test_failure': OF_THE_COMPANY,
        },
    ),
    # Odoo shows bank accounts to every internal user; ours adds who entered one.
    'res.partner.bank': (INTERNAL, {}),
    'account.setup.bank.manual.config': (NOBODY, {}),
    'res.country': (ACTORS, {}),
    'account.move': (WITH_THE_HOUSEHOLD, {'urssaf_request_ids': ACCOUNTING}),
    'account.move.line': (WITH_THE_HOUSEHOLD, {}),
    'account.bank.statement.line': (ACCOUNTING, {}),
    # Odoo's own window has no owner; it holds dates, type of service and deposit, and its texts are empty for strangers.
    'account.move.send.wizard': (('invoicing', 'stranger'), {}),
    # The same; it says nothing of an invoice its reader may not see.
    'payment.link.wizard': (('invoicing', 'stranger'), {}),
    'account.payment.register': (('invoicing', 'stranger'), {}),
    # The same.
    'account.move.reversal': (('invoicing', 'stranger'), {}),
    'product.template': (INTERNAL, {}),
    'product.product': (INTERNAL, {}),
    'res.config.settings': (NOBODY, {}),
}

# From where a forbidden field could be asked about by its value: (model, path to the records).
PATHS = {
    'res.partner': [
        ('res.partner', 'commercial_partner_id'),
        ('res.users', 'partner_id'),
        ('account.move', 'partner_id'),
        ('account.move.line', 'partner_id'),
        ('res.partner.bank', 'partner_id'),
        ('mail.message', 'author_id'),
        ('mail.followers', 'partner_id'),
        ('res.company', 'partner_id'),
    ],
    'res.company': [('res.users', 'company_id'), ('account.move', 'company_id'), ('res.partner', 'company_id')],
    'urssaf.payment.request': [('account.move', 'urssaf_request_id'), ('account.move', 'urssaf_request_ids')],
    'urssaf.registration': [('res.partner', 'urssaf_registration_ids')],
}
# That there is a request tells `urssaf_state`, which the household reads on its own invoice.
HARMLESS = {('portal', 'account.move', 'urssaf_request_ids', 'search')}


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestAccessMatrix(AvanceImmediateCommon):
    """Who may read, write and ask about what: every model and every field of this module, as data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.setup_other_company(name="Voisin")['company'].with_env(cls.env)
        portal = (
            cls.env['res.users']
            .with_context(no_reset_password=True)
            .create(
                {
                    'name': "Camille",
                    'login': 'camille_matrice',
                    'partner_id': cls.household.id,
                    'company_id': cls.company.id,
                    'company_ids': [Command.set(cls.company.ids)],
                    'group_ids': [Command.set(cls.env.ref('base.group_portal').ids)],
                }
            )
        )
        cls.actors = {
            'portal': portal,
            'employee': cls.make_user('ouvrier'),
            'invoicing': cls.invoicing_user,
            'reader': cls.reader,
            'stranger': cls.make_user('voisin', 'account.group_account_invoice', company=cls.second),
        }
        # Asked for thousands of times, each with nothing known: whether it is refused, not in which words, for which Odoo
        # reads the rules, the records and their companies.
        cls.companies_of = {actor: user.company_ids.ids for actor, user in cls.actors.items()}
        for model in ('ir.rule', 'ir.model.access'):
            cls.classPatch(cls.env.registry[model], '_make_access_error', lambda *_asked: AccessError("refused"))

    def setUp(self):
        super().setUp()
        self.invoice = self.make_invoice()
        self.request = self.send(self.invoice)
        self.invoice.message_subscribe(self.household.ids)

    # -- what there is ----------------------------------------------------------------------------

    def our_models(self):
        return {name for name in self.env.registry if name.startswith(('urssaf.', 'insee.'))}

    def our_fields(self):
        """Names of fields by model, as Odoo itself lists them, and those that other models inherit from them."""
        found, ours = {}, self.our_models()
        for field in self.env['ir.model.fields'].search([]):
            model = self.env[field.model]
            own = field.model in ours
            added = MODULE in (field.modules or '').split(', ') and field.name not in ('id', 'display_name')
            if (own or added) and not model._abstract:
                found.setdefault(field.model, set()).add(field.name)
        return found

    def samples(self):
        """A record of the first company for each model."""
        with self.as_user() as env:
            window = env['urssaf.send.wizard'].browse(self.make_invoice().with_env(env).action_urssaf_send()['res_id'])
            lines = window.line_ids
            send = env['account.move.send.wizard'].create({'move_id': self.make_invoice().id})
            registration = self.household.with_company(self.company).urssaf_registration_id
            mail = env['urssaf.activation.help'].create({'registration_id': registration.id})
            many = env['urssaf.register.wizard'].browse(
                self.household.with_env(env).action_urssaf_register_many()['res_id']
            )
            rows = many.line_ids
            invite = env['urssaf.invite.wizard'].browse(
                self.household.with_env(env).action_urssaf_invite_many()['res_id']
            )
            number = env['urssaf.customer.number'].create({'registration_id': registration.id})
            back = env['urssaf.take.back'].create({'request_id': self.request.id, 'amount': 1.0})
            cancellation = env['urssaf.cancellation'].create({'request_id': self.request.id})
            reversal = (
                env['account.move.reversal']
                .with_context(active_model='account.move', active_ids=self.invoice.ids)
                .create({'journal_id': self.invoice.journal_id.id})
            )
        template = self.env['product.template'].create({'name': "Ménage"})
        found = [
            self.invoice,
            self.invoice.invoice_line_ids,
            self.request,
            self.request.event_ids[:1],
            self.household,
            self.company,
            self.actors['portal'],
            template,
            template.product_variant_ids,
            self.household.country_id,
            window.with_env(self.env),
            lines.with_env(self.env),
            send.with_env(self.env),
            self.nature,
            self.env['urssaf.ceiling'].search([], limit=1),
            self.env['urssaf.guarantee.tier'].search([], limit=1),
            mail.with_env(self.env),
            number.with_env(self.env),
            back.with_env(self.env),
            cancellation.with_env(self.env),
            reversal.with_env(self.env),
            transfer := self.env['urssaf.transfer'].create({'company_id': self.company.id, 'value_date': '2026-01-01'}),
            self.env['urssaf.transfer.match'].create({'transfer_id': transfer.id}),
            self.env['account.payment'].create(
                {'amount': 1.0, 'payment_type': 'inbound', 'partner_id': self.household.id}
            ),
            self.company_data['default_journal_bank'].inbound_payment_method_line_ids[:1],
            many.with_env(self.env),
            rows.with_env(self.env),
            invite.with_env(self.env),
            self.household.urssaf_registration_ids,
            self.household.urssaf_birth_commune_id,
            self.env['urssaf.exchange'].search([('company_id', '=', self.company.id)], limit=1),
            self.env['urssaf.token'].search([('company_id', '=', self.company.id)], limit=1)
            or self.env['urssaf.token'].create(
                {'company_id': self.company.id, 'environment': 'simulator', 'client_key': 'a', 'value': 'b'}
            ),
            self.env['urssaf.invitation'].create(
                {
                    'partner_id': self.household.id,
                    'company_id': self.company.id,
                    'token_hash': 'c',
                    'expires_at': '2030-01-01',
                }
            ),
            self.env['urssaf.exchange.export'].with_company(self.company).create({}),
            self.env['urssaf.number'].create(
                {'name': 'N/1', 'request_ref': 'r', 'company_id': self.company.id, 'environment': 'simulator'}
            ),
            compared := self.env['urssaf.compare'].create({'company_id': self.company.id}),
            self.env['urssaf.compare.line'].create({'compare_id': compared.id, 'kind': 'unknown'}),
            self.env['urssaf.connection'].search([('company_id', '=', self.company.id)], limit=1)
            or self.env['urssaf.connection'].create({'company_id': self.company.id, 'environment': 'simulator'}),
            self.household.bank_ids,
            self.env['account.setup.bank.manual.config'].with_company(self.company).create({'acc_number': '123456'}),
            self.env['payment.link.wizard'].create(
                {
                    'res_model': 'account.move',
                    'res_id': self.invoice.id,
                    'amount': 1,
                    'currency_id': self.invoice.currency_id.id,
                    'partner_id': self.household.id,
                }
            ),
            self.env['urssaf.registration.attempt'].create(
                {
                    'registration_id': self.household.with_company(self.company).urssaf_registration_id.id,
                    'kind': 'as_entered',
                    'fingerprint': 'x',
                }
            ),
            self.env['account.payment.register']
            .with_context(active_model='account.move', active_ids=self.make_invoice().ids)
            .create({}),
            self.env['urssaf.error'].search([], limit=1),
            self.env['res.config.settings'].with_company(self.company).create({}),
            self.env['account.bank.statement.line'].create(
                {'journal_id': self.company_data['default_journal_bank'].id, 'amount': 1, 'payment_ref': "virement"}
            ),
        ]
        self.env.flush_all()
        return {record._name: record for record in found}

    def seen_by(self, actor, record):
        """The record in the actor's environment, nothing of it being known from somebody else's reading."""
        self.env.invalidate_all()
        return record.with_user(self.actors[actor]).with_context(allowed_company_ids=self.companies_of[actor])

    def refused(self, act):
        """Whether an action is refused; what it wrote until then is taken back."""
        with self.env.cr.savepoint() as savepoint:
            if is_refused := self.is_not_answered(act):
                savepoint.rollback()
            return is_refused

    @staticmethod
    def is_not_answered(ask):
        """Whether a question, which writes nothing, is refused; an error of another kind tells nothing either."""
        try:
            ask()
        except (AccessError, UserError, ValueError, NotImplementedError):
            return True
        return False

    # -- the tables -------------------------------------------------------------------------------

    def test_who_does_what_with_each_model(self):
        samples, found = self.samples(), {}
        for model in self.our_models():
            record = samples.get(model, self.env[model])
            found[model] = {}
            for actor in ACTORS:
                mine = self.seen_by(actor, record)
                letters = ''.join(letter for letter, operation in OPERATIONS.items() if mine.has_access(operation))
                if letters:
                    found[model][actor] = letters
        self.assertEqual(found, MODELS)

    def test_what_a_company_has_is_kept_to_its_users(self):
        """Every model with a company that anybody may read has a record rule; what nobody may read needs none."""
        models = [self.env[model] for model in self.our_models() if 'company_id' in self.env[model]._fields]
        self.assertGreater(len(models), 5)
        with_rule = set(self.env['ir.rule'].search([]).model_id.mapped('model'))
        for model in models:
            may_be_read = any(self.seen_by(actor, model).has_access('read') for actor in ACTORS)
            self.assertTrue(not may_be_read or model._name in with_rule, model._name)

    def test_who_reads_each_field(self):
        samples, differences = self.samples(), []
        fields_by_model = self.our_fields()
        self.assertFalse(set(fields_by_model) - set(FIELDS), "models whose fields nobody has thought of")
        self.assertGreater(sum(map(len, fields_by_model.values())), 300)
        for model, names in fields_by_model.items():
            usual, exceptions = FIELDS[model]
            self.assertFalse(set(exceptions) - names, f"exceptions of {model} without a field")
            for actor in ACTORS:
                theirs = {name for name in names if actor in exceptions.get(name, usual)}
                # Whoever may read all of them at once may read each of them.
                if theirs and not self.is_readable(actor, samples[model], theirs):
                    differences += [
                        f"{actor} reads no {model}.{name}"
                        for name in theirs
                        if not self.is_readable(actor, samples[model], {name})
                    ] or [f"{actor}: {model}"]
                differences += [
                    f"{actor} reads {model}.{name}"
                    for name in names - theirs
                    if self.is_readable(actor, samples[model], {name})
                ]
        self.assertFalse(differences)

    def is_readable(self, actor, record, names):
        record = self.seen_by(actor, record)
        return not self.is_not_answered(lambda: record.read([*names]))

    def test_the_window_for_a_payment_link_tells_a_stranger_nothing(self):
        window = self.samples()['payment.link.wizard']
        answers = {
            actor: self.seen_by(actor, window).read(['urssaf_is_collecting'])[0]['urssaf_is_collecting']
            for actor in ('invoicing', 'stranger')
        }
        self.assertEqual(answers, {'invoicing': True, 'stranger': False})

    def test_what_may_not_be_read_cannot_be_asked_about(self):
        """Searching, sorting, grouping and exporting by a field tell its value as reading does; also from elsewhere."""
        samples, leaks = self.samples(), []
        for model, names in self.our_fields().items():
            usual, exceptions = FIELDS[model]
            for name in sorted(names - {'id', 'display_name'}):
                for actor in set(ACTORS) - set(exceptions.get(name, usual)):
                    leaks += self.answers(actor, samples[model], name)
        self.assertFalse(leaks)

    def answers(self, actor, record, name):
        """Which ways of asking about a field's value are answered with anything about this record."""
        mine, field = self.seen_by(actor, record), record._fields[name]
        domain = [(name, '!=', False)]
        ways = {
            'search': lambda: mine.search([*domain, ('id', '=', record.id)]),
            'order': lambda: mine.search([('id', '=', record.id)], order=name),
            'export': lambda: mine.export_data([name])['datas'],
            'group': lambda: mine.formatted_read_group(
                [('id', '=', record.id)], [f'{name}:month' if field.type in ('date', 'datetime') else name], []
            ),
        }
        for other, path in PATHS.get(record._name, ()):
            source = self.env[other].with_env(mine.env)
            ways[f'{other}.{path}'] = lambda source=source, path=path: source.search(
                [(path, '=', record.id), (f'{path}.{name}', '!=', False)]
            )
            if self.env[other]._fields[path].store:
                ways[f'export {other}.{path}'] = lambda source=source, path=path: [
                    row
                    for row in source.search([(path, '=', record.id)], limit=1).export_data([f'{path}/{name}'])['datas']
                    if any(row)
                ]
        found = []
        for way, ask in ways.items():
            answer = []
            if (actor, record._name, name, way) in HARMLESS:
                continue
            if not self.is_not_answered(lambda ask=ask, answer=answer: answer.append(ask())) and answer[0]:
                found.append(f"{actor}: {record._name}.{name} by {way}: {answer[0]}")
        return found

    # -- around the documents ---------------------------------------------------------------------

    def test_names_are_suggested_to_their_readers_only(self):
        for model, record in ((model, record) for model, record in self.samples().items() if model in MODELS):
            for actor in set(ACTORS) - set(MODELS[model]):
                mine = self.seen_by(actor, record)
                suggested = []
                self.refused(lambda mine=mine, suggested=suggested: suggested.extend(mine.name_search('', limit=None)))
                self.assertNotIn(record.id, dict(suggested), (actor, model))

    def test_messages_and_their_values_follow_the_document(self):
        registration = self.household.urssaf_registration_ids
        for record in (self.request, registration):
            record.message_post(body="suivi de la demande", message_type='comment', subtype_xmlid='mail.mt_note')
        found = [('model', 'in', list(MODELS))]
        self.assertGreaterEqual(len(self.env['mail.message'].search(found)), 2)
        self.assertTrue(
            self.env['mail.tracking.value'].search([('mail_message_id', 'in', self.request.message_ids.ids)])
            or self.request.message_ids
        )
        for actor in ('portal', 'employee', 'stranger'):
            for record in (self.request, registration):
                mine = self.seen_by(actor, record)
                own = [('res_model', '=', record._name), ('res_id', '=', record.id)]
                self.assertFalse(
                    mine.env['mail.message'].search([('model', '=', record._name), ('res_id', '=', record.id)]),
                    (actor, record),
                )
                messages = record.message_ids.with_env(mine.env)
                self.assertTrue(self.refused(lambda messages=messages: messages.read(['body'])))
                # Not `mail.followers`: Odoo shows who follows what to every internal user.
                for model in ('mail.tracking.value', 'mail.activity', 'mail.notification'):
                    about, seen = (
                        own if model == 'mail.activity' else [('mail_message_id', 'in', record.message_ids.ids)],
                        [],
                    )
                    self.refused(
                        lambda source=mine.env[model], about=about, seen=seen: seen.extend(source.search(about))
                    )
                    self.assertFalse(seen, (actor, record, model))

    def test_documents_of_another_company_are_not_seen_from_a_shared_contact(self):
        mine = self.seen_by('stranger', self.household)
        self.assertFalse(mine.read(['urssaf_registration_ids'])[0]['urssaf_registration_ids'])
        self.assertFalse(mine.read(['urssaf_registration_id'])[0]['urssaf_registration_id'])
        self.assertEqual(mine.urssaf_registration_state, 'draft')
        for model in ('urssaf.payment.request', 'urssaf.payment.request.event', 'urssaf.registration'):
            self.assertFalse(mine.env[model].search([('company_id', '=', self.company.id)]), model)
            self.assertFalse(mine.env[model].search_count([]), model)

    def test_odoos_window_tells_nothing_of_a_foreign_invoice(self):
        """Its stored fields are computed in sudo: whoever names a foreign invoice must not learn its customer there."""
        user = self.actors['stranger']
        for name in ('extra_edi_checkboxes', 'urssaf_summary', 'urssaf_nature_id', 'urssaf_date_start', 'alerts'):
            told = []
            self.refused(
                lambda name=name, told=told: told.append(
                    self.env['account.move.send.wizard']
                    .with_user(user)
                    .with_context(allowed_company_ids=user.company_ids.ids)
                    .create({'move_id': self.invoice.id})
                    .read([name])[0][name]
                )
            )
            self.assertNotIn(self.household.name, str(told), name)
            self.assertFalse([value for value in told if value], (name, told))
