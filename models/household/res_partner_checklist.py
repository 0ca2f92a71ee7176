from odoo import api, fields, models

from .res_partner import PERSONAL

# Groups of the checklist and what each must have. A field is shown under the one it stands with on the form.
GROUPS = (
    ('identity', ('urssaf_civility', 'urssaf_birth_name', 'urssaf_first_names', 'urssaf_birth_date')),
    ('birth', ('urssaf_birth_country_id', 'urssaf_birth_commune_id')),
    ('contact', ('urssaf_mobile', 'email')),
    ('address', ('street', 'zip', 'urssaf_commune_id')),
    ('bank', ('urssaf_iban', 'urssaf_bic', 'urssaf_bank_holder')),
    ('agreement', ('urssaf_consent_date', 'urssaf_consent_origin')),
)
# Findings speak of the account; the form has fields of its own for it.
FORM_FIELDS = {'bank_iban': 'urssaf_iban', 'bank_bic': 'urssaf_bic', 'bank_holder': 'urssaf_bank_holder'}
# A finding about one of these is told with the item it belongs to.
TOLD_WITH = {
    'country_id': 'zip',
    'urssaf_address_complement': 'street',
    'urssaf_address_locality': 'street',
    'urssaf_street_letter': 'street',
    'urssaf_street_name': 'street',
    'urssaf_street_number': 'street',
    'urssaf_street_type': 'street',
    'urssaf_usage_name': 'urssaf_birth_name',
}


class ResPartner(models.Model):
    """What registering needs, as one list: what is there, what is missing, what would be refused (SCREENS §2)."""

    _inherit = 'res.partner'

    urssaf_checklist = fields.Json(compute='_compute_urssaf_checklist', groups=PERSONAL, exportable=False)

    @api.depends('urssaf_missing', 'urssaf_birth_country_id')
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
            field = FORM_FIELDS.get(finding.field, finding.field)
            told.setdefault(TOLD_WITH.get(field, field), []).append(finding)
        labels = self._urssaf_checklist_labels()
        groups = []
        for name, names in GROUPS:
            items = [
                self._urssaf_checklist_item(item, told.pop(item, [])) for item in names if self._urssaf_needs(item)
            ]
            groups.append({'name': name, 'label': labels[name], 'items': items})
        # Nothing that blocks is hidden, whatever rule comes later.
        groups[0]['items'] += [self._urssaf_checklist_item(field, findings) for field, findings in told.items()]
        items = [item for group in groups for item in group['items']]
        return {
            'done': sum(item['state'] in ('done', 'warning') for item in items),
            'total': len(items),
            'groups': groups,
        }

    def _urssaf_checklist_labels(self):
        return {
            'identity': self.env._("Identity"),
            'birth': self.env._("Birth place"),
            'contact': self.env._("Contact"),
            'address': self.env._("Address"),
            'bank': self.env._("Bank account"),
            'agreement': self.env._("Agreement"),
        }

    def _urssaf_needs(self, name):
        """A birth abroad has no municipality; one that is left from before is hidden, and not sent."""
        return name != 'urssaf_birth_commune_id' or self.urssaf_birth_is_france

    def _urssaf_checklist_item(self, name, findings):
        errors = [finding for finding in findings if finding.level == 'error']
        shown = errors or findings
        field = name
        if shown and shown[0].code != 'address_missing':  # then Odoo's own street is the one to fill in
            field = FORM_FIELDS.get(shown[0].field, shown[0].field)
        is_missing = bool(errors) and all(finding.code.endswith('_missing') for finding in errors)
        return {
            'field': field,
            'label': self._fields[name]._description_string(self.env) if name in self._fields else name,
            'state': 'missing' if is_missing else 'wrong' if errors else 'warning' if findings else 'done',
            'sentence': ' '.join(self.env['urssaf.finding']._sentences(shown)),
        }
