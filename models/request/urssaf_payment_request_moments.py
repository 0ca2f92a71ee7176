from odoo import fields, models
from odoo.tools import format_date, format_datetime

from ...urssaf import statuses
from ...urssaf.dates import TIME_ZONE, day_in_paris
from .urssaf_payment_request_states import CONTESTABLE_STATES


class UrssafPaymentRequest(models.Model):
    """Until when: each wait has an end that people can be told, in Paris time (CONTRACT §13: for information only)."""

    _inherit = 'urssaf.payment.request'

    def _in_paris(self, moment):
        """A moment as URSSAF counts it, in the reader's language; the zone is named to who lives in another one.

        :param datetime moment: naive UTC; may be empty
        :rtype: str
        """
        if not moment:
            return ''
        text = format_datetime(self.env, moment, tz=TIME_ZONE, dt_format='short')
        if str(self.env.tz) == TIME_ZONE:
            return text
        return self.env._("%s (Paris time)", text)

    def _since(self, states):
        """When URSSAF's first word of one of these states came, naive UTC; when nothing is known, that of the state.

        :param tuple states: keys of the table of states
        :rtype: datetime
        """
        self.ensure_one()
        dates = self.sudo().event_ids.filtered(lambda event: event.state in states).mapped('date')
        return min(dates, default=self.state_since)

    def _contest_until(self):
        """Until about when the customer may object, naive UTC."""
        return self._since(CONTESTABLE_STATES) + statuses.CONTEST_WITHIN

    def _is_overdue(self):
        """Whether the time to object is over, and URSSAF has not said what became of it."""
        self.ensure_one()
        return self.state in CONTESTABLE_STATES and self._contest_until() < fields.Datetime.now()

    def _transfer_expected_on(self):
        """About when URSSAF pays: what it has announced, else a few working days after the approval.

        :rtype: date
        """
        self.ensure_one()
        if self.transfer_date:
            return self.transfer_date
        approved = self.sudo().event_ids.filtered(lambda event: event.state == 'validated').mapped('date')
        return statuses.transfer_day(day_in_paris(min(approved, default=self.state_since)))

    def _moments(self):
        """What stands for ``%(name)s`` in the sentences of a state, as text.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        now = fields.Datetime.now()
        since = self._since(CONTESTABLE_STATES) if self.state in CONTESTABLE_STATES else self.state_since
        return {
            'since': self._in_paris(since),
            'until': self._in_paris(self._contest_until()),
            'next': self._in_paris(max(self.next_poll_at or now, now)),
            'day': format_date(self.env, self.submit_at and day_in_paris(self.submit_at)),
            'transfer': format_date(self.env, self._transfer_expected_on()),
            'amount': self.currency_id.format(self.amount_expected),
        }
