"""Who leans on whom: imports, names of models in strings, and what only one subject defines (DESIGN §2.1)."""

import ast
import re
from collections import defaultdict

from house_tree import FLOOR, docstrings, imports, is_text, models_in, subject_of

# Which folder may import which: `wizards → models → urssaf`.
FORBIDDEN = {
    "urssaf": ("odoo", "models", "wizards", "controllers", "tools", "simulator", "tests", "checks", "dev"),
    "simulator": ("odoo", "models", "wizards", "controllers", "tools", "urssaf", "tests", "checks", "dev"),
    "tools": ("models", "wizards", "controllers", "tests", "checks", "dev"),
    "models": ("wizards", "controllers", "tests", "checks", "dev"),
    "wizards": ("controllers", "tests", "checks", "dev"),
    "controllers": ("wizards", "tests", "checks", "dev"),
}


def owners(tree):
    """The subject in which each model of ours is born, by the name of the model."""
    return {
        name: subject_of(path)
        for path in tree.paths("models")
        if subject_of(path)
        for _node, name, is_born in models_in(tree, path)
        if is_born
    }


def leanings(tree):
    """Everything by which one subject leans on another: ``(from, to, path, line, what)``."""
    owner_of = owners(tree)
    by_table = {name.replace(".", "_"): name for name in owner_of}
    for path in tree.paths("models"):
        subject = subject_of(path)
        if not subject:
            continue
        module = tree.module(path)
        for line, target in imports(module, path):
            parts = target.split(".")
            if parts[0] == "models" and len(parts) > 1 and parts[1] in FLOOR and parts[1] != subject:
                yield subject, parts[1], path, line, f"imports {target}"
        spoken = docstrings(module)
        for node in ast.walk(module):
            if not is_text(node) or node in spoken:
                continue
            named = {node.value} & set(owner_of)
            if not named and re.search(r"\b(FROM|JOIN|UPDATE|INTO|REFERENCES)\b", node.value):
                named = {by_table[word] for word in re.findall(r"\w+", node.value) if word in by_table}
            for name in named:
                if owner_of[name] != subject:
                    yield subject, owner_of[name], path, node.lineno, f"names {name}"


def upward(tree):
    """The leanings from a lower subject to a higher one, and between two of one floor, as lines to read."""
    return [
        f"{path}:{line}: {lower} → {higher}: {what}"
        for lower, higher, path, line, what in leanings(tree)
        if FLOOR[higher] >= FLOOR[lower]
    ]


def unknown_subjects(tree):
    """Folders of models/ that have no floor."""
    return sorted({subject_of(path) for path in tree.paths("models")} - set(FLOOR) - {None})


def wrong_imports(tree):
    """Imports against `wizards → models → urssaf`, as lines to read."""
    return [
        f"{path}:{line}: imports {target}"
        for folder, others in FORBIDDEN.items()
        for path in tree.paths(folder)
        for line, target in imports(tree.module(path), path)
        if target.split(".")[0] in others
    ]


def table(tree):
    """The subjects, bottom up, each with its models and with the subjects it leans on (how often)."""
    counts = defaultdict(lambda: defaultdict(int))
    for lower, higher, *_where in leanings(tree):
        counts[lower][higher] += 1
    born = defaultdict(list)
    for name, subject in owners(tree).items():
        born[subject].append(name)
    present = {subject_of(path) for path in tree.paths("models")}
    lines = []
    for subject in FLOOR:
        if subject in present:
            arrows = ", ".join(f"{to} ({counts[subject][to]})" for to in FLOOR if counts[subject][to])
            lines.append(f"{subject:13}→ {arrows or 'nothing'}")
            lines.append(f"{'':15}{', '.join(sorted(born[subject])) or '(extends models of Odoo and of others)'}")
    return "\n".join(lines)
