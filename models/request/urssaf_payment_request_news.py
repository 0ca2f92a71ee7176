from odoo import models

from ...tools.notification import notification
from ...tools.sentence import some_of
from .urssaf_payment_request_states import PAID_STATES, STATES


class UrssafPaymentRequest(models.Model):
    """What a click has brought, in one notice: green for good news only, orange as soon as somebody has to act."""

    _inherit = 'urssaf.payment.request'

    def _standing(self):
        """What may be news, by request: compare it with the same a call later.

        :rtype: dict
        """
        return {request: (request.state, request.attention, request.transfer_date) for request in self}

    def _named(self):
        """The numbers of these invoices, the first few of them: "FAC/2026/00020, FAC/2026/00021…".

        :rtype: str
        """
        return some_of(self.move_id.sorted('name').mapped('name'))

    def _news_kind(self, changed):
        """How the notice is coloured.

        :param changed: those of ``self`` about which there is news
        :rtype: str
        """
        if self.filtered(lambda request: request._needs_a_person()):
            return 'warning'
        return 'success' if changed.filtered(lambda request: request.state in PAID_STATES) else 'info'

    def _news_sentence(self, changed):
        """One request in a few words, many of them counted; those that need somebody by name.

        :param changed: those of ``self`` about which there is news
        :rtype: str
        """
        if len(self) == 1:
            return self.env._("%(invoice)s: %(state)s", invoice=self.move_id.name, state=self._state_label())
        parts = []
        groups = changed.grouped('state')
        for same in (groups[state] for state in STATES if state in groups):
            parts += same._counted(same[:1]._state_label())
        unchanged = self - changed
        if unchanged:
            parts += unchanged._counted(self.env._("Unchanged"))
        return ' '.join(parts)

    def _counted(self, label):
        """How many these are, and which of them need somebody: "Debit refused: 2 (FAC/2026/00020, FAC/2026/00021)."

        :param str label: what they have in common
        :return: one sentence, in a list
        :rtype: list[str]
        """
        urgent = self.filtered(lambda request: request._needs_a_person())
        values = {'what': label, 'count': len(self), 'invoices': urgent._named()}
        if not urgent:
            return [self.env._("%(what)s: %(count)s.", **values)]
        if urgent == self:
            return [self.env._("%(what)s: %(count)s (%(invoices)s).", **values)]
        return [self.env._("%(what)s: %(count)s (for you to act: %(invoices)s).", **values)]

    def _news_action(self, before, title, failure=''):
        """The notice after URSSAF was asked about these requests.

        :param dict before: their ``_standing`` before the call
        :param str title: of the notice
        :param str failure: why some of them could not be asked about, if so
        :return: an action
        """
        after = self._standing()
        changed = self.filtered(lambda request: after[request] != before[request])
        kind = 'warning' if failure else self._news_kind(changed)
        message = ' '.join(filter(None, (self._news_sentence(changed), failure)))
        return notification(message, kind, title=title, sticky=kind == 'warning' and len(self) > 1)
