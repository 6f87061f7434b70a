"""Ten thousand damaged files: none may end otherwise than in a refusal, take long, or take much memory.

Each kind runs in a process of its own, so that its peak of memory can be seen and a crash of native code is told.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("mutate.py")
ROOT = Path(__file__).resolve().parents[2]
MAX_CASE_S = 5
MAX_EXTRA_MIB = 100


@pytest.mark.parametrize(
    ("kind", "cases", "accepted"),
    [
        ("png", 2500, "decoded"),
        ("jpeg", 2500, "decoded"),
        ("dicom", 2450, "decoded"),
        ("dicom_native", 50, "decoded"),
        ("csv", 2500, "rows"),
    ],
)
def test_damaged_files_are_refused_within_bounds(kind, cases, accepted):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(PROGRAM), kind, str(cases)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["cases"] >= cases
    assert told["slowest_s"] < MAX_CASE_S
    assert told["extra_mib"] < MAX_EXTRA_MIB
    # Neither end is reached by none: the mutations are not all fatal, and not all harmless.
    assert 0 < told["outcomes"][accepted] < told["cases"]
