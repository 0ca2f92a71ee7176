#!/usr/bin/env python3
"""Stop what this clone has started and forget its databases; downloads stay in the cache."""

import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import postgres  # noqa: E402
from machine import STATES, told  # noqa: E402

with told():
    for state in STATES:
        postgres.stop(state)
        shutil.rmtree(state, ignore_errors=True)
