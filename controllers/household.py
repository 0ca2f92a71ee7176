import logging

from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.self_service.urssaf_household_page import STEPS
from . import household_privacy as privacy

_logger = logging.getLogger(__name__)

LINK, ACCOUNT = '/avance-immediate/<string:token>', '/my/avance-immediate'
# The browser that has entered the data through a link may see them again, until a new link is sent.
TRUSTED = 'urssaf_household_trusted'


class Visit:
    """Who asks, for which household, by which way: a private link or a portal account."""

    def __init__(self, partner, company, invitation, path, is_trusted):
        # By a link, whoever is logged in besides has not come as that user.
        self.user = request.env.user if path == ACCOUNT else request.env['res.users']
        self.path = path
        self.invitation = invitation
        self.company = company.sudo()
        self.is_trusted = is_trusted
        self.model, self.partner = request.env['urssaf.household.page']._as_system(partner, company)
        self.is_open = bool(invitation) and invitation._is_open()
        self.is_finished = bool(invitation.finished_at)


class HouseholdPages(CustomerPortal):
    """A household's own pages (SCREENS §9): three steps, then how far it is. Nothing here calls URSSAF."""

    # -- ways in ----------------------------------------------------------------------------------

    # `csrf=False`: the CSRF token is checked in `_urssaf_page`, which has an answer for a page left open for too long.
    @route(
        [LINK, f'{LINK}/<int:step>'],
        type='http',
        auth='public',
        website=True,
        multilang=False,
        sitemap=False,
        methods=['GET', 'POST'],
        csrf=False,
    )
    def urssaf_household_link(self, token, step=None, **post):
        """The pages by a private link; without a good one, a page that does not say why.

        :param str token: whatever somebody has typed
        """
        if not token.strip('.'):
            # `..%2F`: Odoo's website makes a URL of each page's own path and refuses dots alone there (error 500). The same
            # page, at an address that is one.
            return self._urssaf_go(LINK.replace('<string:token>', '-'))
        visit = self._urssaf_by_link(token)
        return self._urssaf_page(visit, step, post) if visit else self._urssaf_no_link()

    @route(
        [ACCOUNT, f'{ACCOUNT}/<int:step>'],
        type='http',
        auth='user',
        website=True,
        multilang=False,
        sitemap=False,
        methods=['GET', 'POST'],
        csrf=False,
    )
    def urssaf_household_account(self, step=None, **post):
        """The pages of the household that has logged in to its portal account."""
        visit = self._urssaf_by_account()
        return self._urssaf_page(visit, step, post) if visit else self._urssaf_no_page(is_link=False)

    @route(f'{LINK}/communes', type='jsonrpc', auth='public', website=True, multilang=False, sitemap=False)
    def urssaf_household_link_communes(self, token, words=''):
        """Names of communes while a household types one, by a private link.

        :rtype: list[str]
        """
        return self._urssaf_communes(self._urssaf_by_link(token), words)

    @route(f'{ACCOUNT}/communes', type='jsonrpc', auth='user', website=True, multilang=False, sitemap=False)
    def urssaf_household_account_communes(self, words=''):
        """The same for a household that has logged in.

        :rtype: list[str]
        """
        return self._urssaf_communes(self._urssaf_by_account(), words)

    def _urssaf_by_link(self, token):
        """Who visits by this link, in the household's language; None when it is not valid.

        :rtype: Visit | None
        """
        # A valid link always opens, however many wrong ones came from the same address: many people may share it.
        invitation = request.env['urssaf.invitation'].sudo()._find_by_token(token)
        if not invitation:
            return None
        lang = invitation._household_lang()
        if lang:
            request.update_context(lang=lang)
        return Visit(
            invitation.partner_id,
            invitation.company_id,
            invitation,
            f'/avance-immediate/{token}',
            request.session.get(TRUSTED) == invitation.token_hash,
        )

    def _urssaf_by_account(self):
        """The household of the user who has logged in: their own commercial partner, whatever the URL says."""
        partner, company = request.env.user.partner_id.commercial_partner_id, request.env.company._urssaf_owner()
        if not self._urssaf_concerns(partner, company):
            return None
        invitation = request.env['urssaf.invitation']._find_for(partner, company)
        # A contact of the household may follow it; its birth data are shown to itself alone.
        return Visit(partner, company, invitation, ACCOUNT, partner == request.env.user.partner_id)

    def _urssaf_concerns(self, partner, company):
        """Whether the company has invited or registered this household."""
        if not partner.sudo().with_company(company).urssaf_is_possible:
            return False
        model, partner = request.env['urssaf.household.page']._as_system(partner, company)
        return bool(
            model.env['urssaf.invitation']._find_for(partner, company) or partner.urssaf_registration_state != 'draft'
        )

    def _prepare_home_portal_values(self, counters):
        # EXTENDS 'portal'
        values = super()._prepare_home_portal_values(counters)
        if 'urssaf_household_count' in counters:
            values['urssaf_household_count'] = int(
                self._urssaf_concerns(
                    request.env.user.partner_id.commercial_partner_id, request.env.company._urssaf_owner()
                )
            )
        return values

    # -- answers ----------------------------------------------------------------------------------

    def _urssaf_no_link(self):
        """One answer for every link that does not open: unknown, expired, replaced, or of a household erased since."""
        response = self._urssaf_no_page(is_link=True)
        if privacy.is_guessing():  # the page is still readable: somebody with an old link may share the address
            response.status_code = 429
            response.headers['Retry-After'] = str(privacy.WINDOW)
        return response

    def _urssaf_no_page(self, is_link):
        response = self._urssaf_private('household_no_page', {'is_link': is_link})
        response.flatten()
        response.status_code = 404
        return response

    def _urssaf_communes(self, visit, words):
        privacy.protect(request.future_response)
        if not visit or not visit.is_open or not isinstance(words, str) or privacy.is_too_fast(visit.invitation.id):
            return []
        return visit.model._suggest_communes(words)

    def _urssaf_page(self, visit, step, post):
        """What a visitor sees: how far the registration is, a step, or what becomes of a step that was filled in.

        :param Visit visit: who asks
        :param int step: 1 to 3; None for the first one to correct
        :param dict post: what the browser has sent
        """
        if not visit.is_open or (step is None and visit.is_finished):
            return self._urssaf_state(visit)
        if step is not None and step not in STEPS:
            return self._urssaf_go(visit.path)
        if step and request.httprequest.method == 'POST':
            if not self._urssaf_is_own_form(post.get('csrf_token')):
                return self._urssaf_stale(visit, step, post)
            return self._urssaf_save(visit, step, post)
        step = step or visit.model._first_step_to_correct(visit.partner) or min(STEPS)
        errors = {}
        if post.get('check'):
            errors = visit.model._errors_of_step(visit.partner, step)
        return self._urssaf_step(visit, step, visit.model._values_shown(visit.partner, step, visit.is_trusted), errors)

    def _urssaf_is_own_form(self, token):
        """Whether a form comes from a page that this session has been given."""
        return isinstance(token, str) and token.isascii() and request.validate_csrf(token)

    def _urssaf_stale(self, visit, step, post):
        """The page's session has ended, or the form is forged: nothing is written, and the step is shown again.

        What the form holds is only shown again on the private link: a user who is logged in may have been sent a form that
        somebody else has filled in.

        :return: the step, with HTTP status 400
        """
        _logger.warning("A form of a household's page was refused: its session has ended, or it is forged")
        if visit.path == ACCOUNT:
            values = visit.model._values_shown(visit.partner, step, visit.is_trusted)
        else:
            values = visit.model._read_step(post, step)
        response = self._urssaf_step(visit, step, values, {}, is_stale=True)
        response.flatten()
        response.status_code = 400
        return response

    def _urssaf_save(self, visit, step, post):
        """Write a step and go on to the next one; show it again with its errors when it is not right."""
        values = visit.model._read_step(post, step)
        # Hidden values are shown again only to the browser that has just entered all of them.
        knows_all = step == min(STEPS) and visit.model._has_entered_all(visit.partner, values, visit.is_trusted)
        errors, choices = visit.model._save_step(visit.partner, step, values, visit.is_trusted, visit.user)
        if errors:
            return self._urssaf_step(visit, step, values, errors, choices)
        if visit.path != ACCOUNT and knows_all:
            request.session[TRUSTED] = visit.invitation.token_hash
        if step < max(STEPS):
            return self._urssaf_go(f'{visit.path}/{step + 1}')
        step = visit.model._first_step_to_correct(visit.partner)
        if step:
            return self._urssaf_go(f'{visit.path}/{step}?check=1')
        visit.invitation._record_finished()
        return self._urssaf_go(visit.path)

    def _urssaf_go(self, path):
        return privacy.protect(request.redirect(path, code=303))

    def _urssaf_step(self, visit, step, values, errors, choices=None, is_stale=False):
        """The page of a step.

        :param dict values: texts by field, as the household has typed them or as they are known
        :param dict errors: sentences by field
        :param dict choices: ``[(id, name)]`` by field, where several are meant
        :param bool is_stale: whether the form was not accepted because its page had been left open for too long
        """
        return self._urssaf_render(
            'household_step',
            visit,
            {
                'step': step,
                'steps': list(STEPS),
                'values': values,
                'errors': errors,
                'choices': choices or {},
                'first_error': next((name for name in STEPS[step] if name in errors), None),
                'is_stale': is_stale,
                'known': visit.model._known_values(visit.partner, step, visit.is_trusted),
                'email_is_locked': visit.model._email_is_locked(visit.partner, visit.user),
                'countries': request.env['res.country']._birth_countries() if step == 1 else [],
                'consent_text': visit.model._consent_text(visit.company),
                'summary': visit.model._summary_of_steps(visit.partner, visit.is_trusted) if step == max(STEPS) else [],
            },
        )

    def _urssaf_state(self, visit):
        """The page that says how far the registration is, and what becomes of the invoices."""
        registration = visit.partner.urssaf_registration_id
        requests = visit.model._requests_shown(visit.partner, visit.company)
        is_trial = visit.company.urssaf_environment != 'production'
        return self._urssaf_render(
            'household_state',
            visit,
            {
                **visit.model._registration_shown(visit.partner, visit.company, registration, visit.is_finished),
                'requests': requests,
                # What is really debited is no trial, whatever the company tries out meanwhile.
                'is_trial': is_trial and not any(item['is_real'] for item in requests),
                'is_asked': any(item['state'] == 'awaiting' for item in requests),
            },
        )

    def _urssaf_render(self, template, visit, values):
        """A page of a household, which no cache keeps and no other site may show.

        :param str template: XML id without its module
        """
        return self._urssaf_private(
            template,
            {
                'company': visit.company,
                'path': visit.path,
                'is_link': visit.path != ACCOUNT,
                'is_open': visit.is_open,
                'is_trial': visit.company.urssaf_environment != 'production',
                'contact': visit.model._contact_of(visit.company),
                'bank_days': visit.partner._urssaf_bank_days(),
                **values,
            },
        )

    def _urssaf_private(self, template, values):
        """A page with the headers that keep it private, which describes itself to no search engine and no social network.

        :param str template: XML id without the module
        :param dict values: what the page needs
        """
        # Odoo's website describes the view, URL included, unless another object is named. This one is empty: nothing to
        # describe.
        values = {'page_name': 'urssaf_household', 'main_object': request.env['urssaf.household.page'], **values}
        return privacy.protect(request.render(f'l10n_fr_avance_immediate.{template}', values))
