"""A method or a field has one definition in a subject; views of ours extend no views of ours (DESIGN §2.1)."""

import re
from collections import defaultdict

from house_borrowed import defined
from house_tree import ADDON, models_in, room_of

# What every class of a model says of itself.
OF_THE_CLASS = {"_name", "_inherit"}


def twice(tree):
    """Methods and fields that a model gets twice in one subject (or twice in wizards/), as lines to read."""
    places = defaultdict(list)
    for path in tree.paths("models", "wizards"):
        for node, model, _is_born in models_in(tree, path):
            for statement in node.body:
                for name in set(defined(statement)) - OF_THE_CLASS:
                    places[room_of(path), model, name].append(f"{path}:{statement.lineno}")
    return [
        f"{model}.{name} twice in {room}: {', '.join(where)}"
        for (room, model, name), where in sorted(places.items())
        if len(where) > 1
    ]


VIEW = re.compile(r'inherit_id"?\s*(?:ref)?="([\w.]+)"')


def views_on_views(tree):
    """Views that extend a view of this addon, as lines to read."""
    lines = []
    for path in tree.paths("views", "wizards", "report", "data", suffix=".xml"):
        for number, line in enumerate(tree.texts[path].splitlines(), 1):
            for reference in VIEW.findall(line):
                if "." not in reference or reference.startswith(f"{ADDON}."):
                    lines.append(f"{path}:{number}: extends {reference}, a view of ours")
    return lines


XML_ID = re.compile(r"""<(?:record|template|menuitem|report)\b[^>]*?\sid=["']([\w.]+)["']""", re.DOTALL)


def ids_twice(tree):
    """XML ids that two records share: the second would silently win. As lines to read."""
    places = defaultdict(list)
    for path in tree.paths("views", "wizards", "report", "data", "security", suffix=".xml"):
        text = tree.texts[path]
        for match in XML_ID.finditer(
            re.sub(r"<!--.*?-->", lambda comment: re.sub(r".", " ", comment[0]), text, flags=re.DOTALL)
        ):
            places[match.group(1)].append(f"{path}:{text.count(chr(10), 0, match.start()) + 1}")
    return [f"{xml_id} twice: {', '.join(where)}" for xml_id, where in sorted(places.items()) if len(where) > 1]
