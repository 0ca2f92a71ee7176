"""A sentence from a table of ours (``*_words.py``, ``*_states.py``), in somebody's language."""


def filled_in(env, sentence, values=None):
    """The sentence translated, then filled in: one entry of the catalogue serves for many values.

    :param env: its language counts
    :param sentence: a ``LazyTranslate`` without values
    :param values: what stands for its ``%s`` (a tuple) or ``%(name)s`` (a dict); None when it has neither
    :rtype: str
    """
    translate = env._  # by another name: what stands in `_()` itself is a literal, for the exporter
    translated = translate(sentence)
    return translated % values if values else translated


def within(sentence):
    """A sentence as it stands after a colon: "Wrong number of hours" → "wrong number of hours"; "IBAN…" stays.

    :param str sentence: may be empty or False
    :rtype: str
    """
    if not sentence or sentence[1:2].isupper():
        return sentence or ''
    return sentence[0].lower() + sentence[1:]


# So many are named in a sentence; who wants all of them has the list.
NAMED = 5


def some_of(names):
    """The first few names, never a whole list made one paragraph: "FAC/2026/00020, FAC/2026/00021…".

    :param names: strings, in the order in which they are to stand
    :rtype: str
    """
    names = list(names)
    return ', '.join(names[:NAMED]) + ('…' if len(names) > NAMED else '')
