"""What the log keeps of a statement that the database refuses: never a value of a household."""

import logging
import re

from ..urssaf.transport import filter_once

LOGGER = 'odoo.sql_db'
# A statement about tables or columns of ours.
OURS = re.compile(r'\b(?:urssaf|insee)_')
# Texts as PostgreSQL writes them, and what stands in brackets where it tells of a row or of a key.
TEXT = re.compile(r"'(?:[^']|'')*'")
ROW = re.compile(r'(Failing row contains |Key \(.*?\)=)\(.*\)', re.DOTALL)
# "invalid input syntax for type date: "…"", with the line of the statement it is about.
QUOTED = re.compile(r'(: )".*"', re.DOTALL)
LINE = re.compile(r'^LINE \d+: .*', re.MULTILINE)


class FailedQueryFilter(logging.Filter):
    """Odoo logs a refused statement with its values: of ours, the log says which one it was and why it was refused."""

    def filter(self, record):
        """Mask the values in a record, which is always kept."""
        if not (isinstance(record.args, tuple) and len(record.args) == 2 and 'bad query' in str(record.msg)):
            return True
        query, error = record.args
        query = query.decode(errors='replace') if isinstance(query, bytes) else str(query)
        if OURS.search(query):
            said = LINE.sub('LINE ***', QUOTED.sub(r'\1"***"', ROW.sub(r'\1(***)', str(error))))
            record.args = TEXT.sub("'***'", query), said
        return True


def mask_failed_queries():
    """Put the filter on Odoo's logger of statements; called once per process (``hooks.post_load``)."""
    filter_once((LOGGER,), FailedQueryFilter)
