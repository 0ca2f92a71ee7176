from odoo import api, fields, models

from ...tools.sentence import filled_in
from .res_partner import HOUSEHOLD, HOUSEHOLD_DEPENDS, PERSONAL_DATA_GROUPS
from .res_partner_checklist_words import GROUP_LABELS

# Fields without a line of their own: what there is to say about them is told with the line of another one.
TOLD_WITH = {
    'city': 'urssaf_commune_id',
    'country_id': 'zip',
    'urssaf_address_complement': 'street',
    'urssaf_address_locality': 'street',
    'urssaf_birth_place_sent': 'urssaf_birth_commune_id',
    'urssaf_keep_accents': 'urssaf_birth_name',
    'urssaf_street_letter': 'street',
    'urssaf_street_name': 'street',
    'urssaf_street_number': 'street',
    'urssaf_street_type': 'street',
    'urssaf_usage_name': 'urssaf_birth_name',
}
# The lines of the checklist, by group.
GROUPS = {group: tuple(name for name in names if name not in TOLD_WITH) for group, names in HOUSEHOLD.items()}


class ResPartner(models.Model):
    """What registering needs, as one list: what is there, what is missing, what would be refused (SCREENS §2)."""

    _inherit = 'res.partner'

    urssaf_missing = fields.Text(
        "What Is Missing for Avance Immédiate", compute='_compute_urssaf_missing', groups=PERSONAL_DATA_GROUPS
    )
    urssaf_missing_count = fields.Integer(
        "Missing for Avance Immédiate", compute='_compute_urssaf_missing', groups=PERSONAL_DATA_GROUPS
    )
    # Stored, so that the list can be filtered by the database: what is checked is in Python.
    urssaf_is_complete = fields.Boolean(
        "Complete for Avance Immédiate",
        compute='_compute_urssaf_is_complete',
        store=True,
        groups=PERSONAL_DATA_GROUPS,
        copy=False,
        help="Nothing is missing to register this customer with URSSAF.",
    )
    urssaf_checklist = fields.Json(
        "Checklist", compute='_compute_urssaf_checklist', groups=PERSONAL_DATA_GROUPS, exportable=False
    )

    @api.depends('urssaf_is_possible', *HOUSEHOLD_DEPENDS)
    @api.depends_context('lang', 'company')
    def _compute_urssaf_missing(self):
        for partner in self:
            sentences = partner._urssaf_missing_sentences() if partner.urssaf_is_possible else []
            partner.urssaf_missing = '\n'.join(f"• {sentence}" for sentence in sentences)
            partner.urssaf_missing_count = len(sentences)

    @api.depends(*HOUSEHOLD_DEPENDS)
    def _compute_urssaf_is_complete(self):
        for partner in self:
            # Most contacts have nothing of it: they cost nothing, also when the addon is installed in a large database.
            started = not partner.is_company and all(partner[name] for name in GROUPS['identity'])
            partner.urssaf_is_complete = started and not any(
                finding.level == 'error' for finding in partner._urssaf_findings()
            )

    @api.depends('urssaf_is_possible', *HOUSEHOLD_DEPENDS)
    @api.depends_context('lang', 'company')
    def _compute_urssaf_checklist(self):
        for partner in self:
            partner.urssaf_checklist = partner.urssaf_is_possible and partner._urssaf_checklist()

    def _urssaf_checklist(self):
        """The checklist of one household, for the widget of the form.

        :return: ``{'done', 'total', 'groups': [{'name', 'label', 'items': [item]}]}``; an item is
            ``{'field', 'label', 'state', 'sentence'}``, where ``field`` is the one to go to and ``state`` is ``done``,
            ``missing``, ``wrong`` or ``warning``
        """
        told = {}
        for finding in self._urssaf_findings():
            told.setdefault(TOLD_WITH.get(finding.field, finding.field), []).append(finding)
        groups = []
        for name, names in GROUPS.items():
            items = [
                self._urssaf_checklist_item(item, told.pop(item, [])) for item in names if self._urssaf_needs(item)
            ]
            groups.append({'name': name, 'label': filled_in(self.env, GROUP_LABELS[name]), 'items': items})
        # Nothing that blocks is hidden, whatever rule comes later.
        groups[0]['items'] += [self._urssaf_checklist_item(field, findings) for field, findings in told.items()]
        items = [item for group in groups for item in group['items']]
        return {
            'done': sum(item['state'] in ('done', 'warning') for item in items),
            'total': len(items),
            'groups': groups,
        }

    def _urssaf_needs(self, name):
        """A birth abroad has no municipality; one that is left from before is hidden, and not sent."""
        return name != 'urssaf_birth_commune_id' or self.urssaf_birth_is_france

    def _urssaf_checklist_item(self, name, findings):
        """One line of the checklist.

        :param str name: the field it stands for
        :param list[urssaf.findings.Finding] findings: about this field and those told with it
        :return: see ``_urssaf_checklist``
        """
        errors = [finding for finding in findings if finding.level == 'error']
        shown = errors or findings
        field = name
        if shown and shown[0].code != 'address_missing':  # then Odoo's own street is the one to fill in
            field = shown[0].field
        is_missing = bool(errors) and all(finding.code.endswith('_missing') for finding in errors)
        return {
            'field': field,
            'label': self._fields[name]._description_string(self.env) if name in self._fields else name,
            'state': 'missing' if is_missing else 'wrong' if errors else 'warning' if findings else 'done',
            'sentence': ' '.join(self.env['urssaf.finding']._sentences(shown)),
        }
