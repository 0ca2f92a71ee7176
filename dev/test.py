#!/usr/bin/env python3
"""The whole suite, or a part of it: ``make test``, ``make test TAGS=checks``, ``make test TAGS=/module:Class.method``.

``TAGS=neighbours`` runs Odoo's test classes where Odoo's own apps are installed too (template.py lists them); further tags
may follow: ``TAGS=neighbours,/module:Class``. It is no part of the whole suite.

``AT='2027-03-31 23:30:00'`` runs it as if it were then (UTC; see clock.py).

The last line is plain: ``N passed, N failed``.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import clock  # noqa: E402
import lint  # noqa: E402
import postgres  # noqa: E402
from machine import ADDON, AT, ROOT, STATE, Stop, alone, say, told  # noqa: E402
from ports import free_port  # noqa: E402
from template import WITH_ADDON, ensure_neighbours, install_addon, prepare_tests  # noqa: E402
from workshop import open_workshop  # noqa: E402

PARTS = ('odoo', 'checks', 'lint')
NEIGHBOURS = 'neighbours'
TEST_DATABASE = f'{ADDON}_test'
EVERY_CLASS = f'/{ADDON}'
# What needs no database begins before there is one.
CHECKS_WITHOUT_DATABASE = ('client', 'house', 'simulator')
# These wait, the one for answers, the other for pages, and take as long as all others together.
WAITING = ('real/test_fault_matrix.py', 'real/test_accessibility.py')
CHECKS_WITH_DATABASE = (WAITING, ('real', *(f'--ignore={path}' for path in WAITING)))
BESIDE_NEIGHBOURS = f'{ADDON}_beside'
# A class of tests costs about as much as so many tests before the first of them: a company, its chart of accounts.
SETUP = 5
# Shown whether it passes or not.
TABLE = re.compile(r'^▼ (.*?)^▲$', re.MULTILINE | re.DOTALL)


def main():
    tags = os.environ.get('TAGS', '')
    first, _comma, others = tags.partition(',')
    if first == NEIGHBOURS:
        parts, odoo_tags = (NEIGHBOURS,), others
    elif tags in PARTS:
        parts, odoo_tags = (tags,), ''
    else:
        parts, odoo_tags = ('odoo',) if tags else PARTS, tags
    workshop = open_workshop(with_browser=bool({'odoo', 'checks', NEIGHBOURS}.intersection(parts)))
    # Two runs would drop each other's databases: the second waits.
    with alone(f'test-{STATE.name}'):
        try:
            return run_parts(workshop, parts, odoo_tags or EVERY_CLASS)
        finally:
            if AT:
                postgres.leave(workshop)


def run_parts(workshop, parts, odoo_tags):
    results = {}
    with ThreadPoolExecutor() as pool:
        computing = pool.submit(run_checks, workshop, CHECKS_WITHOUT_DATABASE) if 'checks' in parts else None
        say('Installing the addon in a copy of the template')
        if NEIGHBOURS in parts:
            base = install_addon(workshop, ensure_neighbours(workshop), BESIDE_NEIGHBOURS)
        else:
            base = install_addon(workshop)
        real = [pool.submit(run_checks, workshop, some) for some in CHECKS_WITH_DATABASE if 'checks' in parts]
        linting = pool.submit(lint.run, workshop) if 'lint' in parts else None
        for part in {'odoo', NEIGHBOURS}.intersection(parts):
            if odoo_tags == EVERY_CLASS:  # for a few, the preparation takes longer than it saves
                base = prepare_tests(workshop, base)
            results[part] = run_side_by_side(workshop, base, odoo_tags, part)
        if 'checks' in parts:
            results['checks'] = joined([run.result() for run in (*real, computing)])
        if 'lint' in parts:
            results['lint'] = linting.result()
    return report(parts, results)


def report(parts, results):
    """Print the failures and the last line; the exit code."""
    passed = failed = 0
    for part in parts:
        part_passed, part_failed, output = results.get(part) or (0, 1, 'did not run')
        if not part_passed + part_failed:
            part_failed, output = 1, f'no test was run\n{output}'
        passed += part_passed
        failed += part_failed
        if part_failed:
            print(f'\n===== {part} =====\n{output}')
        else:
            print(*(f'\n{table}' for table in TABLE.findall(output)), sep='')
        print(f'{part}: {part_passed} passed, {part_failed} failed', flush=True)
    print(f'{passed} passed, {failed} failed', flush=True)
    return 1 if failed else 0


def run_side_by_side(workshop, base, tags, part):
    """All of Odoo's test classes, half of them beside the others; a part of them in one go. As ``run_odoo_tests``."""
    if tags != EVERY_CLASS:
        return run_odoo_tests(workshop, base, tags, part)

    def run(half):
        number, classes = half
        chosen = ','.join(f'/{ADDON}:{name}' for name in classes)
        return run_odoo_tests(workshop, base, chosen, part, f'_{number}', f'{len(classes)} classes')

    with ThreadPoolExecutor() as pool:
        return joined(pool.map(run, enumerate(halves(), 1)))


def joined(results):
    """``(passed, failed, what failed)`` of several."""
    passed, failed, output = zip(*results, strict=True)
    return sum(passed), sum(failed), '\n'.join(output)


def halves():
    """The test classes in two lists, with about as many tests in each."""
    sizes = {}
    for path in (ROOT / 'tests').glob('test_*.py'):
        for body in re.split(r'^(?=class )', path.read_text(), flags=re.MULTILINE):
            if found := re.match(r'class (Test\w+)', body):
                sizes[found[1]] = sizes.get(found[1], 0) + body.count('    def test_') + SETUP
    lists = [], []
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        min(lists, key=lambda names: sum(sizes[name] for name in names)).append(name)
    return lists


def run_odoo_tests(workshop, base, tags, part='odoo', suffix='', what=''):
    """Odoo's test classes and tours, in a fresh copy of the template: ``(passed, failed, what failed)``."""
    database = f'{TEST_DATABASE}{suffix}'
    workshop.copy_database(base, database)
    say(f'Odoo tests ({what or tags})')
    log = STATE / f'{part}-tests{suffix}.log'
    with open(log, 'w') as file:
        line = workshop.odoo(
            '-d',
            database,
            '--test-tags',
            tags,
            '--stop-after-init',
            '--http-port',
            free_port(),
            '--http-interface',
            '127.0.0.1',
        )
        done = subprocess.run(line, env=workshop.environment, stdout=file, stderr=subprocess.STDOUT, check=False)
    text = log.read_text(errors='replace')
    totals = re.findall(r'(\d+) failed, (\d+) error\(s\) of (\d+) tests', text)
    if not totals:
        return 0, 1, '\n'.join(text.splitlines()[-40:])
    failures, errors, tests = map(int, totals[-1])
    failed = failures + errors
    if done.returncode and not failed:
        failed = 1  # Odoo logged an error outside any test
    # A tour is skipped when Chromium does not start: it has shown nothing.
    skipped = re.findall(r' skipped (Test\S+.*)', text)
    failed += len(skipped)
    text += ''.join(f'\n2000-01-01 ERROR skipped {name}' for name in skipped)
    return max(tests - failed, 0), failed, failures_in(text) + f'\n(whole log: {log})'


def failures_in(log):
    """The tracebacks of an Odoo log."""
    lines, kept, keeping = log.splitlines(), [], False
    for line in lines:
        if re.match(r'\d{4}-\d\d-\d\d ', line):
            keeping = bool(re.search(r' (ERROR|CRITICAL) ', line))
        if keeping:
            kept.append(line)
    return '\n'.join(kept[-400:])


def run_checks(workshop, folders):
    """pytest in some folders of checks/, with their options: ``(passed, failed, what failed)``."""
    say(f'Checks ({" ".join(folders)})')
    done = subprocess.run(
        [workshop.python, '-m', 'pytest', '-q', '--tb=short', *folders],
        cwd=ROOT / 'checks',
        capture_output=True,
        text=True,
        check=False,
        env={
            **workshop.environment,
            'PYTHONPATH': clock.search_path(ROOT),
            'AVANCE_TEMPLATE': WITH_ADDON,
            'AVANCE_ODOO_PATH': str(workshop.path),
        },
    )
    counts = {word: int(number) for number, word in re.findall(r'(\d+) (passed|failed|error)', done.stdout)}
    failed = counts.get('failed', 0) + counts.get('error', 0)
    if done.returncode and not failed:
        failed = 1
    return counts.get('passed', 0), failed, done.stdout[-80000:] + done.stderr[-4000:]


if __name__ == '__main__':
    with told():
        try:
            sys.exit(main())
        except Stop as stop:
            print(f'✖ {stop}\n0 passed, 1 failed', flush=True)
            sys.exit(1)
