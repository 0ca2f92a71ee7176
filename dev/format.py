#!/usr/bin/env python3
"""Give the tree its one format, and sort the imports: ``make format``."""

import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import virtualenv  # noqa: E402
from machine import ROOT, told  # noqa: E402


def main():
    python = virtualenv.ensure()
    for arguments in (('check', '--select', 'I', '--fix'), ('format',)):
        subprocess.run([python, '-m', 'ruff', *arguments, '--no-cache', ROOT], check=True)


if __name__ == '__main__':
    with told():
        main()
