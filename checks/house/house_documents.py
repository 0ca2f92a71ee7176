"""The documents keep up with the house: what they name is there, and what is there they name."""

import re

from house_arrows import owners
from house_tree import ADDON, FLOOR, FLOORS, ROOT, subject_of

# A path of the repository, as documents write it: `urssaf/statuses.py`, `checks/house/`.
FOLDERS = "checks controllers data demo dev doc i18n migrations models report security simulator static tests tools urssaf views wizards"
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS.split())})/[\w./*-]*)`")


def not_there(tree, exists=lambda path: any(ROOT.glob(path))):
    """Paths that a document names and the repository does not hold, as lines to read."""
    return [
        f"{path}:{number}: {named} is not there"
        for path in tree.texts
        if path.endswith(".md")
        for number, line in enumerate(tree.texts[path].splitlines(), 1)
        for named in PATH.findall(line)
        if not exists(named.rstrip("/"))
    ]


def not_named(tree):
    """Files of urssaf/, subjects and models that the design does not name, or the client's own map, as lines to read."""
    design = tree.texts.get("doc/design.md", "")
    client = [path.split("/")[1] for path in tree.paths("urssaf") if not path.endswith("__init__.py")]
    subjects = sorted({subject_of(path) for path in tree.paths("models")} - {None})
    named = (*client, *subjects, *owners(tree))
    map_ = tree.texts.get("urssaf/__init__.py", "")
    return [
        *(f"doc/design.md does not name {name}" for name in named if f"`{name}`" not in design),
        *(
            f"urssaf/__init__.py does not name {name}"
            for name in client
            if f"``{name.removesuffix('.py')}``" not in map_
        ),
    ]


def public_names_gone(tree):
    """Public names, in bold code in the design, that the code does not have any more: they were promised to stay."""
    code = set(re.findall(r"[\w.]+", "\n".join(tree.texts[path] for path in tree.paths("models", "wizards", "tools"))))
    data = set(re.findall(r"\w+", "\n".join(tree.texts[path] for path in tree.paths("data", suffix=".xml"))))
    bold = re.findall(r"\*\*`([\w.]+)(?:\([^`]*)?`\*\*", tree.texts.get("doc/design.md", ""))
    return [
        f"doc/design.md promises {name}"
        for name in dict.fromkeys(bold)
        if name not in code | data and name.removeprefix(f"{ADDON}.") not in code | {ADDON}
    ]


def out_of_order(tree):
    """Imports of models/__init__.py that do not go from the ground up: Odoo builds models in their order."""
    order = re.findall(r"^from \. import (\w+)", tree.texts.get("models/__init__.py", ""), re.MULTILINE)
    floors = [FLOOR[subject] for subject in order if subject in FLOOR]
    return [] if floors == sorted(floors) else [f"models/__init__.py: {', '.join(order)}; bottom up: {FLOORS}"]
