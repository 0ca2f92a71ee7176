"""The part *install* of the bench: the addon comes to a provider that has worked with Odoo for years.

Beside it an addon that adds the same columns, with the same indexes, and does nothing else.
"""

import json
import shutil
import subprocess
import time
from pathlib import Path

from machine import ADDON, STATE, say
from template import BASE, WITH_ADDON, quiet_odoo

FULL, TRIED = f'{ADDON}_bench_full', f'{ADDON}_bench_tried'
COLUMNS = 'only_the_columns'
HERE = str(Path(__file__).resolve().parent)
FILL = """
import sys
sys.path.insert(0, {here!r})
import bench_install_inside
bench_install_inside.fill(env, {individuals}, {invoices})
"""
# Of a model that is ours, a column holds a number here.
TYPES = {
    'boolean': 'Boolean',
    'char': 'Char',
    'selection': 'Char',
    'text': 'Text',
    'html': 'Text',
    'date': 'Date',
    'datetime': 'Datetime',
    'float': 'Float',
    'monetary': 'Float',
    'integer': 'Integer',
    'many2one': 'Integer',
    'json': 'Json',
    'binary': 'Binary',
}


def measure_install(workshop, individuals, invoices):
    """Rows, as those of ``bench_inside``: seconds of an installation on a database with so much in it, and on an empty one.

    :param int individuals: customers
    :param int invoices: posted, of two lines
    """
    folder = write_columns_addon(workshop)
    rows = []
    try:
        workshop.copy_database(BASE, FULL)
        begun = time.monotonic()
        script = FILL.format(here=HERE, individuals=individuals, invoices=invoices)
        quiet_odoo(workshop, '-d', FULL, command='shell', log='bench_fill.log', script=script)
        say(f'{invoices:,} invoices were made in {time.monotonic() - begun:.0f} s')
        for database, what, count in ((BASE, 'a new database', 1), (FULL, f'{invoices:,} invoices', invoices)):
            beside = None
            for addon, words in ((COLUMNS, "an addon with the same columns only"), (ADDON, "the addon")):
                took = timed(workshop, database, addon, folder)
                rows.append(
                    {
                        'part': 'install',
                        'what': f'{words}, on {what}',
                        'count': count,
                        'total_queries': 0,
                        'queries': 0.0,
                        'cpu': 0.0,
                        'wall': 1000 * took,
                        'ratio': took / beside if beside else None,
                        'calls': {},
                        'is_full': database == FULL,
                        'is_ours': addon == ADDON,
                    }
                )
                beside = took
    finally:
        for database in (FULL, TRIED):
            workshop.drop_database(database)
        shutil.rmtree(folder)
    return rows


def timed(workshop, database, addon, folder):
    """Seconds of ``odoo -i``, its start and end included."""
    workshop.copy_database(database, TRIED)
    workshop.psql("UPDATE ir_module_module SET demo = false", TRIED)  # nobody has demo data beside their own
    path = ','.join(map(str, [*workshop.addons, STATE / 'addons', folder]))
    begun = time.monotonic()
    quiet_odoo(
        workshop, '-d', TRIED, '-i', addon, f'--addons-path={path}', '--stop-after-init', log='bench_install.log'
    )
    return time.monotonic() - begun


def write_columns_addon(workshop):
    """An addon whose models have the columns that ours adds to those of others; the folder it is in."""
    found = subprocess.run(
        [
            'psql',
            '-qAtX',
            '-d',
            WITH_ADDON,
            '-c',
            f"""
            SELECT json_agg(json_build_array(f.model, f.name, f.ttype, f.index, f.company_dependent, f.translate))
              FROM ir_model_fields f
              JOIN ir_model_data d ON d.model = 'ir.model.fields' AND d.res_id = f.id AND d.module = '{ADDON}'
              JOIN ir_model m ON m.id = f.model_id
             WHERE f.store AND NOT m.transient AND NOT m.abstract AND f.ttype NOT IN ('one2many', 'many2many')
               AND f.model !~ '^(urssaf|insee)' AND f.related IS NULL
               AND f.name NOT IN ('id', 'create_date', 'create_uid', 'write_date', 'write_uid', 'display_name')
            """,
        ],
        env=workshop.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    models = {}
    for model, name, kind, index, company_dependent, translate in json.loads(found):
        is_json = company_dependent or translate
        options = 'index=True' if index and not is_json else ''
        models.setdefault(model, []).append(f'    {name} = fields.{"Json" if is_json else TYPES[kind]}({options})')
    folder = STATE / 'bench_addons'
    addon = folder / COLUMNS
    shutil.rmtree(folder, ignore_errors=True)
    addon.mkdir(parents=True)
    manifest = {'name': "Only the columns", 'license': 'LGPL-3', 'depends': ['l10n_fr_account', 'account_payment']}
    (addon / '__manifest__.py').write_text(repr({**manifest, 'depends': [*manifest['depends'], 'phone_validation']}))
    classes = [
        '\n'.join([f'class Model{number}(models.Model):', f'    _inherit = {model!r}', *columns])
        for number, (model, columns) in enumerate(models.items())
    ]
    (addon / '__init__.py').write_text('from odoo import fields, models\n\n\n' + '\n\n\n'.join(classes) + '\n')
    return folder
