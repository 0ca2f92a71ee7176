from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ...urssaf.dates import TIME_ZONE
from ...urssaf.formats import text
from ...urssaf.least import least
from ...urssaf.statuses import ACTIVATION_LINK_LIFETIME, REMINDER_AGES, REMINDERS_UNTIL

TEMPLATE = 'l10n_fr_avance_immediate.mail_template_activation_reminder'
# Nobody is reminded of what may have been done already: URSSAF has said so not longer ago than this.
ANSWER_LIFETIME = timedelta(days=1)


class UrssafRegistration(models.Model):
    """A household that does not activate its account: it is reminded, then the company's user is.

    Each reminder is counted in the transaction that puts its e-mail into Odoo's queue: none is made twice, and none leaves
    before it is counted.
    """

    _inherit = 'urssaf.registration'

    checked_at = fields.Datetime("Last Answer", readonly=True)
    activation_limit = fields.Datetime("Link Valid Until", compute='_compute_activation_limit')
    reminder_count = fields.Integer("Reminders", readonly=True, help="How many of the moments to remind have passed.")

    @api.depends('registered_at')
    def _compute_activation_limit(self):
        for registration in self:
            registration.activation_limit = registration.registered_at and (
                registration.registered_at + ACTIVATION_LINK_LIFETIME
            )

    # -- reminders --------------------------------------------------------------------------------

    @api.model
    def _remind_due(self, limit=100):
        """Remind the households whose account is not active yet. Safe from several processes at once. Commits.

        :param int limit: how many at most
        :return: number of reminders handled; 0 when none is due
        """
        self._commit()
        now = fields.Datetime.now()
        passed = Domain.OR(
            Domain([('registered_at', '<=', now - age), ('reminder_count', '<=', number)])
            for number, age in enumerate(REMINDER_AGES)
        )
        due = self.search(
            passed
            & Domain(
                [
                    ('state', '=', 'pending'),
                    ('checked_at', '>=', now - ANSWER_LIFETIME),
                    # Who is archived may have died: nobody is written to, or called.
                    ('partner_id.active', '=', True),
                ]
            ),
            order='registered_at, id',
            limit=limit,
        )
        due = due.filtered(lambda r: r.environment == r.company_id.urssaf_environment)
        return sum(registration._remind_one(now) for registration in due)

    def _remind_one(self, now):
        """One registration, in a transaction of its own. Never raises.

        :param datetime now: UTC
        :return: whether it has been dealt with
        :rtype: bool
        """

        def remind():
            passed = self._reminders_passed(now)
            if self.state != 'pending' or not self.partner_id.active or self.reminder_count >= passed:
                return False
            self.reminder_count = passed
            return self._localized()._remind(now, is_last=passed == len(REMINDER_AGES))

        # One that cannot be made must not be met again and again: the next one may be.
        def give_up():
            return not self._write_apart(lambda one: one.write({'reminder_count': one._reminders_passed(now)}))

        return self._deal_alone(remind, give_up)

    def _reminders_passed(self, now):
        """How many reminders are due by then, made or not.

        :param datetime now: UTC
        :rtype: int
        """
        return sum(self.registered_at <= now - age for age in REMINDER_AGES)

    def _remind(self, now, is_last):
        """The household by e-mail, the company's user by an activity. Does not commit.

        :param datetime now: UTC
        :param bool is_last: whether no other reminder follows
        """
        partner = self.partner_id
        if self.company_id.urssaf_remind_households and partner.email and now < self.registered_at + REMINDERS_UNTIL:
            self._send_reminder()
        if is_last and not self.sudo().activity_id.filtered('active'):
            self.activity_id = self._keep_activity(
                partner,
                self.activity_id,
                True,
                user=self._responsible(),
                summary=self.env._("Account not activated: %s", partner.name),
                note=plaintext2html(
                    '\n'.join(
                        (
                            self._sentence(),
                            self.env._(
                                "Call them: the message may be among the unwanted ones. On their form, “The mail never came” says "
                                "what else can be done."
                            ),
                        )
                    )
                ),
            )

    def _send_reminder(self):
        """By itself a mail goes to a household about a real registration only; a trial one shows the user what would leave."""
        partner, values = self.partner_id, {}
        if self.environment == 'production':
            note = self.env._("Avance immédiate: reminder sent to %s to activate the account at URSSAF.", partner.email)
        else:
            reader = self._responsible().partner_id
            if not reader.email:
                return
            values = {'recipient_ids': [Command.set(reader.ids)]}
            note = self.env._(
                "Avance immédiate: trial, so the reminder to activate the account went to %(reader)s and not to %(customer)s.",
                reader=reader.email,
                customer=partner.email,
            )
        self.env.ref(TEMPLATE).with_context(tz=TIME_ZONE).send_mail(self.id, email_values=values)
        partner._message_log(body=note)

    def _is_reminded_for_good(self):
        """Whether the last reminder has been made: its activity stays until somebody has dealt with it, and is not made
        again then."""
        return self.state == 'pending' and not self.needs_attention and self.reminder_count >= len(REMINDER_AGES)

    def _stop_reminding(self):
        """Nobody is asked any more to activate the account, or to call them about it. Does not commit."""
        self.activity_id.sudo().unlink()
        self.reminder_count = len(REMINDER_AGES)

    # -- the number that URSSAF gives on request (CONTRACT §10.4) -------------------

    def _needs_number(self):
        """Whether URSSAF says that the household is registered, and only its number is missing."""
        return self.state == 'unknown' and self.needs_attention and not self.spoilt_count and not self.customer_ref

    def _sync_number(self, number):
        """Take the number that URSSAF has given, when URSSAF names this household for it. Commits.

        :param str number: as the user has typed it
        :return: why it is not taken, as a sentence; empty when it is
        :rtype: str
        """
        number = text(number)
        taken = self._holder_of_number(number)
        if not number or taken or not self._needs_number():
            return self._number_refusal(number, taken)
        status, error = self.env['urssaf.connection']._ask(self, lambda client: client.customer_status(number))
        failure = self.env['urssaf.error']._explain(error) if error else ''
        if status and not status.known:
            failure = self.env._(
                "URSSAF does not know the number %s for your company: check it, letter by letter.", number
            )
        elif status and (status.customer_ref not in ('', number) or not self._is_this_household(status)):
            failure = self.env._(
                "URSSAF has another person under the number %(number)s than %(customer)s: ask URSSAF again.",
                number=number,
                customer=self.partner_id.name,
            )

        def adopt(registration, status):
            if not failure and registration._needs_number():
                registration._adopt_number(number, status)

        self._write_safely(
            lambda registration: adopt(registration, status), lambda registration: adopt(registration, least(status))
        )
        return failure

    def _holder_of_number(self, number):
        """The registration of another household that has this number at URSSAF; may be empty.

        :param str number: idClient, or nothing
        """
        if not number:
            return self.browse()
        return self.sudo().search(
            [
                ('id', '!=', self.id),
                ('customer_ref', '=', number),
                ('company_id', '=', self.company_id.id),
                ('environment', '=', self.environment),
            ],
            limit=1,
        )

    def _held_sentence(self, number, holder):
        """Said when URSSAF gives a number that is another customer's.

        :param str number: idClient
        :param urssaf.registration holder: whose it is
        :rtype: str
        """
        return self._localized().env._(
            "URSSAF gave number %(number)s for %(customer)s, and it is that of %(other)s: if they are the same person, merge the "
            "two contacts; else ask URSSAF for the number of %(customer)s.",
            number=number,
            customer=self.partner_id.name,
            other=holder.partner_id.name,
        )

    def _number_refusal(self, number, taken):
        if not number:
            return self.env._("Enter the customer number that URSSAF has given you.")
        if taken:
            return self._held_sentence(number, taken)
        return self.env._("The registration is not waiting for a number any more.")

    def _adopt_number(self, number, status):
        self._adopt(status)
        self.customer_ref = number
