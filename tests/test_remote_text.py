from odoo.tests import HttpCase, tagged

from ..urssaf.errors import Refused, RemoteError
from .common import AvanceImmediateCommon

WORDS = "TEXTE-DE-URSSAF"
# Written as it is, and in entities: both are markup to whoever forgets to escape.
SCRIPT = f"{WORDS} <script>window.urssafXss = 1</script><img src=x onerror='window.urssafXss = 2'>"
ENTITIES = "&lt;script&gt;window.urssafXss = 3&lt;/script&gt;&lt;img src=x onerror=&quot;window.urssafXss = 4&quot;&gt;"
ERROR = RemoteError('ERR_JAMAIS_VUE', SCRIPT, ENTITIES)
LOOK = """
const started = Date.now();
const looking = setInterval(() => {
    if (document.body.innerText.includes("WORDS")) {
        clearInterval(looking);
        setTimeout(() => window.urssafXss || document.querySelector('img[src="x"]')
            ? console.error("text of URSSAF became markup") : console.log("test successful"), 800);
    } else if (Date.now() - started > 40000) {
        clearInterval(looking);
        console.error("the text of URSSAF is not shown");
    }
}, 200);
""".replace("WORDS", WORDS)


@tagged('post_install_l10n', 'post_install', '-at_install')
class TestRemoteText(AvanceImmediateCommon, HttpCase):
    """What URSSAF or a household writes is text wherever it is shown, never markup."""

    def setUp(self):
        super().setUp()
        self.clerk.password = self.clerk.login
        self.invoice = self.make_invoice()
        self.request = self.send(self.invoice)

    def assertIsText(self, html, where, with_words=True):
        html = str(html)
        if with_words:
            self.assertIn(WORDS, html, where)
        for tag in ('<script>window', '<img src=x', '<img src="x"'):
            self.assertNotIn(tag, html, where)

    def contest(self):
        """The household refuses, with a comment, and we hear of it."""
        self.control(
            f'requests/{self.invoice.name.replace("/", "%2F")}/contest', {'code': 'CONTEST_AUTRE', 'comment': SCRIPT}
        )
        with self.as_user() as env:
            self.invoice.with_env(env).action_urssaf_refresh()
        self.env.invalidate_all()
        self.assertIn(WORDS, self.request.reject_comment)

    def reject(self):
        with self.as_cron() as env:
            request = self.request.with_env(env)
            request._apply_refusal((ERROR,))
            request._notify()
        self.env.invalidate_all()

    def check_record(self, record):
        bodies = [*record.message_ids.mapped('body'), *record.activity_ids.mapped('note')]
        self.assertTrue(any(WORDS in str(body) for body in bodies), bodies)
        for body in bodies:
            self.assertIsText(body, 'chatter or activity', with_words=False)

    def test_the_comment_of_a_household(self):
        self.contest()
        self.check_record(self.invoice)
        alert = self.invoice.with_user(self.clerk)._get_alerts()['urssaf_request']
        self.assertEqual(type(alert['message']), str, "plain text, which the banner escapes")
        self.assertIn(WORDS, alert['message'])
        page = self.url_open(self.invoice.get_portal_url())
        self.assertEqual(page.status_code, 200)
        self.assertIsText(page.text, 'portal', with_words=False)
        self.browser_js(
            f'/odoo/customer-invoices/{self.invoice.id}', LOOK, ready='odoo.isReady === true', login=self.clerk.login
        )

    def test_the_words_of_a_refusal(self):
        self.reject()
        self.assertEqual(self.request.state, 'rejected')
        self.check_record(self.invoice)
        self.assertEqual(type(self.invoice._get_alerts()['urssaf_request']['message']), str)
        self.assertIsText(self.url_open(self.invoice.get_portal_url()).text, 'portal', with_words=False)

    def test_the_words_of_a_refused_registration(self):
        registration = self.household.with_company(self.company).urssaf_registration_id
        with self.as_cron() as env:
            registration.with_env(env)._apply_outcome(
                'claim', {'state': 'draft', 'customer_ref': False}, None, Refused((ERROR,))
            )
            registration.with_env(env)._notify()
        self.env.invalidate_all()
        self.assertEqual(registration.state, 'rejected')
        self.check_record(self.household)
        activity = self.household.activity_ids[:1]
        self.assertIn('&lt;img', str(activity.note), "said as text, not dropped")
        notice = (registration | registration.copy({'partner_id': self.make_household("Anne Autre").id}))._notify_user()
        self.assertEqual(type(notice['params']['message']), str)
