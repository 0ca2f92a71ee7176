"""Many records at once, by SQL: what a large provider has after years, in minutes. Runs inside `odoo shell`.

What is made is a copy of a record that the addon has made itself, so that every column holds what it holds in real life.
"""

from contextlib import contextmanager

import psycopg2

from odoo.tools import SQL


@contextmanager
def in_bulk(cr, *tables):
    """Rows go in without their indexes and foreign keys; the indexes are made anew at the end, and the figures of the planner.
    Commits.

    :param tables: where rows are added
    """
    cr.commit()
    vacuum(cr, tables)  # an index that is made while a changed row is in doubt is not used at first
    cr.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)",
        [list(tables)],
    )
    indexes = cr.fetchall()
    for name, _definition in indexes:
        cr.execute(f'DROP INDEX {name}')
    cr.execute("SET session_replication_role = replica")
    yield
    cr.execute("SET session_replication_role = DEFAULT")
    for _name, definition in indexes:
        cr.execute(definition)
    cr.commit()
    vacuum(cr, tables)


def vacuum(cr, tables):
    """What PostgreSQL does by itself now and then, in a connection of its own: it takes no transaction."""
    connection = psycopg2.connect(cr._cnx.dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'VACUUM (ANALYZE) {", ".join(tables)}')
    connection.close()


def last_id(cr, table):
    cr.execute(SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table)))
    return cr.fetchone()[0]


def multiply(cr, table, model_id, count, **columns):
    """Copies of a row; the n-th one has the id ``last + n``.

    :param str table: one with ids of a sequence
    :param int model_id: the row
    :param int count: how many copies
    :param columns: SQL expressions of ``n`` (1 to ``count``) for what differs; ``m`` is the row that is copied
    :return: the last id that was there before
    """
    last = last_id(cr, table)
    cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "AND is_generated = 'NEVER'",
        [table],
    )
    names = [name for (name,) in cr.fetchall()]
    columns = {'id': f'{last} + n', **columns}
    assert columns.keys() <= set(names), columns.keys() - set(names)
    values = ', '.join(columns.get(name, f'm."{name}"') for name in names)
    cr._obj.execute(
        f'INSERT INTO "{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in names)}) '
        f'SELECT {values} FROM "{table}" m, generate_series(1, {int(count)}) n WHERE m.id = {int(model_id)}'
    )
    cr._obj.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last + int(count)})")
    return last


def multiply_links(cr, table, **columns):
    """Rows of a table of links.

    :param columns: SQL expressions of ``n``; ``count`` is how many
    """
    count = columns.pop('count')
    cr._obj.execute(
        f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {", ".join(columns.values())} '
        f'FROM generate_series(1, {int(count)}) n ON CONFLICT DO NOTHING'
    )
