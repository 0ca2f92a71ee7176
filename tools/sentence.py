"""A sentence from a table of ours (``*_words.py``, ``*_states.py``), in somebody's language."""


def filled_in(env, sentence, values):
    """The sentence translated, then filled in: one entry of the catalogue serves for many values.

    :param env: its language counts
    :param sentence: a ``LazyTranslate`` without values
    :param values: what stands for its ``%s`` (a tuple) or ``%(name)s`` (a dict)
    :rtype: str
    """
    translated = env._(sentence)
    return translated % values
