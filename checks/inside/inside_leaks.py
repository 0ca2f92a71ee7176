"""Runs inside `odoo shell`: the people of the check of planted values, and the search for these in the database."""

from collections import Counter

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tools import SQL

MODULE = 'l10n_fr_avance_immediate'
# Every cell of a table that holds one of the texts looked for: column, text, how many rows.
CELLS = """
    SELECT cell.k, looked.f, count(*)
      FROM %s line_, jsonb_each_text(to_jsonb(line_)) AS cell(k, v), unnest(%s) AS looked(f)
     WHERE position(lower(looked.f) IN lower(cell.v)) > 0
  GROUP BY 1, 2
"""
MOST_RECORDS = 3000


def people(env):
    """Users of each kind (their passwords are for a test database), and what the flows need to know."""
    company = env.ref(f'{MODULE}.demo_company')
    neighbour = env['res.company'].create({'name': 'Voisin'})

    def user(login, company, *groups, **values):
        return (
            env['res.users']
            .with_context(no_reset_password=True)
            .create(
                {
                    'name': login,
                    'login': login,
                    'password': login,
                    'company_id': company.id,
                    'company_ids': [Command.set(company.ids)],
                    'group_ids': [Command.set([env.ref(group).id for group in groups])],
                    **values,
                }
            )
        )

    user('plante_lecteur', company, 'base.group_user', 'account.group_account_readonly')
    user('plante_employe', company, 'base.group_user')
    user('plante_voisin', neighbour, 'base.group_user', 'account.group_account_invoice')
    # Whoever Odoo lets export anything: what leaves that way is looked at, too.
    env['res.users'].search([('share', '=', False)]).group_ids = [Command.link(env.ref('base.group_allow_export').id)]
    household = env['res.partner'].create(
        {'name': 'Madame Testeuse', 'email': 'plante.mail@example.com', 'company_id': company.id}
    )
    user('plante_portail', company, 'base.group_portal', partner_id=household.id)
    env.ref('base.user_admin').write({'company_ids': [Command.link(company.id)], 'password': 'admin'})
    env.cr.commit()
    return {
        'company': company.id,
        'household': household.id,
        'nature': env.ref(f'{MODULE}.nature_100').id,
        'hour': env.ref('uom.product_uom_hour').id,
        'france': env.ref('base.fr').id,
        'town': env['insee.commune'].search([('name', '=', 'Camaret-sur-Mer')], limit=1).id,
        'crons': [env.ref(f'{MODULE}.ir_cron_urssaf_{name}').id for name in ('submit', 'sync')],
    }


def look(env, values, logins):
    """Where in the database the values (forms by name) are, and what each user gets.

    ``columns``: ``[table.column, name, count]``; ``readings``: ``[login, model, field, name, count]``; ``exported``: how many
    columns somebody got as an export
    """
    forms = {form: name for name, several in values.items() for form in several}
    columns = in_columns(env, forms)
    hit = {place.partition('.')[0] for place, _name, _count in columns}
    models = [
        model
        for model in env.registry.values()
        if not model._abstract
        and model._name != 'insee.commune'
        and (
            model._table in hit
            or model._name.startswith('urssaf.')
            or any(MODULE in field._modules for field in model._fields.values())
        )
    ]
    readings, exports = [], Counter()
    for login in logins:
        user = env['res.users'].search([('login', '=', login)])
        for model in models:
            readings += [[login, model._name, *reading] for reading in in_readings(env, user, model, forms, exports)]
    return {'columns': columns, 'readings': readings, 'exported': exports}


def in_columns(env, forms):
    """``[table.column, name, count]`` in all tables."""
    found = []
    env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in env.cr.fetchall():
        env.cr.execute(SQL(CELLS, SQL.identifier(table), list(forms)))
        found += [[f'{table}.{key}', forms[form], count] for key, form, count in env.cr.fetchall()]
    return found


def in_readings(env, user, model, forms, exports):
    """``[field, name, count]`` of what a user reads and exports of a model; the exported columns are counted by login."""
    found = []
    records = env[model._name].with_user(user)
    records = records.with_context(allowed_company_ids=user.company_ids.ids, active_test=False)
    try:
        names = list(records.fields_get())
        records = records.search([], limit=MOST_RECORDS)
    except AccessError:
        return found
    env.invalidate_all()
    for way in (read, exported):
        for name, text in columns_of(env, records, names, way):
            exports[user.login] += way is exported
            for form, value in forms.items():
                if count := text.count(form.lower()):
                    found.append([name, value, count])
    return found


def columns_of(env, records, names, way):
    """``(field, text in small letters)`` of all fields that can be had: in one go, or each alone where one of them fails."""
    try:
        yield from way(records, names)
    except Exception:
        env.cr.rollback()
        if len(names) > 1:
            for name in names:
                yield from columns_of(env, records, [name], way)


def read(records, names):
    rows = records.read(names)
    return [(name, str([row[name] for row in rows]).lower()) for name in names]


def exported(records, names):
    rows = records.export_data(names)['datas']
    return [(name, str([row[at] for row in rows]).lower()) for at, name in enumerate(names)]
