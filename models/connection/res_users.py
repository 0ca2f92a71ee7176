from odoo import api, models

MODULE = 'l10n_fr_avance_immediate'


class ResCompany(models.Model):
    """Who acts for a company when nobody is looking: never somebody who has left."""

    _inherit = 'res.company'

    def _urssaf_person(self, *others):
        """The responsible user of the settings, else the first of these, else an accounting administrator of the company.

        :param res.users others: each may be empty
        :return: one user who is still there
        :rtype: res.users
        """
        self.ensure_one()
        for user in (self.sudo().urssaf_responsible_id, *others):
            if acting := user.sudo()._urssaf_acting()[:1]:
                return acting.with_env(self.env)
        return self._urssaf_stand_in().with_env(self.env)

    def _urssaf_administrator(self):
        """Who acts on the settings, the connection and what the law asks of the company.

        :rtype: res.users
        """
        return self._urssaf_person(self.env.ref('base.user_admin', raise_if_not_found=False) or self.env['res.users'])

    def _urssaf_stand_in(self):
        """Who acts where nobody who was asked to is left: an accounting administrator of the company, else an administrator.

        :return: in sudo
        :rtype: res.users
        """
        users = self.env['res.users'].sudo()
        for group, here in (
            ('account.group_account_manager', [('company_ids', 'in', self.ids)]),
            ('base.group_system', []),
        ):
            members = [('all_group_ids', 'in', self.env.ref(group).ids), *here]
            if acting := users.search(members, order='id')._urssaf_acting()[:1]:
                return acting
        return users.env.ref('base.user_root')


class ResUsers(models.Model):
    """Somebody leaves: what is open of avance immédiate is handed to who acts now; Odoo would delete it with the rest."""

    _inherit = 'res.users'

    def _urssaf_acting(self):
        """Those who work here, and are not about to leave."""
        leaving = self.env.context.get('urssaf_leaving', ())
        return self.filtered(lambda user: user.active and not user.share and user.id not in leaving)

    def action_archive(self):
        # EXTENDS 'mail', which deletes their activities first
        self._urssaf_hand_over()
        return super().action_archive()

    def write(self, vals):
        # EXTENDS 'base': an import or a script archives without that
        if not vals.get('active', True):
            self._urssaf_hand_over()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _urssaf_hand_over_before_deletion(self):
        self._urssaf_hand_over()

    def _urssaf_hand_over(self):
        """Give the open activities of these users, who leave, to who acts from now on. Does not commit.

        :raises AccessError: for those who may not archive them
        """
        self.check_access('write')
        activities = self.env['mail.activity'].with_context(urssaf_leaving=self.ids)._urssaf_open()
        theirs = activities.filtered(lambda activity: activity.user_id in self)
        theirs._urssaf_assign(theirs._urssaf_people())


class MailActivity(models.Model):
    """The activities of avance immédiate follow who acts."""

    _inherit = 'mail.activity'

    @api.model
    def _urssaf_open(self):
        """All that is still to be done; in sudo."""
        kinds = self.env['ir.model.data'].sudo().search([('module', '=', MODULE), ('model', '=', 'mail.activity.type')])
        return self.sudo().search([('activity_type_id', 'in', kinds.mapped('res_id'))])

    def _urssaf_people(self):
        """Who is to act now on these, which are ours; not in it is what nobody has asked for. Higher subjects add theirs.

        :return: users by id of the activity
        :rtype: dict[int, res.users]
        """
        on_partners = self.filtered(lambda activity: activity.res_model == 'res.partner')
        companies = self.env['res.company'].sudo().with_context(active_test=False)
        companies = companies.search([('partner_id', 'in', on_partners.mapped('res_id'))]).grouped('partner_id')
        people = {partner.id: company[:1]._urssaf_administrator() for partner, company in companies.items()}
        return {activity.id: people[activity.res_id] for activity in on_partners if activity.res_id in people}

    def _urssaf_assign(self, people):
        """Give each of these to its user. Does not commit.

        :param dict people: users by id of the activity
        """
        for user, activities in self.grouped(lambda activity: people.get(activity.id, activity.user_id)).items():
            if moved := activities.filtered(lambda activity, user=user: activity.user_id != user):
                moved.sudo().write({'user_id': user.id})
