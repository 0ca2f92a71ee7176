"""The sources of the addon as the rules of the house read them: text and syntax, nothing is imported or run."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDON = "l10n_fr_avance_immediate"
# Floors, bottom up (DESIGN §2.1). Subjects of one line do not lean on each other.
FLOORS = (
    ("reference",),
    ("connection",),
    ("household",),
    ("registration",),
    ("request",),
    ("money",),
    ("self_service", "accountant"),
)
FLOOR = {subject: number for number, subjects in enumerate(FLOORS) for subject in subjects}


class Tree:
    """Files of the repository by their path. A sample made wrong on purpose is a tree, too.

    :param dict[str, str] texts: text by path, relative to the root, with slashes
    """

    def __init__(self, texts):
        self.texts = texts
        self._modules = {}

    @classmethod
    def of_repository(cls, suffixes=(".py", ".xml", ".js", ".scss", ".json", ".csv", ".sql", ".md", ".toml", ".po")):
        """What the repository holds; nothing generated lies in it (DESIGN §2), caches of Python apart."""
        texts = {}
        for path in sorted(ROOT.rglob("*")):
            relative = path.relative_to(ROOT)
            if relative.parts[0] != ".git" and path.suffix in suffixes and path.is_file():
                texts[relative.as_posix()] = path.read_text(encoding="utf-8")
        return cls(texts)

    def paths(self, *folders, suffix=".py"):
        """Paths below the folders, all of them when none is named."""
        return [path for path in self.texts if path.endswith(suffix) and (not folders or path.split("/")[0] in folders)]

    def module(self, path):
        """The syntax tree of a Python file."""
        if path not in self._modules:
            self._modules[path] = ast.parse(self.texts[path], path)
        return self._modules[path]


def subject_of(path):
    """``models/request/account_move.py`` → ``request``; None outside the subjects."""
    parts = path.split("/")
    return parts[1] if parts[0] == "models" and len(parts) > 2 else None


def room_of(path):
    """The subject of a model, else the first folder: what may not be defined twice in one place."""
    return subject_of(path) or path.split("/")[0]


def own_values(node):
    """The strings of ``_name`` and ``_inherit`` of a class: ``(name or None, list of inherited)``."""
    name, inherited = None, []
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            target = statement.targets[0].id
            strings = [leaf.value for leaf in ast.walk(statement.value) if is_text(leaf)]
            if target == "_name" and strings:
                name = strings[0]
            elif target == "_inherit":
                inherited = strings
    return name, inherited


def models_in(tree, path):
    """Classes of a file that are models: ``(class node, name of the model, whether it is born here)``."""
    for node in ast.walk(tree.module(path)):
        if isinstance(node, ast.ClassDef):
            name, inherited = own_values(node)
            if name or inherited:
                yield node, name or inherited[0], bool(name) and name not in inherited


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def docstrings(module):
    """The constants of a module that are docstrings: they are about names, they do not use them."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and is_text(node.value):
            found.add(node.value)
    return found


def imports(module, path):
    """What a file imports, as ``(line, dotted name from the root of the addon, or of another package)``."""
    package = path.split("/")[:-1]
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.removeprefix(f"odoo.addons.{ADDON}.")
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").removeprefix(f"odoo.addons.{ADDON}.")
            if node.level:
                above = package[: len(package) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            # `from ..request import account_move` leans on request.account_move; the name may also be a plain value.
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}".lstrip(".")
