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
