from decimal import Decimal

from odoo import api, models
from odoo.tools import format_date
from odoo.tools.translate import get_translation

from ...urssaf.messages import MESSAGES

MODULE = 'l10n_fr_avance_immediate'


class UrssafFinding(models.AbstractModel):
    """Findings of ``urssaf.rules``, which knows no language, as sentences in the user's."""

    _name = 'urssaf.finding'
    _description = "URSSAF Finding"

    @api.model
    def _sentence(self, finding):
        """One finding as one sentence that names the field and the remedy."""
        params = {key: self._format(value) for key, value in finding.params.items()}
        return get_translation(MODULE, self.env.lang or 'en_US', MESSAGES[finding.message_id], params)

    @api.model
    def _sentences(self, findings, level=None):
        """Findings as a list of sentences, in their order.

        :param level: ``'error'`` or ``'warning'`` to keep only those
        """
        return [self._sentence(finding) for finding in findings if level in (None, finding.level)]

    @api.model
    def _format(self, value):
        if hasattr(value, 'isoformat'):
            return format_date(self.env, value)
        if isinstance(value, Decimal):
            return self.env.ref('base.EUR').format(float(value))
        return value
