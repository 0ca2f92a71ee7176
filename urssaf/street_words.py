"""Shorter forms of the words of an address, as La Poste writes them where a line is too short."""

import re

from .formats import ascii_name

# By the usual form, in lower case without accents.
SHORT_WORDS: dict[str, str] = {
    "adjudant": "Adj", "amiral": "Aml", "ancien": "Anc", "ancienne": "Anc", "anciens": "Anc", "anciennes": "Anc",
    "appartement": "Apt", "archeveque": "Arch", "aspirant": "Asp", "aviateur": "Avi", "bataillon": "Btn",
    "batiment": "Bât", "brigadier": "Brig", "capitaine": "Cne", "chanoine": "Chn", "colonel": "Cel",
    "combattants": "Comb", "commandant": "Cdt", "commandants": "Cdts", "departementale": "Dép", "division": "Div",
    "docteur": "Dr", "escalier": "Esc", "etage": "Ét", "faubourg": "Fg", "general": "Gal", "generaux": "Gaux",
    "gouverneur": "Gouv", "grand": "Gd", "grande": "Gde", "grandes": "Gdes", "grands": "Gds", "immeuble": "Imm",
    "infanterie": "Inf", "ingenieur": "Ing", "inspecteur": "Insp", "institut": "Inst", "lieutenant": "Lt",
    "logement": "Lgt", "lotissement": "Lot", "madame": "Mme", "mademoiselle": "Mlle", "marechal": "Mal",
    "medecin": "Méd", "monseigneur": "Mgr", "monsieur": "M", "nationale": "Nale",
    "nouveau": "Nouv", "nouvelle": "Nouv", "petit": "Pt", "petite": "Pte", "petites": "Ptes",
    "petits": "Pts", "prefet": "Préf", "president": "Pdt", "professeur": "Pr", "quartier": "Qu", "recteur": "Rect",
    "regiment": "Rgt", "residence": "Rés", "saint": "St", "sainte": "Ste", "saintes": "Stes", "saints": "Sts",
    "sergent": "Sgt", "sous-lieutenant": "Slt", "universitaire": "Univ", "veterinaire": "Vét", "vieille": "Vle",
    "vieux": "Vx",
}  # fmt: skip


# Several words that are always read as one, by the same rule.
SHORT_PHRASES: dict[str, str] = {"afrique du nord": "AFN", "notre-dame": "ND", "notre dame": "ND"}
_PHRASES = re.compile("|".join(rf"\b{phrase}\b" for phrase in SHORT_PHRASES), re.I)


def shorten(value: str, limit: int) -> str:
    """The text with as many of its words shortened, from the left, as it takes to fit; its last word stays.

    May still be longer than the limit: nothing is cut off.
    """
    words, length = value.split(" "), len(value)
    for index, word in enumerate(words[:-1]):
        if length <= limit:
            break
        words[index] = "-".join(_short(word))
        length += len(words[index]) - len(word)
    result = " ".join(words)
    if len(result) > limit:
        result = _PHRASES.sub(lambda match: SHORT_PHRASES[match[0].lower()], result)
    if len(result) > limit and "-" in result.rpartition(" ")[2]:
        # A compound word is several: all but its last.
        head, last = result.rsplit("-", 1)
        start = head.rpartition(" ")[2]
        result = f"{head.removesuffix(start)}{'-'.join(_short(start))}-{last}"
    return result


def _short(word: str) -> list[str]:
    """A word in its short form, or each word of a compound one."""
    prefix, mark, stem = word.rpartition("'") if "'" in word else word.rpartition("’")
    whole = SHORT_WORDS.get(ascii_name(stem).lower())
    if whole:
        return [prefix + mark + (whole.upper() if stem.isupper() else whole)]
    if "-" in word:
        return [part for piece in word.split("-") for part in _short(piece)]
    return [word]
