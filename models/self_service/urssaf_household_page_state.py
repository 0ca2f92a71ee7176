from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, format_datetime

from ...urssaf.dates import TIME_ZONE
from ...urssaf.statuses import ACTIVATION_LINK_LIFETIME
from ..registration.urssaf_registration_states import KNOWN_TO_URSSAF
from .urssaf_household_page_words import COLOR_ICONS, LINK_EXPIRED, NOT_INVITED, REQUESTS, STATE_ICONS, STATES


class UrssafHouseholdPage(models.AbstractModel):
    """What a household reads about its registration and its requests, in its own words; nothing internal."""

    _inherit = 'urssaf.household.page'

    @api.model
    def _registration_shown(self, partner, company, registration, is_finished):
        """Title, sentence, colour and icon for a registration.

        :param urssaf.registration registration: may be empty
        :param bool is_finished: whether the household has been through the last step
        :return: ``{'state', 'has_account', 'color', 'icon', 'title', 'sentence'}``; ``has_account``: whether there is one at URSSAF
        """
        state = registration.state or 'draft'
        written = registration.registered_at or registration.create_date
        limit = written and written + ACTIVATION_LINK_LIFETIME
        words = STATES[state] if state != 'draft' or is_finished else NOT_INVITED
        if state == 'pending' and limit <= fields.Datetime.now():
            words = LINK_EXPIRED
        title, sentence, color = words
        params = {'company': company.name, 'email': registration.email_at_urssaf or partner.email or ''}
        if written:
            params.update(date=format_date(self.env, written), limit=format_date(self.env, limit))
        return {
            'state': state,
            'has_account': state in KNOWN_TO_URSSAF,
            'color': color,
            'icon': STATE_ICONS.get(state) or COLOR_ICONS[color],
            'title': self._translated(title, **params),
            'sentence': self._translated(sentence, **params),
        }

    @api.model
    def _requests_shown(self, partner, company):
        """The requests that URSSAF has or that are planned, newest first: dicts for the page. Those of a trial only where there
        are no real ones."""
        requests = self.env['urssaf.payment.request']
        mine = Domain(
            [('partner_id', '=', partner.id), ('company_id', '=', company.id), ('state', 'in', list(REQUESTS))]
        )
        for environment in dict.fromkeys(('production', company.urssaf_environment)):
            requests = requests or requests.search(mine & Domain('environment', '=', environment), limit=50)
        return [self._request_shown(request) for request in requests]

    @api.model
    def _format_moment(self, moment):
        """Day and time, in Paris, to the minute."""
        return format_datetime(self.env, moment, tz=TIME_ZONE, dt_format='short') if moment else ''

    @api.model
    def _format_day(self, moment):
        return format_date(self.env, fields.Datetime.context_timestamp(self, moment).date()) if moment else ''

    @api.model
    def _request_shown(self, request):
        """One request, in the household's words and with its share.

        :return: ``{'name', 'label', 'todo', 'color', 'state', 'since', 'total', 'share', 'period'}``, all as texts, and
            ``is_real``: whether the household is really debited
        """
        label, todo, color = REQUESTS[request.state]
        money = request.currency_id.with_env(self.env).format
        return {
            'name': request.name,
            'label': self._translated(label),
            'todo': self._translated(todo, day=self._format_day(request.submit_at)),
            'color': color,
            'state': request.state,
            'is_real': request.environment == 'production',
            'since': request.state == 'awaiting' and self._format_moment(request.state_since),
            'total': money(request.amount_total),
            'share': money(request.amount_household),
            'period': ' – '.join(
                dict.fromkeys(format_date(self.env, day) for day in (request.date_start, request.date_end))
            ),
        }
