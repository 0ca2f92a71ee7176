from odoo.exceptions import UserError


class RequestRefused(UserError):
    """A request that was not made, or not taken: nothing is wrong with the click, as Odoo's "Invalid Operation" would say.

    The client shows it under a title of its own (static/src/urssaf_refusal).
    """
