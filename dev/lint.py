#!/usr/bin/env python3
"""The linters, each counted as one test; one that cannot run has failed.

ruff and pylint-odoo read the addon. Of Odoo's own lints, the three pylint plugins of ``TestPyLint`` and the rules of
``TestESLint`` are run on our folder alone (the tests themselves scan the whole of Odoo), and the rest of ``test_lint``
runs on a database that has the addon: only failures that name our module count, since Odoo's code fails some of them.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import eslint  # noqa: E402
from machine import ADDON, CACHE, ROOT, STATE, Stop, say, told  # noqa: E402
from ports import free_port  # noqa: E402
from template import WITH_ADDON  # noqa: E402

LINT_DATABASE = f'{ADDON}_lint'
CHECKERS = ('_odoo_checker_sql_injection', '_odoo_checker_gettext', '_odoo_checker_unlink_override')
CHECKER_MESSAGES = (
    'used-before-assignment',
    'undefined-variable',
    'eval-used',
    'unreachable',
    'function-redefined',
    'sql-injection',
    'missing-gettext',
    'gettext-variable',
    'gettext-placeholders',
    'gettext-repr',
    'raise-unlink-override',
)
# Scan all of Odoo, or belong to it: what they look at in our code is looked at above.
NOT_HERE = ('TestPyLint', 'TestESLint')


def run(workshop):
    """All lints: ``(passed, failed, what they say)``."""
    results = {
        'ruff': ruff(workshop),
        'ruff format': ruff_format(workshop),
        **pylints(workshop),
        "Odoo's ESLint rules": odoo_eslint(workshop),
        'test_lint': test_lint(workshop),
    }
    failed = {name: output for name, output in results.items() if output}
    output = '\n'.join(f'--- {name} ---\n{text}' for name, text in failed.items())
    return len(results) - len(failed), len(failed), output


def ruff(workshop):
    """Empty when clean."""
    say('ruff')
    return _output(workshop, 'ruff', 'check', '--no-cache', ROOT)


def ruff_format(workshop):
    """The one format of the tree; `make format` gives it."""
    return _output(workshop, 'ruff', 'format', '--no-cache', '--check', ROOT)


def pylints(workshop):
    """The mandatory set of pylint-odoo as pyproject.toml names it, and Odoo's own plugins, on our folder alone.

    Each is run on a file made wrong, too: a lint that finds nothing there did not run.
    """
    say("pylint-odoo, Odoo's pylint plugins")
    ours, wrong = STATE / 'addons' / ADDON, _wrong_files()
    mandatory = (f'--rcfile={ROOT / "pyproject.toml"}',)
    printing = ('--rcfile=/dev/null', '--load-plugins=pylint_odoo', '--disable=all', '--enable=print-used')
    checkers = (
        '--rcfile=/dev/null',
        '--disable=all,unknown-option-value',
        f'--enable={",".join(CHECKER_MESSAGES)}',
        f'--load-plugins={",".join(CHECKERS)}',
    )
    runs = (*mandatory, ours), (*checkers, ours), (*printing, wrong['print']), (*checkers, wrong['query'])
    done = _python(
        workshop, ROOT / 'dev' / 'pylint_runs.py', json.dumps([[*map(str, run), '--score=n'] for run in runs])
    )
    nothing = 'This lint finds nothing even in a file that is wrong: its plugin is not loaded.'
    try:
        *found, printed, queried = json.loads(done.stdout)
    except ValueError:
        found, printed, queried = [done.stdout + done.stderr or nothing] * 2, True, True
    return {
        'pylint-odoo': found[0] or ('' if printed else nothing),
        "Odoo's pylint plugins": found[1] or ('' if queried else nothing),
    }


def _wrong_files():
    samples = {'print': 'print("x")\n', 'query': 'def f(cr, a):\n    cr.execute("SELECT %s" % a)\n'}
    paths = {name: STATE / f'lint_sample_{name}.py' for name in samples}
    for name, path in paths.items():
        path.write_text(samples[name])
    return paths


def odoo_eslint(workshop):
    """Odoo's JavaScript rules on our folder alone."""
    say("Odoo's ESLint rules")
    try:
        command = eslint.ensure(workshop)
    except Stop as stop:
        return str(stop)
    rules = workshop.addons[0] / 'test_lint' / 'tests' / 'eslintrc'
    done = subprocess.run(
        [str(command), '--no-ignore', '--no-eslintrc', '-c', str(rules), *map(str, (ROOT / 'static').rglob('*.js'))],
        cwd=ROOT,
        env=workshop.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).strip() if done.returncode else ''


def _output(workshop, tool, *arguments):
    done = _python(workshop, '-m', tool, *arguments)
    return (done.stdout + done.stderr).strip() if done.returncode else ''


def _python(workshop, *arguments):
    plugins = workshop.addons[0] / 'test_lint' / 'tests'
    return subprocess.run(
        [workshop.python, *map(str, arguments)],
        cwd=ROOT,
        env={**workshop.environment, 'PYTHONPATH': f'{workshop.path}:{plugins}'},
        capture_output=True,
        text=True,
        check=False,
    )


def test_lint(workshop):
    """Odoo's lint module on a database that has the addon; only what names our module counts."""
    say('test_lint')
    workshop.copy_database(WITH_ADDON, LINT_DATABASE)
    tags = ','.join(['/test_lint', *(f'-/test_lint:{name}' for name in NOT_HERE)])
    done = subprocess.run(
        workshop.odoo(
            '-d',
            LINT_DATABASE,
            '-i',
            'test_lint',
            '--test-tags',
            tags,
            '--stop-after-init',
            # A server is started for tests whatever is asked: not on the port of a running demo.
            '--http-port',
            free_port(),
            '--http-interface',
            '127.0.0.1',
        ),
        env=workshop.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    workshop.drop_database(LINT_DATABASE)
    (STATE / 'test_lint.log').write_text(done.stdout)
    totals = re.findall(r'\d+ failed, \d+ error\(s\) of (\d+) tests', done.stdout)
    if not totals or not int(totals[-1]):
        return 'test_lint did not run:\n' + '\n'.join(done.stdout.splitlines()[-20:])
    # The checkers test themselves here: when they do not work, or a lint is left out, what they find means nothing.
    broken = re.findall(r'(?:ERROR|FAIL): Test(?:GetText|SqlLint|I18nChecks)\S*|skipped Test.*', done.stdout)
    return '\n'.join([*broken, *_about_us(done.stdout)])


def _about_us(log):
    """Failures and warnings of the log that name our module, each with its lines."""
    entries = re.split(r'\n(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ )', log)
    for entry in entries:
        if not re.search(r' (ERROR|WARNING|CRITICAL) ', entry.split('\n', 1)[0]):
            continue
        ours = [line for line in entry.splitlines() if ADDON in line.replace(LINT_DATABASE, '').replace(str(CACHE), '')]
        if ours:
            yield '\n'.join([entry.splitlines()[0][:300], *ours[:20]])


def main():
    from template import ensure_base, quiet_odoo  # noqa: PLC0415
    from workshop import open_workshop  # noqa: PLC0415

    workshop = open_workshop()
    workshop.copy_database(ensure_base(workshop), WITH_ADDON)
    quiet_odoo(workshop, '-d', WITH_ADDON, '-i', ADDON, '--with-demo', '--stop-after-init')
    passed, failed, output = run(workshop)
    print(output)
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    with told():
        sys.exit(main())
