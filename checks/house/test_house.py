"""The house keeps its own rules (DESIGN §2.1, §2.4, §4). Each rule is shown to fail on a small sample that breaks it."""

import pytest

import house_arrows
import house_borrowed
import house_citations
import house_definitions
import house_documents
import house_states
import house_words
from house_tree import Tree

# Two states that stand together where no table can help; each with its reason.
STATES_ALLOWED = {}


@pytest.fixture(scope="module")
def tree():
    return Tree.of_repository()


def rule(found):
    """A rule holds when it finds nothing; else it says where it is broken."""
    assert not found, "\n" + "\n".join(found)


# -- arrows -----------------------------------------------------------------------------------------


def test_the_subjects_and_their_arrows(tree, tables):
    tables["the house: each subject, what it leans on (how often), its models"] = lambda: house_arrows.table(tree)
    rule(house_arrows.unknown_subjects(tree))


def test_no_arrow_points_up(tree):
    rule(house_arrows.upward(tree))


REGISTRATION = "class R(models.Model):\n    _name = 'urssaf.registration'\n"


@pytest.mark.parametrize(
    "lower",
    [
        "from ..registration.urssaf_registration import X\n",
        "from ..registration import urssaf_registration\n",
        "from odoo.addons.l10n_fr_avance_immediate.models.registration.urssaf_registration import X\n",
        "def f(self):\n    return self.env['urssaf.registration'].search([])\n",
        "class P(models.Model):\n    _inherit = 'res.partner'\n    ids = fields.One2many('urssaf.registration')\n",
        "class P(models.Model):\n    _inherit = 'urssaf.registration'\n",
        "def f(self):\n    self.env.cr.execute('SELECT id FROM urssaf_registration')\n",
    ],
)
def test_an_arrow_that_points_up_is_found(lower):
    files = {"models/registration/urssaf_registration.py": REGISTRATION, "models/household/res_partner.py": lower}
    assert house_arrows.upward(Tree(files))


def test_an_arrow_that_points_down_is_none():
    files = {
        "models/registration/urssaf_registration.py": REGISTRATION,
        "models/request/account_move.py": "def f(self):\n    return self.env['urssaf.registration']\n",
        "models/household/res_partner.py": 'def f(self):\n    """Not the registration: urssaf.registration."""\n',
    }
    assert not house_arrows.upward(Tree(files))


def test_subjects_of_one_floor_do_not_lean_on_each_other():
    files = {
        "models/accountant/urssaf_overview.py": "class O(models.Model):\n    _name = 'urssaf.overview'\n",
        "models/self_service/res_partner.py": "def f(self):\n    return self.env['urssaf.overview']\n",
    }
    assert house_arrows.upward(Tree(files))


def test_a_subject_without_a_floor_is_found():
    assert house_arrows.unknown_subjects(Tree({"models/attic/old.py": ""})) == ["attic"]


def test_no_name_is_borrowed_from_above(tree):
    rule(house_borrowed.borrowed(tree))


@pytest.mark.parametrize("use", ["partner.urssaf_keep_accents", "partner.mapped('urssaf_keep_accents')"])
def test_a_name_borrowed_from_above_is_found(use):
    above = "class P(models.Model):\n    _inherit = 'res.partner'\n    urssaf_keep_accents = fields.Boolean()\n"
    files = {
        "models/registration/res_partner.py": above,
        "models/household/res_partner.py": f"def f(partner):\n    {use}\n",
    }
    assert house_borrowed.borrowed(Tree(files))


def test_what_a_higher_subject_extends_is_not_borrowed():
    base = "class P(models.Model):\n    _inherit = 'res.partner'\n    def _urssaf_erase(self):\n        pass\n"
    files = {"models/household/res_partner.py": base, "models/request/res_partner.py": base}
    files["models/household/res_partner_purge.py"] = "def f(self):\n    self._urssaf_erase()\n"
    assert not house_borrowed.borrowed(Tree(files))


def test_imports_go_one_way(tree):
    rule(house_arrows.wrong_imports(tree))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/request/account_move.py", "from ...wizards.urssaf_send_wizard import X\n"),
        ("urssaf/client.py", "from odoo import fields\n"),
        ("urssaf/client.py", "from ..models.request import account_move\n"),
        ("urssaf/client.py", "import odoo.addons.l10n_fr_avance_immediate.models\n"),
        ("simulator/gateway.py", "from urssaf.formats import valid_iban\n"),
        ("tools/notification.py", "from ..models.connection import res_company\n"),
    ],
)
def test_an_import_the_wrong_way_is_found(path, text):
    assert house_arrows.wrong_imports(Tree({path: text}))


# -- one definition ---------------------------------------------------------------------------------


def test_one_definition_in_a_subject(tree):
    rule(house_definitions.twice(tree))


METHOD = "class P(models.Model):\n    _inherit = 'res.partner'\n    def _urssaf_customer(self):\n        pass\n"
FIELD = "class P(models.Model):\n    _inherit = ['res.partner']\n    urssaf_mobile = fields.Char()\n"


@pytest.mark.parametrize("text", [METHOD, FIELD])
def test_a_second_definition_is_found(text):
    files = {"models/household/res_partner.py": text, "models/household/res_partner_names.py": text}
    assert house_definitions.twice(Tree(files))
    # A higher subject may extend it.
    assert not house_definitions.twice(Tree({**files, "models/household/res_partner_names.py": ""}))
    files = {"models/household/res_partner.py": text, "models/registration/res_partner.py": text}
    assert not house_definitions.twice(Tree(files))


def test_a_second_definition_in_one_file_is_found():
    assert house_definitions.twice(Tree({"models/household/res_partner.py": METHOD + METHOD.split("\n", 2)[2]}))


def test_views_of_ours_extend_no_views_of_ours(tree):
    rule(house_definitions.views_on_views(tree))


@pytest.mark.parametrize(
    "line",
    [
        '<field name="inherit_id" ref="view_partner_form"/>',
        '<field name="inherit_id" ref="l10n_fr_avance_immediate.view_partner_form"/>',
        '<template id="x" inherit_id="l10n_fr_avance_immediate.household_page">',
    ],
)
def test_a_view_on_a_view_of_ours_is_found(line):
    assert house_definitions.views_on_views(Tree({"views/res_partner_views.xml": line}))
    assert not house_definitions.views_on_views(
        Tree({"views/res_partner_views.xml": '<field name="inherit_id" ref="base.view_partner_form"/>'})
    )


def test_an_xml_id_stands_once(tree):
    rule(house_definitions.ids_twice(tree))


def test_an_xml_id_that_stands_twice_is_found():
    record = '<record model="ir.rule"\n id="rule_of_company"/>'
    assert house_definitions.ids_twice(Tree({"security/a.xml": record, "views/b.xml": f"<odoo>{record}</odoo>"}))
    assert not house_definitions.ids_twice(Tree({"security/a.xml": f"{record}<!-- {record} -->"}))


# -- documents --------------------------------------------------------------------------------------


def test_what_documents_name_is_there(tree):
    rule(house_documents.not_there(tree))


def test_the_design_names_what_is_there(tree):
    rule(house_documents.not_named(tree))


def test_public_names_stay(tree):
    rule(house_documents.public_names_gone(tree))


def test_a_public_name_that_is_gone_is_found():
    files = {
        "doc/design.md": "**`urssaf_state`**, **`action_urssaf_send()`**",
        "models/request/a.py": "urssaf_state = 1",
    }
    assert house_documents.public_names_gone(Tree(files)) == ["doc/design.md promises action_urssaf_send"]


def test_subjects_are_imported_from_the_ground_up(tree):
    rule(house_documents.out_of_order(tree))


def test_a_document_that_has_drifted_is_found():
    files = {"doc/design.md": "`urssaf/old.py`, `client.py`", "urssaf/new.py": "", "urssaf/client.py": ""}
    tree = Tree({**files, "models/request/account_move.py": ""})
    assert house_documents.not_there(tree) == ["doc/design.md:1: urssaf/old.py is not there"]
    assert house_documents.not_named(tree) == [
        "doc/design.md does not name new.py",
        "doc/design.md does not name request",
        "urssaf/__init__.py does not name new.py",
        "urssaf/__init__.py does not name client.py",
    ]
    mapped = Tree({**files, "urssaf/__init__.py": '"""``client``, ``new``"""'})
    assert not [line for line in house_documents.not_named(mapped) if line.startswith("urssaf/")]
    order = "from . import request  # …\nfrom . import household\n"
    assert house_documents.out_of_order(Tree({"models/__init__.py": order}))


# -- citations --------------------------------------------------------------------------------------


def test_what_is_cited_is_a_heading(tree):
    rule(house_citations.unfounded(tree))


@pytest.mark.parametrize(
    "text",
    [
        '"""As CONTRACT §99 says."""',
        '"""As CONTRACT §7.9 says."""',
        '"""As CONTRACT §7.4, §7.9 say."""',
        "# CONTRACT §7.4 and\n# §7.9",
        '"""As CONTRACT.md §7.4 says."""',
        "# CONTRACT: nobody knows where",
        '"""Nobody knows of what (§7)."""',
    ],
)
def test_a_citation_of_nothing_is_found(text):
    files = {"doc/contract.md": "# Contract\n\n## 7. M050\n\n### 7.4 Dates\n", "urssaf/client.py": text}
    assert house_citations.unfounded(Tree(files))


def test_a_citation_of_a_heading_is_fine():
    document = "# Contract\n\nsee §7.4\n\n## 7. M050\n\n### 7.4 Dates\n\n## A. Appendix\n\n### A.3 Births\n"
    files = {"doc/contract.md": document, "urssaf/client.py": "# (CONTRACT §7, §7.4, §A.3)\nCONTRACT = 1\n"}
    assert not house_citations.unfounded(Tree(files))
    assert house_citations.unfounded(Tree({"doc/contract.md": document.replace("see §7.4", "see §8")}))


# -- states -----------------------------------------------------------------------------------------


def test_states_are_listed_in_their_tables_alone(tree):
    for path in house_states.TABLES.values():
        assert path in tree.texts, f"{path} is missing"
    rule(house_states.listed(tree, STATES_ALLOWED))


def test_what_is_allowed_is_still_there(tree):
    found = house_states.listed(tree)
    gone = [path for path, _states in STATES_ALLOWED if not any(line.startswith(f"{path}:") for line in found)]
    assert not gone


TABLE = "STATES = {'paid': State('Paid'), 'refused': State('Refused'), 'awaiting': State('Awaiting')}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("models/request/account_move.py", "def f(r):\n    return r.state in ('paid', 'refused')\n"),
        ("models/request/account_move.py", "def f(r):\n    return r.state == 'paid' or r.state == 'refused'\n"),
        ("models/request/account_move.py", "WORDS = {'paid': 'Well done', 'refused': 'Pity'}\n"),
        ("wizards/urssaf_send_wizard.py", "DOMAIN = [('state', 'not in', ['paid', 'awaiting'])]\n"),
        ("views/account_move_views.xml", "<field invisible=\"urssaf_state not in ('paid', 'refused')\"/>"),
        ("views/account_move_views.xml", "<field invisible=\"state == 'paid' or\n state == 'refused'\"/>"),
        (
            "views/account_move_views.xml",
            "<filter domain=\"['|', ('state', '=', 'paid'), ('state', '=', 'refused')]\"/>",
        ),
        ("views/account_move_views.xml", "<filter domain='[(\"state\", \"in\", [\"paid\", \"refused\"])]'/>"),
        ("views/account_move_views.xml", '<field widget="statusbar" statusbar_visible="awaiting,paid"/>'),
        (
            "views/account_move_views.xml",
            "<t t-set=\"icon\" t-value=\"{'paid': 'fa-check', 'refused': 'fa-bolt'}.get(state)\"/>",
        ),
    ],
)
def test_a_list_of_states_elsewhere_is_found(path, text):
    files = {house_states.TABLES["request"]: TABLE, path: text}
    assert house_states.listed(Tree(files))
    assert not house_states.listed(Tree(files), {(path, frozenset(states)) for states in together(files, path)})


def together(files, path):
    tree = Tree(files)
    if path.endswith(".py"):
        return [states for _line, states in house_states.lists_in_python(tree, path, house_states.names(tree))]
    return [states for _line, states in house_states.lists_in_xml(files[path], house_states.names(tree))]


def test_a_single_state_may_be_named():
    files = {
        house_states.TABLES["request"]: TABLE,
        "models/request/account_move.py": "def f(r):\n    return r.state == 'paid' and r.kind in ('paid', 'other')\n",
        "views/account_move_views.xml": "<field invisible=\"urssaf_state != 'paid' and state == 'refused'\"/>"
        "<filter domain=\"[('paid', '=', True), ('state', '=', 'refused')]\"/>",
        "models/self_service/urssaf_household_page_words.py": "WORDS = {'paid': 'Done', 'refused': 'Pity'}\n",
    }
    assert not house_states.listed(Tree(files))


# -- words ------------------------------------------------------------------------------------------


def test_one_word_for_one_thing(tree):
    assert len(house_words.glossary(tree)) > 30, "the table of doc/screens.md is not read"
    rule(house_words.strays(tree))
    rule(house_words.unknown(tree))


def test_the_guide_names_the_labels_in_french(tree):
    assert "## The labels in French" in tree.texts[house_words.GUIDE]
    rule(house_words.wrong_labels(tree))


def test_a_label_that_has_changed_is_found():
    rows = "## The labels in French\n\n| here | in French |\n|---|---|\n| x · y | Un · Deux |\n"
    files = {"doc/user.md": rows, "i18n/fr.po": 'msgid "x"\nmsgstr "Un"\n\nmsgid "y"\nmsgstr "Trois"\n'}
    assert house_words.wrong_labels(Tree(files)) == ["doc/user.md: “y” is “Trois”, not “Deux”"]


def test_the_spaces_of_french(tree):
    rule(house_words.wrong_spaces(tree))


GLOSSARY = "## 10. Words\n\n| English | French | what it is | never |\n|---|---|---|---|\n| e-mail | e-mail | | courriel, mail |\n"


def french(text, place="model:ir.model,name:x"):
    files = {"doc/screens.md": GLOSSARY, "i18n/fr.po": f'#: {place}\nmsgid "x"\nmsgstr "{text}"\n'}
    return Tree(files)


@pytest.mark.parametrize("text", ["Deux courriels", "Un Mail", "le <b>mail</b>"])
def test_a_stray_word_is_found(text):
    assert house_words.strays(french(text))


@pytest.mark.parametrize("text", ["Un e-mail, mailles", "<mail/>", "%(mail)s", "{{ mail }}"])
def test_other_words_are_no_strays(text):
    assert not house_words.strays(french(text))


def test_a_word_of_the_glossary_that_no_text_has_is_found():
    assert house_words.unknown(french("Rien")) == ["doc/screens.md: e-mail stands in no text"]


@pytest.mark.parametrize(
    "text",
    [
        "Fait : oui",
        "Fait: oui",
        "Fait ?",
        "Fait!",
        "« oui\u00a0»",
        "«\u00a0oui »",
        "%(count)s h",
        "dans 7 jours",
        "50 %%",
        "50% du total",
        "10 €",
        "15 000\u00a0€",
        "n° %s",
        "l\u2019avoir",
        "Attendez...",
        "<b>48</b> heures",
    ],
)
def test_a_wrong_space_is_found(text):
    assert house_words.wrong_spaces(french(text))
    assert not house_words.wrong_spaces(french(text, "model:urssaf.nature,name:x"))


@pytest.mark.parametrize(
    "text",
    [
        "Fait\u00a0: à 09:14, «\u00a0oui\u00a0» (?)\u00a0; %(name)s s'en occupe",
        "50\u00a0%% de 15\u00a0000\u00a0€, 7\u00a0jours, n°\u00a0%s",
        "<a style='margin: 0px;' href='https://x.fr/?a=1'>ici</a>, l'avoir…",
        "{{ '' if a != 'b' else 'c' }}\u00a0: oui",
    ],
)
def test_french_as_it_is_written_is_fine(text):
    assert not house_words.wrong_spaces(french(text))
