"""pylint with several sets of options, one after the other: ``[what it says, or '']`` as JSON.

In one process, because most of its time goes into reading Odoo and guessing types: the later sets find that done. They
cannot be one set: pylint-odoo and Odoo's own plugins give the same name to different messages.
"""

import io
import json
import sys

from pylint.lint import Run
from pylint.reporters.text import TextReporter


def said(options):
    output = io.StringIO()
    status = Run(options, reporter=TextReporter(output), exit=False).linter.msg_status
    return output.getvalue().strip() if status else ''


if __name__ == '__main__':
    json.dump([said(options) for options in json.loads(sys.argv[1])], sys.stdout)
