"""The form of a table of states: one place that says of each state what it is called, what may come before it and what
people are told. Requests and registrations have one each (``*_states.py``); everything else derives from it.
"""

from dataclasses import dataclass, field

from ...tools.sentence import filled_in


@dataclass(frozen=True, eq=False)  # lazy texts cannot be compared
class State:
    """One state of a document, as data. Texts are lazy (``LazyTranslate``): ``tools.sentence.filled_in`` translates them."""

    # What users read in lists and forms.
    label: object
    # The states that it may come from. Another one is logged, never refused: URSSAF decides (CONTRACT §9).
    after: tuple[str, ...] = ()
    # A coarser grouping, for filters, colours and columns.
    stage: str = ''
    # How a badge shows it: muted, info, success, warning or danger.
    color: str = ''
    # What is true of it, one word each: ``having(STATES, flag='path')``.
    flags: frozenset[str] = frozenset()
    # Sentences by kind: 'event', 'guidance', 'alert'…
    words: dict[str, object] = field(default_factory=dict)


def selection(states, env):
    """A table as the choices of a ``fields.Selection``, in its own order and in the language of ``env``.

    :param dict[str, State] states: the table
    :rtype: list[tuple[str, str]]
    """
    return [(key, filled_in(env, state.label)) for key, state in states.items()]


def having(states, *, flag=None, stage=None, color=None):
    """The keys of the states of which all that is given is true, in the order of the table.

    :param dict[str, State] states: the table
    :rtype: tuple[str, ...]
    """
    return tuple(
        key
        for key, state in states.items()
        if flag in (None, *state.flags) and stage in (None, state.stage) and color in (None, state.color)
    )


def may_follow(states, before, after):
    """Whether the table knows the step from one state to another; staying where one is counts as known.

    :param dict[str, State] states: the table
    :param before: key of the state left; empty for a new document
    :param after: key of the state reached
    """
    return not before or before == after or before in states[after].after
