import ast
import re
from pathlib import Path

from odoo.tests import TransactionCase, tagged

from ..models.connection.urssaf_finding_words import SENTENCES
from ..urssaf import builder, rules

PLACEHOLDER = re.compile(r'%\((\w+)\)s')
# rules.py names some findings after what is looked at: f"{name}_too_long".
NAMES = ('birth_name', 'usage_name')
TEXTS = ('street_name', 'address_complement', 'address_locality', 'city', 'holder')
ENDINGS = {'_characters': (*NAMES, *TEXTS), '_too_long': (*NAMES, *TEXTS), '_words': NAMES}


def told():
    """What ``urssaf`` can find, read from its source: ``{code: names of the parameters}``, for each call."""
    for module in (rules, builder):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, 'id', '') not in ('error', 'warning'):
                continue
            params = {keyword.arg for keyword in node.keywords}
            code = node.args[0]
            if isinstance(code, ast.JoinedStr):
                ending = code.values[-1].value
                yield from ((name + ending, params) for name in ENDINGS[ending])
            else:
                yield code.value, params


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestFindingWords(TransactionCase):
    """Every finding of ``urssaf`` has its sentence, in English and in French, and every sentence its finding."""

    def test_every_finding_has_its_sentence_and_every_sentence_its_finding(self):
        self.assertEqual({code for code, _params in told()}, SENTENCES.keys())

    def test_each_sentence_can_be_filled_in(self):
        languages = [self.env(context={'lang': lang}) for lang in ('en_US', 'fr_FR')]
        for code, params in told():
            for env in languages:
                with self.subTest(code=code, lang=env.lang):
                    sentence = env._(SENTENCES[code])
                    self.assertLessEqual(set(PLACEHOLDER.findall(sentence)), params)
                    self.assertTrue(sentence % dict.fromkeys(params, '1'))

    def test_each_sentence_is_one(self):
        for code, sentence in SENTENCES.items():
            english, french = (self.env(context={'lang': lang})._(sentence) for lang in ('en_US', 'fr_FR'))
            with self.subTest(code=code):
                self.assertTrue(english[0].isupper())
                self.assertTrue(english.endswith('.'))
                self.assertNotEqual(french, english)
