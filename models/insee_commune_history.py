from odoo import api, fields, models

from ..urssaf import birth_place


class InseeCommune(models.Model):
    """Communes that are no more, what they became, and the codes that others had before (CONTRACT §5.1).

    A former commune has the code and the name of its last day, and those it had before in ``history``.
    """
    _inherit = 'insee.commune'

    history = fields.Char(
        string="Codes before", help="Each with the first day on which it was not in use any more, and another name.")
    existed_before = fields.Date(
        string="Surely there before", help="Day before which a former commune surely was one. Later: not known to us.")
    # The sources have no exact date: empty unless somebody enters it.
    valid_from = fields.Date(string="In force from")
    valid_until = fields.Date(string="In force until", help="First day on which the commune was not any more, if known.")
    successor_id = fields.Many2one('insee.commune', string="Became", index='btree_not_null')
    successor_name = fields.Char(help="Shown with every former commune: kept here, so that searching takes one query.")
    became = fields.Char(string="What it is today", compute='_compute_became')

    _former_commune = models.UniqueIndex(
        "(code, name) WHERE kind = 'former'",
        "This former commune is in the list already.",
    )

    @api.depends('name', 'zip_codes', 'department', 'kind', 'successor_name')
    @api.depends_context('lang', 'formatted_display_name')
    def _compute_display_name(self):
        for commune in self:
            if not commune.name:
                commune.display_name = ''
            elif self.env.context.get('formatted_display_name'):
                commune.display_name = f"{commune.name} \t --{commune._place()}--"
            elif commune.kind == 'former':
                commune.display_name = self.env._(
                    "%(name)s (%(department)s, now %(successor)s)", name=commune.name, department=commune.department,
                    successor=commune.successor_name)
            else:
                zip_code = (commune.zip_codes or '').split(' ')[0]
                commune.display_name = f"{commune.name} ({zip_code or commune.department})"

    @api.depends('kind', 'successor_name')
    @api.depends_context('lang')
    def _compute_became(self):
        for commune in self:
            commune.became = commune.kind == 'former' and self.env._(
                "Former municipality, today %(successor)s.", successor=commune.successor_name)

    def _place(self):
        """Where the commune is, for the list of suggestions."""
        department = f"{birth_place.department_name(self.department)} ({self.department})"
        if self.kind == 'former':
            return self.env._(
                "%(department)s, former municipality, today %(successor)s", department=department,
                successor=self.successor_name)
        return ', '.join(filter(None, ((self.zip_codes or '').split(' ')[0], department)))

    def _may_have_ended(self, day):
        """Whether this is a former commune that may have been part of another one on that day already."""
        return (
            self.kind == 'former' and self.code != self.successor_id.code and not self.valid_until
            and bool(day) and (not self.existed_before or day >= self.existed_before)
        )

    def _as_commune(self):
        """This commune for ``urssaf.birth_place``; None for no commune.

        :rtype: urssaf.birth_place.Commune | None
        """
        if not self:
            return None
        self.ensure_one()
        return birth_place.Commune(
            code=self.code, name=self.name, history=self.history or '', valid_until=self.valid_until or None,
            successor=self.successor_id._as_commune())
