#!/usr/bin/env python3
"""Give the tree its one format, and sort the imports: ``make format``; with ``--check``, only say what is wrong."""

import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import virtualenv  # noqa: E402
from machine import ROOT, told  # noqa: E402

WRITE = (('check', '--select', 'I', '--fix'), ('format',))
CHECK = (('check',), ('format', '--check'))


def main():
    python = virtualenv.ensure()
    for arguments in CHECK if '--check' in sys.argv[1:] else WRITE:
        done = subprocess.run([python, '-m', 'ruff', *arguments, '--no-cache', ROOT], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == '__main__':
    with told():
        sys.exit(main())
