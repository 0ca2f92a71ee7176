from odoo import models
from odoo.tools import SQL


class ResCompany(models.Model):
    """What the settings have to say of a company: mostly nothing, and one look at the database tells so."""

    _inherit = 'res.company'

    def _urssaf_glance(self):
        """The answers to ``_urssaf_questions``, in one query; none where the service is not used.

        :return: what can be kept in a field, by name of the question
        :rtype: dict
        """
        self.ensure_one()
        questions = self.sudo()._urssaf_questions()
        if not questions:
            return {}
        columns = SQL(', ').join(SQL('(%s)', question) for question in questions.values())
        [answers] = self.env.execute_query(SQL('SELECT %s', columns))
        return dict(zip(questions, answers, strict=True))

    def _urssaf_questions(self):
        """What the settings want to know of this company, by name: statements that give one value each. Higher subjects
        add theirs.

        :rtype: dict[str, odoo.tools.SQL]
        """
        self.ensure_one()
        environment = self.urssaf_environment
        if not environment:
            return {}
        connection = self.env['urssaf.connection']._search(
            [('company_id', '=', self.id), ('environment', '=', environment)]
        )
        companies = self.with_context(active_test=False)
        waiting = [
            SQL('EXISTS(%s)', model._search(domain).select()) for model, domain in self._urssaf_other_contract_domains()
        ]
        return {
            'connection': connection.select(),
            'crons': self.env['urssaf.watchdog']._running().select(SQL('COUNT(*)')),
            'waits_for_contract': SQL(' OR ').join(waiting),
            'is_shared': SQL('EXISTS(%s)', companies._search(self._urssaf_sharers_domain()).select()),
        }
