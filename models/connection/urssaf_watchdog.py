import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime, plaintext2html

from .urssaf_connection import CRONS

_logger = logging.getLogger(__name__)

# A run that is due waits for other crons and for a restart of the server; more than this is no chance.
PATIENCE = timedelta(hours=2)
# Beyond its interval: a next run further away than this was set by a clock that stood wrong, or by hand.
LATEST_NEXT_RUN = timedelta(days=1)


class UrssafWatchdog(models.AbstractModel):
    """Sees to it that our crons run, and tells a person when one does not: what they do would silently not be done.

    Each cron looks at the other; where none runs, it is seen when somebody sends a request, and in the settings.
    """

    _name = 'urssaf.watchdog'
    _description = "Watchdog of the Scheduled Actions"

    @api.model
    def _blockers(self, looking=None):
        """What is wrong with our crons, as sentences in the user's language.

        :param str looking: the cron that is running now, by its id without the module: it judges the other one only since
            its own last run, as nothing is late right after a server was stopped
        :rtype: list
        """
        now, sentences = fields.Datetime.now(), []
        since = looking and self.env.context.get('lastcall') or now - PATIENCE
        ids = self._cron_ids()
        names = ['active', 'nextcall', 'cron_name', 'interval_number', 'interval_type']
        # Both in one look: this is done at each click.
        crons = self.env['ir.cron'].sudo().with_context(active_test=False, lang=self.env.lang)
        there = {cron.id: cron for cron in crons.search_fetch([('id', 'in', ids)], names)}
        for name, cron_id in zip(CRONS, ids, strict=True):
            cron = there.get(cron_id)
            if name == looking:
                continue
            if not cron:
                sentences.append(
                    self.env._("A scheduled action of Avance immédiate has been deleted: update the module.")
                )
                continue
            if not cron.active:
                sentences.append(
                    self.env._(
                        "The scheduled action “%s” is switched off: an administrator switches it on again.",
                        cron.cron_name,
                    )
                )
            elif cron.nextcall < since - PATIENCE or cron.nextcall > now + self._interval(cron) + LATEST_NEXT_RUN:
                sentences.append(
                    self.env._(
                        "The scheduled action “%(name)s” does not run: its next run is set to %(moment)s. An administrator "
                        "looks whether the server runs scheduled actions, and runs this one by hand.",
                        name=cron.cron_name,
                        moment=format_datetime(self.env, cron.nextcall, dt_format='short'),
                    )
                )
        return sentences

    @api.model
    def _running(self):
        """Those of our crons that run and are due within a day; what is the matter with another one, ``_blockers`` says.

        :rtype: odoo.tools.Query
        """
        now = fields.Datetime.now()
        return (
            self.env['ir.cron']
            .sudo()
            ._search(
                [
                    ('id', 'in', self._cron_ids()),
                    ('active', '=', True),
                    ('nextcall', '>=', now - 2 * PATIENCE),
                    ('nextcall', '<=', now + LATEST_NEXT_RUN),
                ]
            )
        )

    @api.model
    def _cron_ids(self):
        """In the order of ``CRONS``; False for one that has been deleted.

        :rtype: list
        """
        data = self.env['ir.model.data']
        return [data._xmlid_to_res_id(f'l10n_fr_avance_immediate.{name}') for name in CRONS]

    @api.model
    def _interval(self, cron):
        """How long it is, at most, between two runs.

        :rtype: timedelta
        """
        hours = {'minutes': 1 / 60, 'hours': 1, 'days': 24, 'weeks': 7 * 24, 'months': 31 * 24}
        return timedelta(hours=cron.interval_number * hours[cron.interval_type])

    @api.model
    def _watch(self, cron=None, companies=None):
        """Tell the responsible user of each company that uses the service, once; the activity closes by itself. Commits;
        never raises.

        :param str cron: the one that looks, by its id without the module; nothing when a user works
        :param res.company companies: all by default
        """
        try:
            is_blocked = bool(self._blockers(cron))
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The scheduled actions could not be looked at")
            return
        # Where nothing has changed, nothing is written.
        domain = Domain('urssaf_environment', '!=', False) & Domain(
            'urssaf_watch_activity_id', '=' if is_blocked else '!=', False
        )
        if companies is not None:
            domain &= Domain('id', 'in', companies.ids)
        self.env['urssaf.document']._notify_each(
            self.env['res.company'].sudo().search(domain), lambda company: self._notify_responsible(company, cron)
        )

    @api.model
    def _notify_responsible(self, company, cron=None):
        """Does not commit; nothing is written when nothing has changed.

        :param res.company company: whose responsible user is told
        :param str cron: as in ``_watch``
        """
        user = company._urssaf_administrator()
        localized = self.with_context(lang=user.lang or company.partner_id.lang, tz=user.tz)
        sentences = localized._blockers(cron)
        # Also one that has been marked as done: told once for one series.
        told = company.urssaf_watch_activity_id
        if bool(sentences) == bool(told):
            return
        company.urssaf_watch_activity_id = self.env['urssaf.document']._keep_activity(
            company.partner_id,
            told,
            bool(sentences),
            summary=localized.env._("Avance immédiate: nothing is sent or followed by itself any more"),
            note=plaintext2html('\n'.join(sentences)),
            user=user,
        )


class ResCompany(models.Model):
    _inherit = 'res.company'

    urssaf_watch_activity_id = fields.Many2one(
        'mail.activity',
        string="Activity of the Watchdog",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        groups='base.group_system',
        exportable=False,
    )
