"""All that a database holds of this addon, read by SQL: whatever is renamed, a model, a field or a record keeps its id."""

import json

from machine import ADDON

# Records of data that people's own records or customisations refer to; views and rights are ours alone.
KEPT_DATA = (
    'ir.actions.act_window',
    'ir.actions.server',
    'ir.cron',
    'ir.model',
    'ir.ui.menu',
    'mail.activity.type',
    'mail.template',
    'urssaf.error',
    'urssaf.nature',
)
# Data that each version brings anew: its records stay, their texts may be better ones.
CATALOGUES = ('insee.commune', 'urssaf.error', 'urssaf.nature', 'res.country')

FIELDS = f"""
    SELECT f.id, f.name, f.model, f.ttype, f.relation_table, f.column1, f.column2, f.field_description AS label
      FROM ir_model_fields f JOIN ir_model m ON m.id = f.model_id
     WHERE f.store AND NOT m.transient AND to_regclass(replace(f.model, '.', '_')) IS NOT NULL AND (f.model ~ '^(urssaf|insee)[.]' OR f.name ~ '^(urssaf|insee)_')
       AND EXISTS (SELECT 1 FROM ir_model_data d
                    WHERE d.module = '{ADDON}' AND d.model = 'ir.model.fields' AND d.res_id = f.id)
"""
NAMES = f"""
    SELECT d.name, d.model, d.res_id FROM ir_model_data d
     WHERE d.module = '{ADDON}' AND d.model IN {KEPT_DATA} AND d.name NOT LIKE 'demo%'
"""
ACTIONS = f"""
    SELECT a.id, a.name FROM ir_actions a JOIN ir_model_data d ON d.res_id = a.id
     WHERE d.module = '{ADDON}' AND d.model LIKE 'ir.actions.%'
"""


class Snapshot:
    """``fields``: id → what it is; ``values``: field id → record id → value; ``names``: (model, record id) → XML ids."""

    def __init__(self, workshop, database):
        self._ask = lambda query: json.loads(
            workshop.psql(f"SELECT COALESCE(json_agg(found), '[]') FROM ({query}) found", database)
        )
        self.fields = {field['id']: field for field in self._ask(FIELDS)}
        self.names = {}
        for row in self._ask(NAMES):
            self.names.setdefault((row['model'], row['res_id']), set()).add(row['name'])
        self.actions = {action['id']: action['name'] for action in self._ask(ACTIONS)}
        self.values = {}
        tables = {}
        for field in self.fields.values():
            tables.setdefault(field['model'], []).append(field)
        for model, fields in tables.items():
            rows = self._ask(f'SELECT * FROM {model.replace(".", "_")} ORDER BY id')
            for field in fields:
                if field['ttype'] == 'one2many':
                    continue
                if field['ttype'] == 'many2many':
                    values = {}
                    for row in self._ask(
                        f'SELECT {field["column1"]} AS a, {field["column2"]} AS b FROM {field["relation_table"]}'
                    ):
                        values.setdefault(row['a'], set()).add(row['b'])
                else:
                    values = {row['id']: row[field['name']] for row in rows}
                self.values[field['id']] = values


def lost(before, after, gone_fields=(), gone_data=()):
    """What was there and is not any more, as lines to read.

    :param gone_fields: ``model.name`` of stored fields that a version has given up
    :param gone_data: XML ids of records that a version has given up
    """
    found = []
    for key, names in before.names.items():
        if key not in after.names and not names <= set(gone_data):
            found.append(f'{key[0]} {sorted(names)}: no record of ours has its id {key[1]} any more')
    for action, name in before.actions.items():
        if action in after.actions:
            found += changed_words(f'action {action}', name, after.actions[action])
    for field_id, field in before.fields.items():
        name = f'{field["model"]}.{field["name"]}'
        if name in gone_fields:
            continue
        if field_id not in after.fields:
            found.append(f'{name}: no field has its id any more: renamed without a migration?')
            continue
        found += changed_words(f'label of {name}', field['label'], after.fields[field_id]['label'])
        for record_id, value in before.values.get(field_id, {}).items():
            now = after.values[field_id].get(record_id)
            what = f'{name} of {record_id}'
            if isinstance(value, dict):
                found += changed_words(what, value, now)
            elif field['model'] in CATALOGUES:
                if record_id not in after.values[field_id]:
                    found.append(f'{what}: the record is gone')
            elif now != value:
                found.append(f'{what}: was {value!r}, is {now!r}')
    return found


def changed_words(what, before, after):
    """The French that was there stays; the English may be written anew."""
    french = (before or {}).get('fr_FR')
    if french and (after or {}).get('fr_FR') != french:
        return [f'{what}: was {before!r}, is {after!r}']
    return []
