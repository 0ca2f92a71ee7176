"""One French word for one thing (SCREENS §10), and the spaces of French typography, in i18n/fr.po."""

import html
import re

import polib

GLOSSARY = "doc/screens.md"
GUIDE = "doc/user.md"
FRENCH = "i18n/fr.po"
# Proper names, written as their owner does.
NAMES = {"Avance immédiate Urssaf"}
NO_BREAK = "\u00a0\u202f"
UNITS = "h|heures?|min|minutes?|s|secondes?|j|jours?|semaines?|mois|ans?|années?|euros?|centimes?|Ko|Mo|km|m²"
# What is wrong, and the sign that shows it. A value of a placeholder is read as a digit.
SPACES = {
    "no-break space before ; ? ! »": rf"(?<![{NO_BREAK}?!(])[;?!»]",
    "no-break space before the colon": rf"(?<![{NO_BREAK}]):(?=\s|$)",
    "no-break space after «": rf"«(?![{NO_BREAK}])",
    "no-break space before % and €": rf"(?<=[\d ])(?<![{NO_BREAK}])[%€]",
    "no-break space between a number and its unit": rf"\d (?:{UNITS})(?![\w'])",
    "no-break space inside a large number": r"\d \d{3}(?!\d)",
    "no-break space after n°": rf"n°(?![{NO_BREAK}])",
    "straight apostrophe": "[\u2018\u2019]",
    "French quotation marks": "[\u201c\u201d]",
    "one sign for three dots": r"\.\.\.",
}
# Entities are read first, then what no reader sees: marks of HTML, expressions, the names of placeholders.
UNSEEN = (
    (r"<[^>]*>", ""),
    (r"\{\{.*?\}\}", lambda found: "".join(re.findall(r"\[\w+\] ", found.group())) or "9"),
    (r"%\(\w+\)[sdf]|%[sd]", "9"),
    (r"%%", "%"),
    (r"https?://\S+", "9"),
)


def terms(tree):
    """The French texts, as ``(English, French)``; the names of URSSAF's types of service are its own."""
    for entry in polib.pofile(tree.texts[FRENCH]) if FRENCH in tree.texts else ():
        if entry.msgid in NAMES or any(
            place.startswith("model:urssaf.nature,name") for place, _line in entry.occurrences
        ):
            continue
        for french in [entry.msgstr, *entry.msgstr_plural.values()]:
            yield entry.msgid, french


def seen(text):
    """What a reader sees of a text."""
    for pattern, instead in UNSEEN:
        text = re.sub(pattern, instead, text, flags=re.DOTALL)
    return html.unescape(text)


def glossary(tree):
    """The rows of the table in the document: English, French, what it is, words never used for it (by commas)."""
    rows = []
    section = re.split(r"^## 10\. .*$", tree.texts[GLOSSARY], maxsplit=1, flags=re.MULTILINE)
    for line in section[1].splitlines() if len(section) == 2 else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and not set(line) <= set("|- "):
            rows.append(cells)
    return rows[1:]


def never(tree):
    """The words nobody uses, with the word to use: ``{pattern: French}``."""
    patterns = {}
    for _english, french, _meaning, others in glossary(tree):
        for word in filter(None, (word.strip() for word in others.split(","))):
            capitals = "" if word.lower() == french.lower() else "(?i)"
            patterns[rf"{capitals}(?<![\w-]){re.escape(word)}(?:e?s)?(?!\w)"] = french
    return patterns


def strays(tree):
    """Texts that say a thing in another word than the glossary's."""
    lines = []
    for pattern, instead in never(tree).items():
        for english, french in terms(tree):
            found = re.search(pattern, seen(french))
            if found:
                lines.append(f"“{found.group()}” is “{instead}”: {french[:90]!r} ({english[:60]!r})")
    return lines


def unknown(tree):
    """Rows whose French word stands in no text: a glossary of what is not there helps nobody."""
    texts = " ".join(french for _english, french in terms(tree)).lower()
    words = [re.split(r"[ ,(]", french)[0] for _english, french, _meaning, _never in glossary(tree)]
    return [f"{GLOSSARY}: {word} stands in no text" for word in words if word.lower() not in texts]


def wrong_spaces(tree):
    """Texts that break a rule of French typography."""
    lines = []
    for english, french in terms(tree):
        text = seen(french)
        for rule, pattern in SPACES.items():
            for found in re.finditer(pattern, text):
                near = text[max(0, found.start() - 25) : found.end() + 15]
                lines.append(f"{rule}: {near!r} ({english[:60]!r})")
    return lines


def wrong_labels(tree):
    """Labels of the guide's table "The labels in French" that are not those of the screens."""
    french = dict(terms(tree))
    section = re.split(r"^## The labels in French$", tree.texts.get(GUIDE, ""), maxsplit=1, flags=re.MULTILINE)
    rows = re.findall(r"^\| (.+) \| (.+) \|$", section[-1], re.MULTILINE) if len(section) == 2 else ()
    return [
        f"{GUIDE}: “{english}” is “{french.get(english)}”, not “{told}”"
        for row in rows[1:]
        for english, told in zip(*(cell.split(" · ") for cell in row), strict=True)
        if french.get(english) != told
    ]
