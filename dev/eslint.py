"""ESLint, for Odoo's own JavaScript rules."""

import npm

# The last series that reads the form of configuration Odoo's rules are written in.
VERSION = '8.57.1'


def ensure(workshop):
    """The command, installed when it is not there yet."""
    return npm.ensure(workshop, 'eslint', VERSION, 'ESLint') / '.bin' / 'eslint'
