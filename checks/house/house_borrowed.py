"""Names that only a higher subject defines, used in a lower one: an arrow that no import and no model name shows."""

import ast
from collections import defaultdict

from house_tree import FLOOR, docstrings, is_text, models_in, subject_of

PREFIXES = ("_urssaf_", "urssaf_", "action_urssaf_", "_compute_urssaf_", "_search_urssaf_")


def definitions(tree):
    """The subjects that define each name of a method or field that is plainly ours."""
    found = defaultdict(set)
    for path in tree.paths("models"):
        if not subject_of(path):
            continue
        for node, _model, _is_born in models_in(tree, path):
            for statement in node.body:
                for name in defined(statement):
                    if name.startswith(PREFIXES):
                        found[name].add(subject_of(path))
    return found


def defined(statement):
    """The names that one statement of a class body gives to the class."""
    if isinstance(statement, ast.FunctionDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return []


def borrowed(tree):
    """Uses in a subject of what is defined only above it, as lines to read."""
    lowest = {
        name: min(subjects, key=FLOOR.__getitem__)
        for name, subjects in definitions(tree).items()
        if subjects <= set(FLOOR)
    }
    lines = []
    for path in tree.paths("models"):
        subject = subject_of(path)
        if subject not in FLOOR:
            continue
        module = tree.module(path)
        spoken = docstrings(module)
        for node in ast.walk(module):
            if isinstance(node, ast.Attribute):
                name = node.attr
            elif is_text(node) and node not in spoken:
                name = node.value.split(".")[0]
            else:
                continue
            home = lowest.get(name)
            if home and home != subject and FLOOR[home] >= FLOOR[subject]:
                lines.append(f"{path}:{node.lineno}: {subject} → {home}: uses {name}")
    return lines
