#!/usr/bin/env python3
"""Keep a released version for checks/real/test_upgrade.py: ``python3 dev/pack_version.py COMMIT``.

What makes a database of that version is packed from the commit: no tests, tools or pictures, and of the table of
communes the departments where the demo's people live. Run it once for each version that people may upgrade from.
"""

import ast
import gzip
import io
import lzma
import subprocess
import sys
import tarfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ROOT, told  # noqa: E402

VERSIONS = ROOT / 'checks' / 'real' / 'versions'
LEFT_OUT = ('checks/', 'dev/', 'doc/', 'simulator/', 'tests/', '.', 'static/description/', 'static/tests/')
COMMUNES = 'data/insee_communes.csv.gz'
DEPARTMENTS = ('29', '35', '44', '49', '69', '75')


def main(commit):
    done = subprocess.run(['git', 'archive', commit], cwd=ROOT, capture_output=True, check=True)
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(done.stdout)) as whole,
        tarfile.open(fileobj=packed, mode='w', format=tarfile.GNU_FORMAT) as kept,
    ):
        for member in whole.getmembers():
            if (
                not member.isfile()
                or member.name.startswith(LEFT_OUT)
                or member.name.endswith(('.pot', '.md', 'pyproject.toml', 'Makefile'))
            ):
                continue
            content = whole.extractfile(member).read()
            if member.name == '__manifest__.py':
                version = ast.literal_eval(content.decode())['version']
            elif member.name == COMMUNES:
                content = few_communes(content)
            entry = tarfile.TarInfo(member.name)  # neither owner nor time: the same commit gives the same file
            entry.size = len(content)
            kept.addfile(entry, io.BytesIO(content))
    VERSIONS.mkdir(exist_ok=True)
    target = VERSIONS / f'{version}.tar.xz'
    target.write_bytes(lzma.compress(packed.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    print(f'{target} ({target.stat().st_size // 1024} kB)')


def few_communes(content):
    head, *rows = gzip.decompress(content).splitlines(keepends=True)
    kept = [row for row in rows if row.decode().startswith(DEPARTMENTS)]
    return gzip.compress(b''.join([head, *kept]), mtime=0)


if __name__ == '__main__':
    with told():
        main(sys.argv[1])
