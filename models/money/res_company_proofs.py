from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date, plaintext2html

from ...tools.sentence import filled_in
from ...urssaf.dates import today_in_paris
from .res_company_words import ENDED, ENDS, PROOFS

# How long before its end a proof is asked for anew.
MONTHS_BEFORE = 1
NOT_DUE = ('none', 'held')


class Matter(NamedTuple):
    """Something that the responsible user is told once: ``stamp`` changes when it is another thing."""

    stamp: str
    summary: str
    note: str


class ResCompany(models.Model):
    """Until when the proofs run that URSSAF wants, and who is told that one ends: once, a month before."""

    _inherit = 'res.company'

    urssaf_vigilance_until = fields.Date("URSSAF Certificate Until", copy=False, groups='base.group_user')
    urssaf_tax_proof_until = fields.Date("Tax Certificate Until", copy=False, groups='base.group_user')
    urssaf_sap_until = fields.Date(
        "SAP Until",
        copy=False,
        groups='base.group_user',
        help="Last day of your declaration or approval, where it has one.",
    )
    # By matter: the stamp that was told and its activity. One that was marked as done is not made again for the same stamp.
    urssaf_told = fields.Json("Told", readonly=True, copy=False, groups=fields.NO_ACCESS, exportable=False)

    def _urssaf_proof_sentences(self):
        """What ends within a month or has ended, and what to do: a sentence by field.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        return {name: f'{matter.summary}. {matter.note}' for name, matter in self._urssaf_ending().items()}

    def _urssaf_ending(self, today=None):
        """The proofs that end within a month, or have ended.

        :param date today: in Paris; by default the day of the clock
        :return: ``Matter`` by field
        :rtype: dict[str, Matter]
        """
        self.ensure_one()
        today, company = today or today_in_paris(), self.sudo()
        ending = {}
        for name, words in PROOFS.items():
            until = company[name]
            if not until or fields.Date.subtract(until, months=MONTHS_BEFORE) > today:
                continue
            values = {'proof': filled_in(self.env, words['name']), 'until': format_date(self.env, until)}
            summary = filled_in(self.env, ENDED if until < today else ENDS, values)
            ending[name] = Matter(until.isoformat(), summary, filled_in(self.env, words['todo']))
        return ending

    # -- told once ----------------------------------------------------------------------------------

    def _urssaf_matters(self, guarantee, today):
        """What the responsible user has to know now.

        :param Guarantee guarantee: where the company stands in this year
        :param date today: in Paris
        :return: ``Matter`` by what it is about
        :rtype: dict[str, Matter]
        """
        self.ensure_one()
        matters = self._urssaf_ending(today)
        is_real = self.sudo().urssaf_environment == 'production'  # trials need no guarantee
        if is_real and guarantee.level not in NOT_DUE:
            if guarantee.level == 'ended':  # said once: it has ended, and one is due
                matters.pop('urssaf_guarantee_until')
            matters['urssaf_guarantee'] = Matter(
                f'{guarantee.year} {guarantee.level} {guarantee.least:.0f}',
                self.env._("Financial guarantee for URSSAF"),
                self._urssaf_guarantee_sentence(guarantee),
            )
        return matters

    def _urssaf_remind(self, guarantee, today):
        """One activity for each matter, once; closed when it is gone. Does not commit.

        :param Guarantee guarantee: where the company stands in this year
        :param date today: in Paris
        :return: how many are new
        :rtype: int
        """
        self.ensure_one()
        company = self.sudo()
        user = company._urssaf_administrator()
        company = company.with_context(lang=user.lang or self.env.lang)
        matters, before = company._urssaf_matters(guarantee, today), company.urssaf_told or {}
        told, news = {}, 0
        for key in sorted({*before, *matters}):
            matter, last = matters.get(key), before.get(key, {})
            if matter and last.get('stamp') == matter.stamp:
                told[key] = last
                continue
            activity = self.env['urssaf.document']._keep_activity(
                company.partner_id,
                self.env['mail.activity'].sudo().browse(last.get('activity') or ()).exists(),
                bool(matter),
                summary=matter and matter.summary,
                note=matter and plaintext2html(matter.note),
                user=user,
            )
            if matter:
                told[key] = {'stamp': matter.stamp, 'activity': activity.id}
                news += 1
        if told != before:
            company.urssaf_told = told
        return news

    @api.model
    def _urssaf_remind_due(self):
        """``_urssaf_remind`` for all providers, each by itself. Commits; never raises.

        :return: how many matters are new; 0 when all has been told
        :rtype: int
        """
        # Companies whose settings nobody uses are branches of those, or have stopped.
        companies = self.sudo().search([('urssaf_environment', '!=', False)])
        today, news = today_in_paris(), []
        guarantees = companies._urssaf_guarantees(today)
        self.env['urssaf.document']._notify_each(
            companies, lambda company: news.append(company._urssaf_remind(guarantees[company], today))
        )
        return sum(news)
