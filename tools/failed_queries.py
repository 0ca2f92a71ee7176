"""What the log keeps of a statement that the database refuses: never a value of a household."""

import logging
import re
import traceback

import psycopg2

from ..urssaf.transport import filter_once

LOGGER = 'odoo.sql_db'
ADDON = __name__.partition('.tools.')[0]
# Odoo's own, which write a traceback where nothing of ours catches an error: a click, a call over RPC, a scheduled action.
WRITE_TRACEBACKS = ('odoo.http', 'odoo.service.model', 'odoo.addons.base.models.ir_cron')
# A statement about tables or columns of ours.
OURS = re.compile(r'\b(?:urssaf|insee)_')
# What it refuses quotes the whole row, with the columns that we add to it.
QUOTES_OURS = re.compile(rf'{OURS.pattern}|\bres_partner\b')
# Texts as PostgreSQL writes them, and what stands in brackets where it tells of a row or of a key.
TEXT = re.compile(r"'(?:[^']|'')*'")
ROW = re.compile(r'(Failing row contains |Key \(.*?\)=)\(.*\)', re.DOTALL)
# "invalid input syntax for type date: "…"", with the line of the statement it is about.
QUOTED = re.compile(r'(: )".*"', re.DOTALL)
LINE = re.compile(r'^LINE \d+: .*', re.MULTILINE)


def mask_refusal(said):
    """The database's words about a statement of ours, with no value in them."""
    return LINE.sub('LINE ***', QUOTED.sub(r'\1"***"', ROW.sub(r'\1(***)', said)))


class FailedQueryFilter(logging.Filter):
    """Odoo logs a refused statement with its values: of ours, the log says which one it was and why it was refused."""

    def filter(self, record):
        """Mask the values in a record, which is always kept."""
        if not (isinstance(record.args, tuple) and len(record.args) == 2 and 'bad query' in str(record.msg)):
            return True
        query, error = record.args
        query = query.decode(errors='replace') if isinstance(query, bytes) else str(query)
        if QUOTES_OURS.search(query):
            record.args = TEXT.sub("'***'", query) if OURS.search(query) else query, mask_refusal(str(error))
        return True


class RefusalInTracebackFilter(logging.Filter):
    """A traceback ends with the words of the database, which quote the row, and may hold those of an earlier error, too."""

    def filter(self, record):
        """Write out the traceback here, masked: what formats the record later takes it as it is. Always kept."""
        error = record.exc_info[1] if record.exc_info else None
        refusals = [words for words in map(_words_of_refusal, _chain(error)) if words]
        if refusals:
            text = ''.join(traceback.format_exception(error)).rstrip('\n')
            for words in refusals:
                text = text.replace(words, mask_refusal(words))
            record.exc_text = text
        return True


def _chain(error):
    """An error and those it came from, each once."""
    seen, waiting = [], [error]
    while waiting:
        error = waiting.pop()
        if error is not None and error not in seen:
            seen.append(error)
            waiting += (error.__cause__, error.__context__)
    return seen


def _words_of_refusal(error):
    """What the database says, where a value of ours may be in it; else None.

    The statement is not known any more. A refusal that names no table is masked, whosever it is.
    """
    if not isinstance(error, psycopg2.Error):
        return None
    table = error.diag.table_name
    return str(error).rstrip() if not table or QUOTES_OURS.search(table) else None


def mask_failed_queries():
    """Put the filters on the loggers concerned; called once per process (``hooks.post_load``), when all of ours are known."""
    filter_once((LOGGER,), FailedQueryFilter)
    # A logger's filters do not see what the loggers below it write.
    ours = [name for name in logging.root.manager.loggerDict if name.startswith(f'{ADDON}.')]
    filter_once((*WRITE_TRACEBACKS, *ours), RefusalInTracebackFilter)
