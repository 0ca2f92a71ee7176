from odoo import models
from odoo.http import request

from ...tools.private_pages import LINK, protect


class IrHttp(models.AbstractModel):
    """Odoo's own answers below a private link, too: pages that are not found, and errors."""

    _inherit = 'ir.http'

    @classmethod
    def _post_dispatch(cls, response):
        # EXTENDS 'base'
        result = super()._post_dispatch(response)
        if LINK.search(request.httprequest.path):
            protect(response)
        return result
