from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize, format_date

from ...tools.notification import notification
from ..connection.urssaf_document import ACTIVITY
from ..household.res_partner import PERSONAL_DATA_GROUPS
from ..registration.urssaf_registration_states import REGISTRABLE
from .urssaf_invitation import ACTIVITY as FILLED_IN_ACTIVITY


class ResPartner(models.Model):
    """The household fills in its data itself: the invitation by the company, and what the form says about it."""

    _inherit = 'res.partner'

    urssaf_household_sentence = fields.Char(
        "Invitation of the Household",
        compute='_compute_urssaf_household_sentence',
        compute_sudo=True,
        groups=PERSONAL_DATA_GROUPS,
    )

    urssaf_has_activity = fields.Boolean(
        "Has an Activity About the Registration",
        compute='_compute_urssaf_has_activity',
        groups=PERSONAL_DATA_GROUPS,
        exportable=False,
    )

    @api.depends('activity_ids.activity_type_id')
    def _compute_urssaf_has_activity(self):
        """Whether somebody is asked to look at the page of the registration: the form opens there."""
        id_of = self.env['ir.model.data']._xmlid_to_res_id
        kinds = {id_of(ACTIVITY), id_of(FILLED_IN_ACTIVITY)}
        for partner in self:
            partner.urssaf_has_activity = not kinds.isdisjoint(partner.activity_ids.activity_type_id.ids)

    @api.depends_context('lang', 'company', 'tz')
    def _compute_urssaf_household_sentence(self):
        """Read anew at each reading: an invitation is no field of the customer."""
        invitations = self.env['urssaf.invitation'].search_fetch(
            [('partner_id', 'in', self._origin.ids), ('company_id', '=', self.env.company._urssaf_owner().id)]
        )
        by_partner = {invitation.partner_id.id: invitation for invitation in invitations}
        for partner in self:
            invitation = by_partner.get(partner._origin.id)
            partner.urssaf_household_sentence = invitation and self._urssaf_invitation_sentence(invitation)

    @api.model
    def _urssaf_invitation_sentence(self, invitation):
        """How far an invitation is, for the customer's form, in the user's language and time zone."""
        if invitation.finished_at:
            day = fields.Datetime.context_timestamp(self, invitation.finished_at).date()
            return self.env._("Filled in by the household on %s.", format_date(self.env, day))
        limit = format_date(self.env, fields.Datetime.context_timestamp(self, invitation.expires_at).date())
        if invitation.bounced_at:
            return self.env._(
                "The invitation has not arrived at %s: correct the address, then send a new link.", invitation.email
            )
        if invitation.expires_at <= fields.Datetime.now():
            return self.env._("The household has not filled in its data; its link has expired on %s.", limit)
        return self.env._("The household has been invited to fill in its data; its link is valid until %s.", limit)

    def action_urssaf_invite(self):
        """Send the household an e-mail with a private link, on which it fills in identity and bank data itself.

        :return: a notice
        :raises AccessError: for others than invoicing users and those who create contacts
        :raises UserError: when the household cannot be invited, saying what to do
        """
        self.ensure_one()
        self._urssaf_check_invite_rights()
        household = self.commercial_partner_id
        sentence = household._urssaf_invite_blocker()
        if sentence:
            raise UserError(sentence)
        self.env['urssaf.invitation'].sudo()._invite(household, self.env.company._urssaf_owner(), self.env.user)
        return notification(
            self.env._(
                "An e-mail with a private link has been sent to %s. You get an activity when everything is filled in.",
                household.email,
            )
        )

    def action_urssaf_invite_many(self):
        """Open the window that invites these households, those that can be.

        :return: the action of the window
        :raises AccessError: for others than invoicing users
        """
        households = self.commercial_partner_id
        households._urssaf_check_invite_rights()
        wizard = self.env['urssaf.invite.wizard'].create({'partner_ids': [Command.set(households.ids)]})
        return wizard._get_records_action(target='new', name=self.env._("Invite for avance immédiate"))

    def _message_receive_bounce(self, email, partner):
        # EXTENDS 'mail': the message with the link is gone by then, its address is not
        result = super()._message_receive_bounce(email, partner)
        invitations = self.env['urssaf.invitation'].sudo().search([('partner_id', 'in', self.ids)])
        invitations.filtered(lambda invitation: email_normalize(invitation.email) == email)._record_bounce()
        return result

    def _urssaf_check_invite_rights(self):
        user = self.env.user
        if self.env.su or user.has_group('account.group_account_invoice'):
            self.check_access('read')
        elif user.has_group('base.group_partner_manager'):
            self.check_access('write')
        else:
            raise AccessError(
                self.env._("Only users of Invoicing, or those who create contacts, can invite a household.")
            )

    def _urssaf_invite_blocker(self):
        """Why this household cannot be invited by the current company, as a sentence; else empty."""
        blocker = self._urssaf_company_blocker()
        if blocker:
            return blocker
        if not self.urssaf_is_possible:
            return self.env.company._urssaf_not_set_up()
        if not self.email:
            return self.env._("Enter the e-mail address of %s first: the invitation is sent there.", self.name)
        if self.urssaf_registration_state not in REGISTRABLE:
            return self.env._("%s is registered already: there is nothing to fill in.", self.name)
        return ''

    def _urssaf_erase(self):
        # EXTENDS 'household': whoever has the link may neither read nor fill in anything any more
        result = super()._urssaf_erase()
        invitations = self.env['urssaf.invitation'].sudo().search([('partner_id', '=', self.id)])
        invitations.activity_id.unlink()
        invitations.unlink()
        return result
