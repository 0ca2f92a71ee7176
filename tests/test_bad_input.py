import json
import unicodedata
from datetime import date

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import AvanceImmediateCommon

# Each field of M010 that people type, with words of its sentence (or its label's), and whether it may be empty.
TEXTS = {
    'urssaf_birth_name': ("birth name", False),
    'urssaf_usage_name': ("married or used name", True),
    'urssaf_first_names': ("first names", False),
    'urssaf_mobile': ("mobile", False),
    'email': ("email", False),
    'urssaf_street_number': (("street number", "number:"), True),
    'urssaf_street_name': ("street", False),
    'urssaf_address_complement': ("complement", True),
    'urssaf_address_locality': ("locality", True),
    'zip': (("postal code", "zip"), False),
    'urssaf_iban': ("iban", False),
    'urssaf_bic': ("bic", False),
    'urssaf_bank_holder': ("holder", False),
}
CHOICES = {
    'urssaf_civility': "title",
    'urssaf_street_type': "type",
    'urssaf_birth_country_id': "country of birth",
    'urssaf_birth_commune_id': "municipality of birth",
    'urssaf_commune_id': "municipality of the address",
}
BAD = {
    "too long": "A" * 300,
    "endless": "A" * 50_000,
    "cyrillic": "Иван",
    "look-alike": "Pаris",  # its second letter is Cyrillic
    "chinese": "巴黎",
    "arabic": "محمد",
    "hebrew": "ישראל",
    "arabic digits": "٠٦٣٩٩٨٠٠٠١",
    "nul": "Ab\x00cd",
    "bell": "Ab\x07cd",
    "escape": "\x1b[31mAb",
    "c1 control": "Ab\x9bcd",
    "emoji": "Ab 🏠",
    "joined emoji": "👩‍👩‍👧 Ab",
    "right-to-left override": "Ab\u202ecd",
    "private use": "Ab\ue000",
    "lone surrogate": "Ab\ud800",
}
# They turn the direction of reading, have no width, open a file or divide a word at the end of a line.
UNSEEN = '\u202a\u2066\u2067\u200e\u200f\u061c\u200b\u200d\u2060\ufeff\u00ad'


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestBadInput(AvanceImmediateCommon):
    """Whatever is typed into a field of M010 gives a sentence that names the field, and no call."""

    def setUp(self):
        super().setUp()
        self.control('reset')
        self.partner = self.make_household("Jeanne Nouvelle", email='jeanne@example.com')

    def assert_a_sentence_and_no_call(self, env, values, words, case):
        """Written by a user, or refused at once; then the button is clicked all the same."""
        partner = self.partner.with_env(env)
        savepoint = env.cr.savepoint(flush=False)
        sentences = []
        try:
            partner.write(values)
            env.flush_all()
            sentences.append(partner.urssaf_missing)
            self.assertTrue(partner.urssaf_missing_count, case)
            partner.action_urssaf_register()
            self.fail(f"{case}: registered")
        except (ValidationError, UserError) as error:
            sentences.append(str(error))
        finally:
            savepoint.rollback()
            env.invalidate_all()
        for sentence in sentences:
            named = [word for word in ((words,) if isinstance(words, str) else words) if word in sentence.lower()]
            self.assertTrue(named, f"{case}: {sentence}")

    def test_the_household_itself_is_complete(self):
        self.assertFalse(self.partner.with_company(self.company).urssaf_missing)

    def test_every_field_with_every_bad_value(self):
        with self.as_user(self.clerk) as env:
            for name, (words, _may_be_empty) in TEXTS.items():
                for case, value in BAD.items():
                    self.assert_a_sentence_and_no_call(env, {name: value}, words, f"{name}: {case}")
        self.assertEqual(self.calls('M010'), 0)

    def test_signs_that_no_field_may_have_within_a_good_value(self):
        with self.as_user(self.clerk) as env:
            for name, (words, _may_be_empty) in TEXTS.items():
                good = self.partner[name] or "12"
                for sign in '\x00\x07\u202e':
                    if name == 'urssaf_mobile' and sign == '\u202e':
                        continue  # left out of what is sent
                    self.assert_a_sentence_and_no_call(
                        env, {name: good[:2] + sign + good[2:]}, words, f"{name}: {sign!r}"
                    )
        self.assertEqual(self.calls('M010'), 0)

    def test_unseen_signs_within_a_good_value_are_not_sent(self):
        """A copy brings them along; nobody sees them, and nobody could be told to take them away."""
        sent = self.partner._urssaf_customer().to_dict()
        for name in TEXTS:
            good = self.partner[name]
            for sign in UNSEEN if good else '':
                self.partner[name] = f'{sign}{good[:2]}{sign}{good[2:]}{sign}'
                self.assertEqual(self.partner._urssaf_customer().to_dict(), sent, f"{name}: {sign!r}")
                self.assertFalse(self.partner.with_company(self.company).urssaf_missing, f"{name}: {sign!r}")
                if name.startswith('urssaf_'):
                    self.assertNotIn(sign, self.partner[name], "what is shown is what leaves")
            self.partner[name] = good

    def test_every_field_that_must_be_filled_in_is_asked_for(self):
        with self.as_user(self.clerk) as env:
            for name, (words, may_be_empty) in TEXTS.items():
                if may_be_empty or name == 'urssaf_bic':
                    continue
                for empty in (False, '', '   ', '\u00a0'):
                    self.assert_a_sentence_and_no_call(env, {name: empty}, words, f"{name}: empty")
            for name, words in CHOICES.items():
                self.assert_a_sentence_and_no_call(env, {name: False}, words, f"{name}: empty")
            # Of an account that is there the BIC stays; without an account both are asked for.
            for words in ("bank account is missing", "bic is missing"):
                self.assert_a_sentence_and_no_call(env, {'urssaf_bank_account_id': False}, words, words)
        self.assertEqual(self.calls('M010'), 0)

    def test_dates_nobody_is_born_on(self):
        today = fields.Date.today()
        with self.as_user(self.clerk) as env:
            for day in (
                fields.Date.add(today, days=2),
                date(9999, 12, 31),
                fields.Date.subtract(today, years=130),
                date(1, 1, 1),
                False,
            ):
                self.assert_a_sentence_and_no_call(env, {'urssaf_birth_date': day}, "birth date", f"born on {day}")
        self.assertEqual(self.calls('M010'), 0)

    def test_a_bic_is_never_taken_for_a_pattern(self):
        """``%`` once found the bank of somebody else."""
        with self.as_user(self.clerk) as env:
            self.assert_a_sentence_and_no_call(env, {'urssaf_bic': '%'}, "bic", "any bank")
            self.assert_a_sentence_and_no_call(env, {'urssaf_bic': 'TESTFRPP___'}, "bic", "any branch")
        self.assertEqual(self.calls('M010'), 0)

    def test_what_french_people_type_is_sent_without_unseen_signs(self):
        self.partner.write(
            {
                'urssaf_birth_name': "  Ḋe\u00a0L’Étang–Ĺ ",
                'urssaf_first_names': "Zoé,\tMaëlys",
                'zip': ' 37\u202f000 ',
                'urssaf_mobile': "+33\u00a0(0)6 39.98.00.01",
                'urssaf_address_complement': "Bât. C –\n2e\u2028étage",
                'urssaf_bank_holder': "Mme\tL’Étang\x85Zoé",
            }
        )
        self.assertFalse(self.partner.with_company(self.company).urssaf_missing)
        with self.as_user() as env:
            self.partner.with_env(env).action_urssaf_register()
        self.assertEqual(self.calls('M010'), 1)
        sent = json.dumps(self.partner._urssaf_customer().to_dict(), ensure_ascii=False)
        self.assertFalse([char for char in sent if unicodedata.category(char)[0] == 'C' or char in '\u2028\u2029'])
        self.assertIn('"Bât. C – 2e étage"', sent)
        self.assertIn('"De L\'Etang-L"', sent)
