from odoo import api, fields, models

from ...urssaf import birth_place


class InseeCommune(models.Model):
    """Communes that are no more, what they became, and the codes that others had before (CONTRACT §5.1).

    A former commune has a ``valid_until``, the code and the name of its last day, and those before in ``history``.
    """

    _inherit = 'insee.commune'

    history = fields.Char(
        string="Codes before", help="Each with the first day on which it was not in use any more, and another name."
    )
    # The sources have no exact date: between these two days it is not known whether the commune was one still.
    existed_before = fields.Date(string="Surely there before", help="Day before which a former commune surely was one.")
    valid_until = fields.Date(
        string="In force until",
        help="Empty for a commune that exists today; else a day on which it surely was one no more.",
    )
    successor_id = fields.Many2one('insee.commune', string="Became", index='btree_not_null')
    successor_name = fields.Char(
        "Name of What It Became",
        exportable=False,
        help="Shown with every former commune: kept here, so that searching takes one query.",
    )
    became = fields.Char(string="What it is today", compute='_compute_became')

    _former_commune = models.UniqueIndex(
        "(code, name) WHERE valid_until IS NOT NULL",
        "This former commune is in the list already.",
    )

    @api.depends('name', 'zip_codes', 'department', 'valid_until', 'successor_name')
    @api.depends_context('lang', 'formatted_display_name')
    def _compute_display_name(self):
        for commune in self:
            if not commune.name:
                commune.display_name = ''
            elif self.env.context.get('formatted_display_name'):
                commune.display_name = f"{commune.name} \t --{commune._place()}--"
            elif commune.valid_until and commune.successor_name:
                commune.display_name = self.env._(
                    "%(name)s (%(department)s, now %(successor)s)",
                    name=commune.name,
                    department=commune.department,
                    successor=commune.successor_name,
                )
            else:
                zip_code = (commune.zip_codes or '').split(' ')[0]
                commune.display_name = f"{commune.name} ({zip_code or commune.department})"

    @api.depends('valid_until', 'successor_name')
    @api.depends_context('lang')
    def _compute_became(self):
        for commune in self:
            commune.became = (
                commune.valid_until
                and commune.successor_name
                and self.env._("Former municipality, today %(successor)s.", successor=commune.successor_name)
            )

    def _place(self):
        """Where the commune is, for the list of suggestions."""
        department = f"{birth_place.department_name(self.department)} ({self.department})"
        if self.valid_until and self.successor_name:
            return self.env._(
                "%(department)s, former municipality, today %(successor)s",
                department=department,
                successor=self.successor_name,
            )
        return ', '.join(filter(None, ((self.zip_codes or '').split(' ')[0], department)))

    def _may_have_ended(self, day):
        """Whether this is a former commune that may have been part of another one on that day already."""
        return (
            bool(day and self.valid_until)
            and day < self.valid_until
            and self.code != self.successor_id.code
            and (not self.existed_before or day >= self.existed_before)
        )

    def _as_commune(self):
        """This commune for ``urssaf.birth_place``; None for no commune.

        :rtype: urssaf.birth_place.Commune | None
        """
        if not self:
            return None
        self.ensure_one()
        return birth_place.Commune(
            code=self.code,
            name=self.name,
            history=self.history or '',
            valid_until=self.valid_until or None,
            successor=self.successor_id._as_commune(),
        )
