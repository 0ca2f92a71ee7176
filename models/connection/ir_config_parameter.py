import math

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import str2bool

PREFIX = 'l10n_fr_avance_immediate.'


class IrConfigParameter(models.Model):
    """The module's own system parameters (doc/scripting.md): one reader for each kind, whoever asks."""

    _inherit = 'ir.config_parameter'

    @api.model
    def _urssaf_text(self, name, default=''):
        """A parameter as it was written, without spaces around it.

        :param str name: without the module's prefix
        """
        return str(self.sudo().get_param(PREFIX + name) or default).strip()

    @api.model
    def _urssaf_switch(self, name):
        """Whether a parameter is on: True, 1, yes… Anything else is off, the text ``False`` included.

        :param str name: without the module's prefix
        """
        return str2bool(self._urssaf_text(name), False)

    @api.model
    def _urssaf_days(self, name, default):
        """A whole number of days; what is none, a slip of the pen, counts as the usual number.

        :param str name: without the module's prefix
        :param int default: the usual number
        :rtype: int
        """
        value = self._urssaf_text(name)
        return int(value) if value.isdecimal() else default

    @api.model
    def _urssaf_count(self, name, default, most):
        """A whole number from 1 on; what is none counts as the usual number.

        :param str name: without the module's prefix
        :param int default: the usual number
        :param int most: more counts as so many
        :rtype: int
        """
        value = self._urssaf_text(name)
        return max(1, min(int(value), most)) if value.isdecimal() else default

    @api.model
    def _urssaf_seconds(self, name, default):
        """A number of seconds above zero.

        :param str name: without the module's prefix
        :param float default: the usual number
        :raises UserError: when something else is written there
        """
        value = self._urssaf_text(name, default)
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            raise UserError(
                self.env._(
                    "The system parameter %(name)s must be a number of seconds above zero (it is “%(value)s”).",
                    name=PREFIX + name,
                    value=value,
                )
            )
        return seconds
