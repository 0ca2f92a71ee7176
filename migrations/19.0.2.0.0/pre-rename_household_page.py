"""``urssaf.household`` is ``urssaf.household.page``: it holds what a household sees, the household itself is a partner.

An abstract model: no table, no record. Its row in the list of models keeps its id, so that what refers to it stays.
"""

OLD, NEW = 'urssaf.household', 'urssaf.household.page'
MODULE = 'l10n_fr_avance_immediate'


def migrate(cr, version):
    cr.execute("UPDATE ir_model SET model = %s WHERE model = %s", [NEW, OLD])
    cr.execute("UPDATE ir_model_fields SET model = %s WHERE model = %s", [NEW, OLD])
    cr.execute(
        """
        UPDATE ir_model_data
           SET name = regexp_replace(name, '^(model|field)_urssaf_household(__|$)', '\\1_urssaf_household_page\\2')
         WHERE module = %s AND name ~ '^(model|field)_urssaf_household(__|$)'
        """,
        [MODULE],
    )
