"""The names of states are listed in the two tables of states and nowhere else (DESIGN §2.4).

Elsewhere a single state may be named, to ask whether a document is in it; who needs several asks the table for what they
have in common (its stage, a flag, a list that is derived from it). A dict in a ``*_words.py`` is a table of sentences by
state, which a higher subject may have of its own.
"""

import ast
import re

from house_tree import is_text

TABLES = {
    "request": "models/request/urssaf_payment_request_states.py",
    "registration": "models/registration/urssaf_registration_states.py",
}
# A word in quotes, unless an operator follows it: then it is the field of a domain.
QUOTED = re.compile(r"""['"]([a-z_]+)['"](?!\s*,\s*['"](?:=|!=|in|not in)['"])""")
BRACKETS = re.compile(r"[\[({]([^\[\](){}]*)[\])}]")
COMPARED = re.compile(r"""\b([\w.]+)\s*[!=]=\s*['"]([a-z_]+)['"]""")
TRIPLE = re.compile(r"""\(\s*['"]([\w.]+)['"]\s*,\s*['"]!?=['"]\s*,\s*['"]([a-z_]+)['"]""")
COMMAS = re.compile(r"[a-z_]+(\s*,\s*[a-z_]+)+")
# `<field name="state">` and the like: the attributes of a view in which a list of states may hide.
ATTRIBUTE = re.compile(r'\b(?:[\w-]+)\s*=\s*"([^"]*)"|\b(?:[\w-]+)\s*=\s*\'([^\']*)\'', re.DOTALL)


def names(tree):
    """The keys of both tables, and of the selections that stood before them."""
    found = set()
    for path in TABLES.values():
        if path in tree.texts:
            for node in ast.walk(tree.module(path)):
                is_table = isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
                if is_table and any(is_text(key) for key in node.value.keys):
                    found.update(key.value for key in node.value.keys if is_text(key))
    return found


def lists_in_python(tree, path, states):
    """Tuples, lists, sets and dicts with two states or more, and `x == a or x == b`: ``(line, the states)``."""
    for node in ast.walk(tree.module(path)):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            groups = [node.elts]
        elif isinstance(node, ast.Dict) and not path.endswith("_words.py"):
            groups = [[key for key in node.keys if key]]
        elif isinstance(node, ast.BoolOp):
            groups = comparisons(node).values()
        else:
            continue
        for leaves in groups:
            together = [leaf.value for leaf in leaves if is_text(leaf) and leaf.value in states]
            if len(set(together)) > 1:
                yield node.lineno, together


def comparisons(node):
    """What is compared in an `or` or `and`, by what it is compared with."""
    found = {}
    for value in node.values:
        if isinstance(value, ast.Compare):
            found.setdefault(ast.dump(value.left), []).extend(value.comparators)
    return found


def lists_in_xml(text, states):
    """Attributes that name two states or more of one field: ``(line, the states)``.

    In brackets, in comparisons, and without quotes (`statusbar_visible`).
    """
    for match in ATTRIBUTE.finditer(text):
        value = (match.group(1) or match.group(2) or "").replace("&quot;", '"')
        groups = [QUOTED.findall(inside) for inside in BRACKETS.findall(value)]
        compared = {}
        for field, word in COMPARED.findall(value) + TRIPLE.findall(value):
            compared.setdefault(field, []).append(word)
        groups += compared.values()
        if COMMAS.fullmatch(value):
            groups.append(re.split(r"\s*,\s*", value))
        for group in groups:
            together = [word for word in group if word in states]
            if len(set(together)) > 1:
                yield text.count("\n", 0, match.start()) + 1, together


def listed(tree, allowed=()):
    """Lists of states outside their tables, as lines to read; what is allowed is named by path and states.

    :param allowed: pairs of a path and the set of states that stand together there, with a reason
    """
    states = names(tree)
    lines = []
    for path in tree.texts:
        if path in TABLES.values() or path.split("/")[0] not in ("models", "wizards", "views", "report", "controllers"):
            continue
        if path.endswith(".py"):
            found = lists_in_python(tree, path, states)
        elif path.endswith(".xml"):
            found = lists_in_xml(tree.texts[path], states)
        else:
            continue
        lines += [
            f"{path}:{line}: {', '.join(dict.fromkeys(together))}"
            for line, together in found
            if (path, frozenset(together)) not in allowed
        ]
    return lines
