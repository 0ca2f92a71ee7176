import html
import re

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.sentence import filled_in
from .urssaf_error_words import OTHER_REASON, REASONS

# What a code looks like. Anything else is not learned: it would be free text, perhaps with personal data.
CODE = re.compile(r'[A-Z][A-Z0-9_]{2,79}')
MARKUP = re.compile(r'<[^<>]*>')
LONGEST_REMOTE_TEXT = 300


class UrssafError(models.Model):
    """The catalogue of what URSSAF may answer: error codes (CONTRACT §11) and reject codes (CONTRACT §9).

    The catalogue is ours and follows the addon's updates; codes that it does not know add themselves, so that a
    manager can write for each of them what it means.
    """

    _name = 'urssaf.error'
    _description = "Message of URSSAF"
    _order = 'unknown desc, context, code, id'
    _rec_name = 'code'
    _rec_names_search = ['code', 'cause']

    code = fields.Char(required=True, readonly=True)
    context = fields.Selection(
        [
            ('payment', "Payment request"),
            ('registration', "Registration"),
            ('search', "Search"),
            ('reject', "Refusal or cancellation"),
            ('generic', "Any call"),
        ],
        string="Arises in",
        required=True,
        default='generic',
    )
    cause = fields.Text(translate=True, help="What happened, in one sentence for the user.")
    what_to_do = fields.Text(translate=True, help="What the user can do about it.")
    field_names = fields.Char(
        string="Fields concerned",
        help="Technical names of the fields to look at, separated by commas.",
    )
    unknown = fields.Boolean(
        string="Not in the catalogue",
        readonly=True,
        help="URSSAF sent this code, which is not in the catalogue: it was added automatically.",
    )

    _code_unique = models.Constraint('UNIQUE (code)', "This code is already in the catalogue.")

    def _load_records(self, data_list, update=False):
        # EXTENDS 'base': codes that were learned before the catalogue had them become its entries, and are not made twice
        codes = {data['values'].get('code'): data for data in data_list if data.get('xml_id')}
        adopted = []
        for record in self.search([('code', 'in', list(codes)), ('unknown', '=', True)]):
            data = codes[record.code]
            record.unknown = False
            adopted.append({'xml_id': data['xml_id'], 'record': record, 'noupdate': data.get('noupdate', False)})
        if adopted:
            self.env['ir.model.data']._update_xmlids(adopted)
        return super()._load_records(data_list, update=update)

    @api.model
    def _explain(self, failure):
        """A failed call as one sentence that says what to do.

        :param urssaf.errors.UrssafError failure: what the client raised
        :rtype: str
        """
        if getattr(failure, 'errors', None) is not None:
            return self._sentence(failure.errors)
        return filled_in(self.env, REASONS.get(failure.reason, OTHER_REASON))

    @api.model
    def _sentence(self, errors):
        """Tell a user what URSSAF answered: for each error its cause and what to do.

        A code that is not in the catalogue is shown with URSSAF's own words (CONTRACT §11).

        :param errors: iterable of urssaf.errors.RemoteError (code, message, description); may be empty (CONTRACT §1.7)
        :return: plain text in the user's language, one line per different error
        :rtype: str
        """
        errors = list(errors)
        if not errors:
            return self.env._(
                "URSSAF refused without saying why. Check the data that was sent, then try again; "
                "if it is refused again, contact URSSAF."
            )
        catalogue = {
            record.code: record
            for record in self.sudo().search([('code', 'in', [error.code for error in errors if error.code])])
        }
        lines = [self._sentence_one(error, catalogue.get(error.code, self.browse())) for error in errors]
        return '\n'.join(dict.fromkeys(lines))

    @api.model
    def _sentence_one(self, error, known):
        """The sentence for one error.

        :param urssaf.errors.RemoteError error: what URSSAF answered
        :param urssaf.error known: its record in the catalogue, or empty
        :rtype: str
        """
        remote = self._remote_text(error)
        if not known.cause:
            if not remote:
                return self.env._(
                    "URSSAF refused without an explanation (code %s). Contact URSSAF and give them this code.",
                    error.code or '?',
                )
            return self.env._(
                "URSSAF answered: “%(text)s” (code %(code)s). Correct what it names, then try again; "
                "if in doubt, contact URSSAF.",
                text=remote,
                code=error.code or '?',
            )
        sentence = ' '.join(filter(None, (known.cause, known.what_to_do)))
        # What only says the cause once more is no detail.
        if known.context == 'generic' and remote and known.cause not in remote:
            sentence += ' ' + self.env._("Detail given by URSSAF: “%s”", remote)
        return sentence

    @api.model
    def _reject_label(self, code):
        """Reason of a refusal or cancellation in the user's language (``infoRejet.code``, CONTRACT §9).

        :param str code: code as received, may be empty or unknown
        :return: a short text without final full stop, never a code alone; empty when there is no code
        :rtype: str
        """
        if not code:
            return ''
        known = self.sudo().search([('code', '=', code), ('context', '=', 'reject')], limit=1)
        return known.cause or self.env._("reason not known (code %s)", code)

    @api.model
    def _learn(self, errors):
        """Add the codes that the catalogue does not have; those it has are left alone. Nothing is committed here.

        Only the code is kept: URSSAF's texts may quote personal data.

        :param errors: iterable of urssaf.errors.RemoteError
        """
        codes = sorted({error.code for error in errors if CODE.fullmatch(error.code or '')})
        if not codes:
            return
        # Two workers may meet the same new code at once: neither may fail because of the other.
        self.env.execute_query(
            SQL(
                """
            INSERT INTO urssaf_error (code, context, unknown, create_uid, create_date, write_uid, write_date)
                 SELECT code, 'generic', TRUE, %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM unnest(%(codes)s) AS code
            ON CONFLICT (code) DO NOTHING
            """,
                codes=codes,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )

    @api.model
    def _remote_text(self, error):
        """URSSAF's own words for an error, as plain text of bounded length."""
        parts = []
        for part in (error.message, error.description):
            text = ' '.join(html.unescape(MARKUP.sub(' ', part or '')).split())
            if text and text not in parts:
                parts.append(text)
        text = ' – '.join(parts)
        return text if len(text) <= LONGEST_REMOTE_TEXT else text[: LONGEST_REMOTE_TEXT - 1] + '…'
