import re

from odoo import api, fields, models
from odoo.tools import remove_accents

from ...urssaf.signs import LONGEST

# How money comes from a household, or goes back to it.
MEANS = [
    ('transfer', "Transfer"),
    ('debit', "Direct debit"),
    ('card', "Card"),
    ('cheque', "Cheque"),
    ('cesu', "CESU"),
    ('cesu_prepaid', "Pre-funded CESU"),
    ('aid', "Aid (APA, PCH…)"),
    ('cash', "Cash"),
]
# Those by which a deposit may be paid that is declared to URSSAF (CONTRACT §13).
DEPOSIT_MEANS = ('transfer', 'debit', 'card', 'cheque')

# As people name their journals and methods; the first that fits. What is no deposit is found in either name.
NO_DEPOSIT_WORDS = (
    ('cesu_prepaid', r'^(?=.*(cesu|cheques? emploi)).*\bpre[- ]?(fin|pa)'),
    ('cesu', r'cesu|cheques? emploi'),
    ('aid', r'\b(apa|pch)\b'),
    ('cash', r'especes|cash'),
)
DEPOSIT_WORDS = (
    ('debit', r'prelevement|direct debit|\bsdd\b'),
    ('card', r'\b(cartes?|cards?|cb)\b'),
    ('cheque', r'cheque|\bchecks?\b'),
    ('transfer', r'virement|transfer'),
)
OF_JOURNALS = {'cash': 'cash', 'credit': 'card'}


def _plain(name):
    # Cut first: to take the accents off an endless text takes for ever.
    return remove_accents((name or '')[:LONGEST]).lower()


def _named(words, *names):
    """The first means whose words stand in one of the names; empty without one."""
    return next((means for means, pattern in words if any(re.search(pattern, name) for name in names)), '')


class AccountPaymentMethodLine(models.Model):
    """Each way to pay says what it is: cash, CESU and aids are no deposits, and the tax certificate tells them apart."""

    _inherit = 'account.payment.method.line'

    urssaf_means = fields.Selection(
        MEANS,
        string="Means of Payment",
        compute='_compute_urssaf_means',
        inverse='_inverse_urssaf_means',
        compute_sudo=True,
        help="What this is for URSSAF and for tax certificates: cash, CESU and aids are no deposits. Guessed from the names of "
        "the journal and of the method; what you choose holds.",
    )
    urssaf_means_chosen = fields.Selection(MEANS, string="Means of Payment, Chosen")

    @api.depends('urssaf_means_chosen', 'name', 'payment_provider_id', 'journal_id.name', 'journal_id.type')
    def _compute_urssaf_means(self):
        for line in self:
            line.urssaf_means = line._urssaf_means_in(line.journal_id)

    def _inverse_urssaf_means(self):
        for line in self:
            chosen = line.urssaf_means
            line.urssaf_means_chosen = chosen if chosen != line._urssaf_guess_means(line.journal_id) else False

    def _urssaf_means_in(self, journal):
        """What money is that comes this way.

        :param account.journal journal: Odoo takes a method from its journal when it is removed there, and payments keep it
        :return: a key of ``MEANS``
        """
        return self.urssaf_means_chosen or self._urssaf_guess_means(journal)

    def _urssaf_guess_means(self, journal):
        """What money seems to be, by the names.

        :param account.journal journal: may be another one than that of the method, which may be empty
        :return: a key of ``MEANS``
        """
        method, names = _plain(self.name), journal._urssaf_names()
        return (
            _named(NO_DEPOSIT_WORDS, method, *names)
            or OF_JOURNALS.get(journal.type)
            or _named(DEPOSIT_WORDS, method)
            or ('card' if self.payment_provider_id else _named(DEPOSIT_WORDS, *names))
            or 'transfer'
        )


class AccountJournal(models.Model):
    _inherit = 'account.journal'

    def _urssaf_names(self):
        """The plain words of its name in all languages: it is renamed in one, and asked in another.

        :rtype: set[str]
        """
        # None: as it was first written, which may be in a language that is not active.
        languages = [None, *(code for code, _name in self.env['res.lang'].get_installed())]
        return {_plain(self.with_context(lang=language).name) for language in languages}

    def _urssaf_means(self):
        """What money of a bank line is that no payment stands for: what all ways into this journal are, else by its name.

        :return: a key of ``MEANS``
        """
        self.ensure_one()
        ways = set(self.inbound_payment_method_line_ids.mapped('urssaf_means'))
        return ways.pop() if len(ways) == 1 else self.env['account.payment.method.line']._urssaf_guess_means(self)


class AccountPayment(models.Model):
    _inherit = 'account.payment'

    def _urssaf_means(self):
        """What money this is.

        :return: a key of ``MEANS``
        """
        self.ensure_one()
        return self.payment_method_line_id._urssaf_means_in(self.journal_id)
