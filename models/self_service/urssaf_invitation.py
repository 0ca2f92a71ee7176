import hashlib
import re
import secrets
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import consteq, email_normalize, format_date, plaintext2html

from ...urssaf.dates import TIME_ZONE, day_in_paris
from ..registration.urssaf_registration_states import REGISTRABLE

DAYS = 14
ACTIVITY = 'l10n_fr_avance_immediate.mail_activity_type_urssaf_household'
TEMPLATE = 'l10n_fr_avance_immediate.mail_template_invitation'
CONFIRMATION = 'l10n_fr_avance_immediate.mail_template_filled_in'
# What `secrets.token_urlsafe(32)` gives: anything else is not looked up at all.
TOKEN = re.compile(r'[A-Za-z0-9_-]{43}')


class UrssafInvitation(models.Model):
    """A household's private link to one provider. No user has access: it is made and read by the system alone.

    The secret stands in the e-mail only; here is its hash. One link for a household and a company: a new one replaces it.
    """

    _name = 'urssaf.invitation'
    _description = "URSSAF Invitation"

    partner_id = fields.Many2one('res.partner', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', required=True, ondelete='cascade')
    token_hash = fields.Char(required=True, groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True)
    email = fields.Char(help="The address that the link was sent to.")
    bounced_at = fields.Datetime(help="When it was known that the link has not arrived.")
    user_id = fields.Many2one('res.users', string="Invited By", ondelete='set null')
    finished_at = fields.Datetime(help="When the household went through the last step.")
    activity_id = fields.Many2one('mail.activity', ondelete='set null')

    _unique_household = models.Constraint('UNIQUE (partner_id, company_id)', "This household is invited already.")
    _unique_token = models.Constraint('UNIQUE (token_hash)', "There is one invitation for one link.")

    @api.model
    def _find_for(self, partner, company):
        """The invitation of a household by a company, its link still good or not; may be empty."""
        return self.sudo().search([('partner_id', '=', partner.id), ('company_id', '=', company.id)], limit=1)

    @api.model
    def _households_with_link(self, partners, company):
        """Of these households, those that have a link that is good, or have used it: they need no other one."""
        found = self.sudo().search([('partner_id', 'in', partners.ids), ('company_id', '=', company.id)])
        now = fields.Datetime.now()
        return found.filtered(lambda i: not i.bounced_at and (i.finished_at or i.expires_at > now)).partner_id.with_env(
            partners.env
        )

    @api.model
    def _invite(self, partner, company, user, later=False):
        """Make a new link, which puts an end to the one before, and send it to the household.

        :param bool later: whether Odoo's mail queue sends it, among many; else it leaves as soon as this is committed
        :return: the invitation; the link itself is in the e-mail only
        """
        token = secrets.token_urlsafe(32)
        values = {
            'token_hash': self._hash_token(token),
            'user_id': user.id,
            'email': partner.email,
            'bounced_at': False,
            'expires_at': fields.Datetime.now() + timedelta(days=self._days()),
        }
        invitation = self._find_for(partner, company)
        if invitation:
            invitation.write({**values, 'finished_at': False})
            invitation.activity_id.unlink()
        else:
            invitation = self.sudo().create({'partner_id': partner.id, 'company_id': company.id, **values})
        invitation._send_link(token, later)
        invitation._log_sent(user)
        return invitation

    def _log_sent(self, user):
        """Who has invited, where and until when: on the customer, without the link."""
        partner = self.partner_id.with_context(lang=user.lang or self.company_id.partner_id.lang)
        partner._message_log(
            body=partner.env._(
                "Avance immédiate: invitation sent to %(email)s, link valid until %(limit)s.",
                email=self.email,
                limit=format_date(partner.env, self._last_day()),
            ),
            author_id=user.partner_id.id,
        )

    def _last_day(self):
        """The day in Paris on which the link ends."""
        return day_in_paris(self.expires_at)

    def _send_link(self, token, later):
        """Send the household its link, once this transaction is committed.

        :param str token: the secret, which stands nowhere else
        :param bool later: see ``_invite``
        """
        link = f'{self.get_base_url()}/avance-immediate/{token}'
        template = self.env.ref(TEMPLATE).with_user(SUPERUSER_ID).with_context(urssaf_link=link, tz=TIME_ZONE)
        # Its author reads a message: nobody in the company is one, and the e-mail is deleted once sent.
        mail = template.send_mail_batch(self.ids, email_values={'author_id': self.env.ref('base.partner_root').id})
        if later:
            self.env.ref('mail.ir_cron_mail_scheduler_action')._trigger()
        else:
            mail.send_after_commit()

    def _record_bounce(self, reason=''):
        """The link has not arrived: whoever has invited is told, and corrects the address. Does not commit.

        :param str reason: what the mail server says
        """
        for invitation in self.filtered(lambda invitation: not invitation.finished_at and not invitation.bounced_at):
            invitation.bounced_at = fields.Datetime.now()
            responsible = invitation._responsible()
            partner = invitation.partner_id.with_context(lang=responsible.lang or invitation.company_id.partner_id.lang)
            invitation.activity_id = self.env['urssaf.document']._keep_activity(
                partner,
                invitation.activity_id,
                True,
                summary=partner.env._("The invitation of %s has not arrived: check the e-mail address", partner.name),
                note=plaintext2html(reason or ''),
                user=responsible,
                kind=ACTIVITY,
            )
            partner._message_log(
                body=partner.env._("Avance immédiate: the invitation has not arrived at %s.", invitation.email)
            )

    def _household_lang(self):
        """The language of the household: its own, else the company's, else French; None when none is installed."""
        installed = dict(self.env['res.lang'].get_installed())
        wanted = (self.partner_id.lang, self.company_id.partner_id.lang, 'fr_FR')
        return next((lang for lang in wanted if lang in installed), None)

    @api.model
    def _days(self):
        return self.env['ir.config_parameter']._urssaf_days('invitation_days', DAYS) or DAYS

    @api.model
    def _hash_token(self, token):
        # 256 random bits need no salt and no slow hash.
        return hashlib.sha256(token.encode()).hexdigest()

    @api.model
    def _find_by_token(self, token):
        """The invitation whose link this is, as long as it is good; else empty, without telling why.

        :param str token: whatever somebody has typed
        """
        nothing = self.sudo().browse()
        if not TOKEN.fullmatch(token or ''):
            return nothing
        wanted = self._hash_token(token)
        found = self.sudo().search([('token_hash', '=', wanted), ('expires_at', '>', fields.Datetime.now())], limit=1)
        # Found by the index of a hash, whose timing tells nothing of the secret; compared once more in constant time.
        if not found or not consteq(found.token_hash, wanted) or not found._is_useful():
            return nothing
        return found

    def _is_useful(self):
        """Whether the company still proposes the service to this household, an individual who is not archived."""
        partner = self.partner_id
        return bool(partner.active and partner.with_company(self.company_id).urssaf_is_possible)

    def _current_registration(self):
        """The household's registration with this company, in the environment of its settings; may be empty."""
        return self.partner_id.sudo().with_company(self.company_id).urssaf_registration_id

    def _is_open(self):
        """Whether the household may fill in: URSSAF has not been given its data, or has refused them."""
        registration = self._current_registration()
        return not registration or registration.state in REGISTRABLE

    def _record_finished(self):
        """The household has been through the last step: somebody in the company checks and registers.

        Nothing is sent to URSSAF from here.
        """
        # In the system's name: who has logged in nowhere may not be read by those who read the activity.
        invitation = self.with_user(SUPERUSER_ID)
        invitation.finished_at = fields.Datetime.now()
        responsible = invitation._responsible()
        partner = invitation.partner_id.with_context(lang=responsible.lang or invitation.company_id.partner_id.lang)
        summary = partner.env._("%s has filled in their data: check and register", partner.name)
        invitation.activity_id = self.env['urssaf.document']._keep_activity(
            partner, invitation.activity_id, True, summary=summary, user=responsible, kind=ACTIVITY
        )
        partner._message_log(
            body=partner.env._("Avance immédiate: the household has filled in its identity and bank data.")
        )

        invitation._confirm_to_household()

    def _responsible(self):
        """Who has invited corrects the address; what the household has filled in is for the responsible user.

        :rtype: res.users
        """
        inviter = self.user_id._urssaf_acting() if self.bounced_at and not self.finished_at else self.user_id.browse()
        return inviter or self.company_id._urssaf_person(self.user_id)

    def _confirm_to_household(self):
        """Bank details have been entered in its name: the household is told, also where its address was another one
        before. The message holds no data."""
        template = self.env.ref(CONFIRMATION).with_context(tz=TIME_ZONE)
        values = {'author_id': self.env.ref('base.partner_root').id}
        if self.email and email_normalize(self.email) != self.partner_id.email_normalized:
            values['email_to'] = self.email
        template.send_mail_batch(self.ids, email_values=values).send_after_commit()

    def _close_activity(self):
        """Somebody has registered the household: there is nothing left to check."""
        self.activity_id.unlink()
