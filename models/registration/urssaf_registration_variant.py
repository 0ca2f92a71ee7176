import json
from dataclasses import replace

from odoo import fields, models

from ...urssaf import refusals, variants
from ...urssaf.errors import OutcomeUnknown, Refused
from .urssaf_registration_attempt import AS_ENTERED, OPEN_OUTCOMES
from .urssaf_registration_states import REGISTRABLE
from .urssaf_registration_submit import LINK_EXISTS


class UrssafRegistration(models.Model):
    """After a refusal: which fields to look at, and for a person who is not recognised, other ways to write them."""

    _inherit = 'urssaf.registration'

    attempt_ids = fields.One2many('urssaf.registration.attempt', 'registration_id', string="Ways Tried", readonly=True)
    refused_fields = fields.Char(readonly=True, help="Fields of the customer to look at, separated by commas.")
    worth_trying = fields.Selection(
        [
            (variants.ALL, "Every way to write the identity"),
            (variants.BIRTH_PLACE, "Another code of the place of birth"),
        ],
        readonly=True,
        help="What may help after the last refusal.",
    )

    def _useful_variants(self, partner=None):
        """The ways to write the person that may help now, that of the form first: by fingerprint.

        :param res.partner partner: the household as it stands on a form that is not saved yet
        :rtype: dict[str, urssaf.variants.Variant]
        """
        if self.state not in REGISTRABLE or not self.worth_trying:
            return {}
        ways = (partner or self.partner_id)._urssaf_variants()
        if self.worth_trying == variants.BIRTH_PLACE:
            ways = {key: way for key, way in ways.items() if way.kind in (AS_ENTERED, 'birth_place')}
            return ways if len(ways) > 1 else {}
        return ways

    def _lost_attempt(self, ways):
        """The way among these that may be at URSSAF already: another one would be refused, and hide that it is.

        :param dict ways: as ``_useful_variants`` returns them
        :rtype: urssaf.registration.attempt
        """
        return self.sudo().attempt_ids.filtered(lambda a: a.outcome == 'lost' and a.fingerprint in ways)[:1]

    def _is_ruled_out(self):
        """Whether URSSAF has refused this very person already: not worth another call among many."""
        fingerprint = self.env['urssaf.registration.attempt']._fingerprint_of(self.partner_id.sudo()._urssaf_customer())
        attempt = self.sudo().attempt_ids.filtered(lambda attempt: attempt.fingerprint == fingerprint)
        return attempt.outcome == 'refused' and variants.IDENTITY_UNKNOWN in attempt._error_codes()

    # -- around the call --------------------------------------------------------------------------

    def _open_attempt(self, claim, customer, variant):
        """Keep what is about to leave, in the transaction of the claim: its answer may be lost. Does not commit.

        :param str claim: that of the call
        :param urssaf.payloads.Customer customer: what is sent
        :param urssaf.variants.Variant variant: the way in which it is written; None: as entered on the form
        """
        for registration in self:
            way = variant or variants.Variant(AS_ENTERED, customer, {})
            attempt = registration._find_or_create_attempt(way)
            # Odoo logs a failed statement with its values: with the row locked first, this one cannot fail.
            attempt.lock_for_update(allow_referencing=True)
            attempt.write(
                {
                    'kind': way.kind,
                    'outcome': 'sending',
                    'claim': claim,
                    'tried_at': fields.Datetime.now(),
                    'tried_by_id': self.env.uid,
                    'sent_values': json.dumps(registration._form_values(customer, way.changes)),
                }
            )

    def _find_or_create_attempt(self, way):
        """The record of a way, made if need be."""
        Attempt = self.env['urssaf.registration.attempt'].sudo()
        fingerprint = Attempt._fingerprint_of(way.customer)
        found = self.sudo().attempt_ids.filtered(lambda attempt: attempt.fingerprint == fingerprint)
        return found or Attempt.create(
            {'registration_id': self.id, 'kind': way.kind, 'sequence': 0, 'fingerprint': fingerprint}
        )

    def _form_values(self, customer, changes):
        """What the form has to say to send this.

        :param urssaf.payloads.Customer customer: what is sent
        :param dict changes: those of the variant
        :return: values of ``res.partner``, which ``json`` can hold
        :rtype: dict
        """
        partner = self.partner_id.sudo()
        values = {
            'urssaf_birth_name': customer.birth_name,
            'urssaf_first_names': customer.first_names,
            'urssaf_usage_name': customer.usage_name or False,
            'urssaf_keep_accents': customer.keep_accents,
        }
        if place := changes.get('birth_place'):
            by_rule = place == next(iter(partner._urssaf_other_birth_places()), None)
            values['urssaf_birth_place_sent'] = not by_rule and partner._urssaf_birth_place_text(place)
        return values

    def _close_attempt(self, claim, customer_ref, failure):
        """What the call says of the way of writing that it carried, and what may help after a refusal. Does not commit.

        :param str claim: that of the call
        :param str customer_ref: the number that URSSAF gave, or None
        :param failure: the ``UrssafError`` of the call, or None
        """
        attempt = self.sudo().attempt_ids.filtered(lambda a: a.claim == claim)
        errors = failure.errors if isinstance(failure, Refused) else ()
        if customer_ref:
            self._forget_attempts(attempt)
        elif isinstance(failure, OutcomeUnknown) or any(error.code == LINK_EXISTS for error in errors):
            attempt._close('lost', errors)
        elif isinstance(failure, Refused):
            attempt._close('refused', errors)
        else:
            attempt._reopen()
        if errors or customer_ref:
            self._remember_refusal(errors, attempt)

    def _remember_refusal(self, errors, attempt=None):
        """Which fields to look at: those that a format refusal names, else those that the catalogue knows.

        :param errors: ``urssaf.errors.RemoteError`` of the refusal; empty when the registration has succeeded
        :param urssaf.registration.attempt attempt: the one that was refused, if it was one
        """
        self._remember_what_may_help(errors, attempt)
        named = refusals.partner_fields(errors)
        known = self.env['urssaf.error'].sudo().search([('code', 'in', [error.code for error in errors])])
        listed = [name.strip() for entry in known for name in (entry.field_names or '').split(',') if name.strip()]
        self.write(
            {
                'refused_fields': ','.join(
                    name for name in dict.fromkeys(named or listed) if name in self.partner_id._fields
                )
                or False,
            }
        )
        if named and self.error_text:
            self.error_text += '\n' + self.env._("Field to correct: %s.", ', '.join(self._field_labels(named)))

    def _remember_what_may_help(self, errors, attempt):
        """What is worth trying after this refusal, of a way of writing or of what the form says.

        The parameters are those of ``_remember_refusal``.
        """
        is_way = bool(errors and attempt) and attempt.kind != AS_ENTERED
        self.worth_trying = (
            variants.worth_trying(
                [error.code for error in errors],
                'urssaf_birth_commune_id' in refusals.partner_fields(errors),
                before=is_way and self.worth_trying or variants.NONE,
            )
            or False
        )
        if is_way and self.worth_trying and attempt._is_refused_otherwise():
            self.error_text += '\n' + self.env._(
                "Written as “%s”, the identity itself was not refused: correct this, then try that way again.",
                attempt.with_env(self.env)._label('kind'),
            )

    def _field_labels(self, names):
        labels = self.env['res.partner'].sudo().fields_get(names, ['string'])
        return [labels[name]['string'] for name in names]

    # -- when it worked ---------------------------------------------------------------------------

    def _forget_attempts(self, worked):
        """One way worked: what the others sent is of no more use.

        :param urssaf.registration.attempt worked: that one; may be empty
        """
        worked._close('accepted')
        (self.sudo().attempt_ids - worked).sent_values = False

    def _adopt_attempt(self, status):
        """URSSAF has recognised the household in a look-up: of the calls whose answer was lost, by the one it names.

        :param urssaf.answers.CustomerStatus status: what URSSAF says of the household
        """
        self._remember_refusal(())
        lost = self.sudo().attempt_ids.filtered(lambda attempt: attempt.outcome in OPEN_OUTCOMES)
        self._forget_attempts(lost.filtered(lambda attempt: self._names_attempt(status, attempt))[-1:])

    def _lose_attempts(self):
        """Those whose sender died on the way have no other answer to wait for."""
        self.sudo().attempt_ids.filtered(lambda attempt: attempt.outcome == 'sending')._close('lost')

    def _is_this_household(self, status):
        """Whether URSSAF speaks of this household: the names are those of the form, or those of a call in the air."""
        lost = self.sudo().attempt_ids.filtered(lambda attempt: attempt.outcome in OPEN_OUTCOMES)
        return variants.same_person(status.birth_name, status.first_names, self.partner_id._urssaf_customer()) or any(
            self._names_attempt(status, attempt) for attempt in lost
        )

    def _names_attempt(self, status, attempt):
        names = attempt._sent_names()
        customer = self.partner_id._urssaf_customer()
        return bool(names) and variants.same_person(
            status.birth_name, status.first_names, replace(customer, birth_name=names[0], first_names=names[1])
        )

    def _lost_variant(self):
        """The variant whose answer was lost: only that one may be sent now, else nobody would know whether URSSAF has it. None:
        as on the form."""
        lost = self.sudo().attempt_ids.filtered(
            lambda attempt: attempt.outcome == 'lost' and attempt.kind != AS_ENTERED
        )
        ways = self.partner_id._urssaf_variants() if lost else {}
        return next((ways[attempt.fingerprint] for attempt in lost if attempt.fingerprint in ways), None)

    # -- told in a transaction of its own, which may be repeated ----------------------------------

    def _take_over_variant(self):
        """The form says from now on what URSSAF has recognised."""
        for attempt in self.sudo().attempt_ids.filtered(lambda a: a.outcome == 'accepted' and a.sent_values):
            values = json.loads(attempt.sent_values)
            attempt.sent_values = False
            partner = self.partner_id.sudo()
            changed = {name: value for name, value in values.items() if (partner[name] or False) != (value or False)}
            if attempt.kind == AS_ENTERED or not changed:
                continue
            partner.write(changed)
            localized = self._localized()
            partner._message_log(
                body=localized.env._(
                    "Avance immédiate: the identity on this form has been corrected to what URSSAF recognised (%s).",
                    attempt.with_env(localized.env)._label('kind'),
                )
            )

    def _propose_variants(self):
        """The ways worth trying become a list, for a person to choose from."""
        for sequence, way in enumerate(self.sudo()._useful_variants().values()):
            # The form may have changed since: the same spelling may now be another kind of variant.
            self._find_or_create_attempt(way).write({'kind': way.kind, 'sequence': sequence})
