from decimal import Decimal

from odoo import api, models
from odoo.tools import format_date

from ...tools.euros import euros
from ...tools.sentence import filled_in
from .urssaf_finding_words import SENTENCES


class UrssafFinding(models.AbstractModel):
    """Findings of ``urssaf.rules``, which knows no language, as sentences in the user's."""

    _name = 'urssaf.finding'
    _description = "URSSAF Finding"

    @api.model
    def _sentence(self, finding):
        """One finding as one sentence that names the field and the remedy.

        :param urssaf.findings.Finding finding: what would be refused
        :rtype: str
        """
        params = {key: self._format(value) for key, value in finding.params.items()}
        return filled_in(self.env, SENTENCES[finding.code], params)

    @api.model
    def _sentences(self, findings, level=None):
        """Findings as a list of sentences, in their order.

        :param findings: iterable of ``urssaf.findings.Finding``
        :param str level: ``'error'`` or ``'warning'`` to keep only those
        :rtype: list[str]
        """
        return [self._sentence(finding) for finding in findings if level in (None, finding.level)]

    @api.model
    def _format(self, value):
        """A date and an amount (euros) as people write them; anything else as it is."""
        if hasattr(value, 'isoformat'):
            return format_date(self.env, value)
        if isinstance(value, Decimal):
            return euros(self.env, float(value))
        return value
