"""Runs inside `odoo shell`: calls a function of ``inside_*.py`` with the shell's own environment.

Nothing of the addon is imported here: it may be gone.
"""

import importlib
import json


def main(env, module, act, facts):
    """Call ``module.act(env, **facts)`` and print what it returns, as JSON; an exception ends the shell."""
    print('RESULT', json.dumps(getattr(importlib.import_module(module), act)(env, **json.loads(facts))))
