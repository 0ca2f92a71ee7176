import re

from odoo.tests import HttpCase

from ..tools.private_pages import HEADERS
from .common import AvanceImmediateCommon

IBAN, OTHER_IBAN = 'FR7630006000011234567890189', 'FR1420041010050500013M02606'
LINK = re.compile(r'https?://[^\s"\'<]+/avance-immediate/([A-Za-z0-9_-]+)')


class HouseholdCommon(AvanceImmediateCommon, HttpCase):
    """A household of which nothing is known but its name and e-mail address, and one of the neighbourhood."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('en_US')  # the pages speak the household's language, if it is installed
        cls.company.partner_id.lang = 'en_US'
        cls.env['mail.mail'].search([]).unlink()
        cls.france = cls.env.ref('base.fr')
        cls.guest = cls.env['res.partner'].create(
            {'name': "Jeanne Invitée", 'email': 'jeanne@example.com', 'lang': 'en_US', 'company_id': False}
        )
        cls.neighbour = cls.make_household("Alex Voisin", email='alex@example.com')

    def setUp(self):
        super().setUp()
        self.env.registry._urssaf_counts = {}

    def invite(self, partner=None, user=None, company=None):
        """Click the button; the secret, from the e-mail."""
        partner, company = partner or self.guest, company or self.company
        known = self.env['mail.mail'].search([])
        partner.with_user(user or self.invoicing_user).with_company(company).with_context(
            allowed_company_ids=company.ids
        ).action_urssaf_invite()
        self.mail = self.env['mail.mail'].search([]) - known
        self.assertEqual(self.mail.recipient_ids, partner)
        self.env.flush_all()
        return LINK.search(self.mail.body_html)[1]

    def invitation(self, partner=None):
        return self.env['urssaf.invitation']._find_for(partner or self.guest, self.company)

    def page(self, token, step=None, status=200, **query):
        """A page of the private link, with the privacy headers that all of them have."""
        return self.checked(self.url_open(self.path(token, step), **query), status)

    def path(self, token, step=None):
        return f'/avance-immediate/{token}' + (f'/{step}' if step else '')

    def checked(self, answer, status=200):
        self.protected(answer, status)
        self.assertNotRegex(answer.text, r'"(og|twitter):\w+"', "a private page describes itself to nobody")
        return answer.text

    def protected(self, answer, status=200):
        """What each answer below a private link has, Odoo's own pages included."""
        self.env.invalidate_all()
        self.assertEqual(answer.status_code, status, answer.text[:2000])
        self.assertEqual(answer.headers['Cache-Control'], 'no-store')
        self.assertEqual(answer.headers['Referrer-Policy'], 'no-referrer')
        self.assertEqual(answer.headers['Content-Security-Policy'], HEADERS['Content-Security-Policy'])

    def post(self, token, step, status=200, path=None, **values):
        """Fill in a step as a browser does without JavaScript; the page one gets to."""
        path = path or self.path(token, step)
        return self.checked(self.url_open(path, data={'csrf_token': self.csrf(), **values}), status)

    def shown(self, page, name):
        """The sentence under a field."""
        found = re.search(rf'id="{name}_note">.*?</i>(.*?)</div>', page, re.DOTALL)
        return found and found[1].strip()

    def csrf(self):
        return re.search(r'csrf_token: "([^"]+)"', self.url_open('/web/login').text)[1]

    IDENTITY = {
        'civility': '2',
        'birth_name': "Exemple",
        'usage_name': "Invitée",
        'first_names': "Jeanne Marie",
        'birth_date': '1984-05-17',
        'birth_commune': "Tours (37000)",
    }
    CONTACT = {
        'street': "12 bis rue des Exemples",
        'complement': '',
        'zip': '37000',
        'city': "Tours",
        'mobile': '06 39 98 00 07',
        'email': 'jeanne@example.com',
    }
    BANK = {
        'iban': 'FR76 3000 6000 0112 3456 7890 189',
        'bic': 'TESTFRPPXXX',
        'holder': "Mme Invitée Jeanne",
        'consent': '1',
    }

    def fill_in(self, token, path=None):
        path = path or self.path(token)
        self.post(token, 1, path=f'{path}/1', birth_country=self.france.id, **self.IDENTITY)
        self.post(token, 2, path=f'{path}/2', **self.CONTACT)
        return self.post(token, 3, path=f'{path}/3', **self.BANK)
