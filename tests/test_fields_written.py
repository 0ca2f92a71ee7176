from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import AvanceImmediateCommon

# Every field of ours on Odoo's models that users may write; all others the program decides, new ones included.
WRITTEN_BY_USERS = {
    'account.move': {
        'urssaf_nature_id',
        'urssaf_date_start',
        'urssaf_date_end',
        'urssaf_deposit_amount',
        'urssaf_deposit_date',
        'urssaf_replaces_id',  # its value is checked
    },
    'account.move.line': {'urssaf_nature_id', 'urssaf_date_start', 'urssaf_date_end', 'urssaf_worker_number'},
    'res.partner': {
        'urssaf_civility',
        'urssaf_birth_name',
        'urssaf_usage_name',
        'urssaf_first_names',
        'urssaf_keep_accents',
        'urssaf_birth_date',
        'urssaf_birth_country_id',
        'urssaf_birth_commune_id',
        'urssaf_birth_place_sent',
        'urssaf_mobile',
        'urssaf_street_number',
        'urssaf_street_letter',
        'urssaf_street_type',
        'urssaf_street_name',
        'urssaf_address_complement',
        'urssaf_address_locality',
        'urssaf_commune_id',
        'urssaf_bank_account_id',
        'urssaf_iban',
        'urssaf_bic',
        'urssaf_bank_holder',
        'urssaf_consent_date',
        'urssaf_consent_origin',
        'urssaf_always_propose',
        'urssaf_has_disability',
        'urssaf_ceiling_rank',
    },
    'res.partner.bank': set(),
    'res.company': {
        'urssaf_environment',
        'urssaf_client_id',
        'urssaf_client_secret',
        'urssaf_sap_number',
        'urssaf_billing_party',
        'urssaf_responsible_id',
        'urssaf_default_nature_id',
        'urssaf_deposits_allowed',
        'urssaf_remind_households',
        'urssaf_future_dates_only',
        'urssaf_mail_when_failed',
        'urssaf_cancellation_email',
        'urssaf_batch_size',
        'urssaf_journal_id',
        'urssaf_partner_id',
        'urssaf_register_payments',
        'urssaf_payments_from',
        'urssaf_book_trials',
        'urssaf_guarantee_amount',
        'urssaf_guarantee_until',
        'urssaf_vigilance_until',
        'urssaf_tax_proof_until',
        'urssaf_sap_until',
    },
    'account.payment': set(),
    'account.payment.method.line': {'urssaf_means', 'urssaf_means_chosen'},
    'product.template': {'urssaf_nature_id'},
}
REFUSALS = (AccessError, UserError, ValidationError)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestFieldsWritten(AvanceImmediateCommon):
    """What the program decides cannot be written from outside: form, import, another program, default of a context."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.make_user(
            'patron', 'account.group_account_manager', 'base.group_system', 'base.group_partner_manager'
        )
        # Something to write: what changes nothing is let through by Odoo itself.
        cls.env['urssaf.transfer'].create({'company_id': cls.company.id, 'value_date': '2026-01-01'})
        cls.records = {
            'account.move': cls.make_invoice(post=False),
            'account.move.line': cls.make_invoice(post=False).invoice_line_ids,
            'res.partner': cls.household,
            'res.partner.bank': cls.household.bank_ids,
            'res.company': cls.company,
            'account.payment': cls.env['account.payment'].create(
                {'amount': 1.0, 'payment_type': 'inbound', 'partner_id': cls.household.id}
            ),
            'product.template': cls.env['product.template'].create({'name': "Ménage"}),
        }

    def decided(self, model):
        """The fields of ours that the program decides."""
        return [
            field
            for name, field in self.env[model]._fields.items()
            if name.startswith('urssaf_') and name not in WRITTEN_BY_USERS[model]
        ]

    def value_for(self, field):
        """Some value that the field does not have."""
        if field.type in ('many2one', 'one2many', 'many2many'):
            others = self.env[field.comodel_name].search([], limit=1)
            return others.id if field.type == 'many2one' else [Command.set(others.ids)]
        if field.type == 'selection':
            return field.get_values(self.env)[-1]
        values = {
            'boolean': True,
            'integer': 7,
            'monetary': 7.0,
            'date': '2026-01-01',
            'datetime': '2026-01-01 00:00:00',
        }
        return values.get(field.type, "forgé")

    def test_every_field_is_named(self):
        for model, names in WRITTEN_BY_USERS.items():
            fields = self.env[model]._fields
            self.assertFalse({name for name in names if name not in fields}, model)
            described = self.env[model].fields_get(attributes=['readonly'])
            for name, field in fields.items():
                if name.startswith('urssaf_') and name != 'urssaf_replaces_id' and not field.related:
                    self.assertEqual(not described[name]['readonly'], name in names, f'{model}.{name}')

    def test_nobody_writes_what_the_program_decides(self):
        self.send(self.make_invoice())
        for model, record in self.records.items():
            # Odoo asks for the invoice of a line before it looks at anything else.
            needed = {'move_id': record.move_id.id} if model == 'account.move.line' else {}
            for field in self.decided(model):
                value = self.value_for(field)
                for user in (self.invoicing_user, self.boss):
                    with self.subTest(field=f'{model}.{field.name}', user=user.login), self.as_user(user) as env:
                        with self.raises(REFUSALS):
                            record.with_env(env).write({field.name: value})
                        with self.raises(REFUSALS):
                            env[model].create({**needed, field.name: value})
                        if field.store and field.type != 'one2many':
                            with self.raises(REFUSALS):
                                env[model].with_context(**{f'default_{field.name}': value}).create(needed)

    def test_an_import_writes_no_state(self):
        draft = self.records['account.move']
        for column, value in (('urssaf_state', 'paid'), ('urssaf_pdf_has_mention', '1'), ('urssaf_stage', 'paid')):
            with self.as_user() as env:
                result = env['account.move'].load(['.id', column], [[str(draft.id), value]])
            self.assertFalse(result['ids'], column)
        self.assertFalse(draft.urssaf_state or draft.urssaf_pdf_has_mention)

    def test_a_form_that_sends_a_state_keeps_none(self):
        draft = self.records['account.move']
        with self.as_user() as env, self.raises(REFUSALS):
            draft.with_env(env).web_save({'urssaf_state': 'paid', 'ref': "x"}, {'urssaf_state': {}})
        self.assertFalse(draft.urssaf_state)

    def test_a_corrected_invoice_replaces_an_ended_request_of_its_customer_only(self):
        request = self.send(self.make_invoice())
        draft = self.records['account.move']
        with self.as_user() as env, self.raises(REFUSALS):
            draft.with_env(env).urssaf_replaces_id = request.id
        request.state = 'refused'
        other = self.make_invoice(self.make_household("Jeanne Autre"), post=False)
        with self.as_user() as env, self.raises(REFUSALS):
            other.with_env(env).urssaf_replaces_id = request.id
        with self.as_user() as env:
            draft.with_env(env).urssaf_replaces_id = request.id
        self.assertEqual(draft.urssaf_replaces_id, request)
