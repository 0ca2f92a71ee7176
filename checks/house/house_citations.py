"""Each citation of a document names a heading of it (``CONTRACT §7.4`` is a heading of doc/contract.md)."""

import re

DOCUMENTS = {"CONTRACT": "doc/contract.md", "DESIGN": "doc/design.md", "SCREENS": "doc/screens.md"}
SECTION = r"§([A-Z]\.\d+|\d+(?:\.\d+)?|[A-Z]\b)"
# One document and the sections that follow it: `CONTRACT §7.2, §7.3`, `DESIGN §3.1 to §3.6`.
CITATION = re.compile(rf"\b({'|'.join(DOCUMENTS)})\b((?:(?:,| and| to)?[\s#]*{SECTION})+)?")
# The rules speak of citations, their samples are wrong on purpose; pictures and tables of data hold no citations.
NOT_READ = re.compile(r"checks/house/|data/insee|i18n/")


def headings(text):
    """The numbers of the headings of a document."""
    return {number.rstrip(".") for number in re.findall(r"^#+ ((?:[A-Z]|\d+)(?:\.\d+)?)\.?\s", text, re.MULTILINE)}


def unfounded(tree):
    """Citations that no heading answers, and sections of no document, as lines to read."""
    known = {name: headings(tree.texts.get(path, "")) for name, path in DOCUMENTS.items()}
    own = {path: name for name, path in DOCUMENTS.items()}
    lines = []
    for path, text in tree.texts.items():
        if NOT_READ.match(path):
            continue
        cited = set()
        for match in CITATION.finditer(text):
            name, sections = match.group(1), match.group(2)
            number = text.count("\n", 0, match.start()) + 1
            if not sections:
                # In prose a document may be named as a whole; a comment that cites it has to say where.
                if not path.endswith(".md") and is_cited(text, match):
                    lines.append(f"{path}:{number}: {name} without a section")
                continue
            for section in re.findall(SECTION, sections):
                if section not in known[name]:
                    lines.append(f"{path}:{number}: {name} §{section} is no heading of {DOCUMENTS[name]}")
            cited.update(range(match.start(), match.end()))
        for match in re.finditer("§(" + SECTION[2:-1] + ")?", text):
            if match.start() in cited:
                continue
            number = text.count("\n", 0, match.start()) + 1
            if path in own:
                if match.group(1) and match.group(1) not in known[own[path]]:
                    lines.append(f"{path}:{number}: §{match.group(1)} is no heading of this document")
            elif not path.endswith(".md"):
                lines.append(f"{path}:{number}: § of no document")
    return lines


def is_cited(text, match):
    """Whether the bare word stands where documents are cited: `(CONTRACT)`, `CONTRACT.md`, `# DESIGN: …`."""
    before, after = text[max(0, match.start() - 2) : match.start()], text[match.end() : match.end() + 3]
    return before.endswith("(") or after == ".md" or (before == "# " and after.startswith(":"))
