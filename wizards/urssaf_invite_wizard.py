from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.notification import CLOSE, notification

SHOWN = 20  # names of those who cannot be invited


class UrssafInviteWizard(models.TransientModel):
    """Many households to invite at once: who gets a link, who has one, who cannot get any and why."""

    _name = 'urssaf.invite.wizard'
    _description = "Invite Customers for Avance Immédiate"

    company_id = fields.Many2one('res.company', required=True, default=lambda self: self.env.company)
    partner_ids = fields.Many2many('res.partner', string="Customers")
    again = fields.Boolean(
        "Send a new link to those who have one", help="The link they have stops working: they use the new one."
    )
    ready_count = fields.Integer("To invite", compute='_compute_summary')
    invited_count = fields.Integer("Invited already", compute='_compute_summary')
    blocked_count = fields.Integer("Cannot be invited", compute='_compute_summary')
    blocked_text = fields.Text("Why Not", compute='_compute_summary')
    environment_notice = fields.Char("Notice of the Environment", compute='_compute_summary')

    @api.depends('partner_ids', 'again', 'company_id')
    @api.depends_context('lang', 'company')
    def _compute_summary(self):
        for wizard in self:
            ready, invited, blocked = wizard._sorted_out()
            wizard.ready_count, wizard.invited_count, wizard.blocked_count = len(ready), len(invited), len(blocked)
            shown = [f"• {sentence}" for sentence in blocked[:SHOWN]]
            if len(blocked) > SHOWN:
                shown.append(self.env._("… and %s more.", len(blocked) - SHOWN))
            wizard.blocked_text = '\n'.join(shown)
            company = wizard.company_id
            wizard.environment_notice = company._urssaf_environment_notice(company._urssaf_owner().urssaf_environment)

    def _sorted_out(self):
        """Of these customers, who is to be invited now.

        :return: households to invite, households that have a link that is good, and a sentence for each other one
        :rtype: tuple
        """
        partners = self.partner_ids.with_company(self.company_id)
        ready, invited, blocked = partners.browse(), partners.browse(), []
        has_link = self.env['urssaf.invitation']._households_with_link(partners, self.company_id._urssaf_owner())
        for partner in partners:
            if sentence := partner._urssaf_invite_blocker():
                blocked.append(sentence)
            elif partner in has_link:
                invited += partner
            else:
                ready += partner
        return (ready + invited if self.again else ready), invited, blocked

    def action_invite(self):
        """Send each household its own link, by the mail queue.

        :return: a notice that says how many
        :raises AccessError: for others than invoicing users
        :raises UserError: when nobody can be invited
        """
        self.ensure_one()
        self.partner_ids._urssaf_check_invite_rights()
        company = self.company_id
        if company not in self.env.companies:
            raise UserError(company._urssaf_not_set_up())
        households = self.with_company(company)._sorted_out()[0]
        if not households:
            raise UserError(self.env._("Nobody is left to invite: see the reasons in the window."))
        invitations = self.env['urssaf.invitation'].sudo()
        for household in households:
            invitations._invite(household, company._urssaf_owner(), self.env.user, later=True)
        return notification(
            self.env._(
                "%s invitations leave in the next minutes, each with its own link. You get an activity for each household "
                "that has filled in its data, and for each address that does not work.",
                len(households),
            ),
            then=CLOSE,
        )
