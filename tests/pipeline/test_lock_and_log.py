import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from components.base.errors import LockedError
from pipeline.lock import locked
from pipeline.log_file import logged


def test_a_second_run_is_refused_and_the_lock_is_given_back(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LockedError, match="another run"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_all_output_goes_to_the_log_and_the_terminal_stays_ours(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "run.log"
    with logged(log) as terminal:
        os.write(1, b"from C++\n")
        subprocess.run([sys.executable, "-c", "import sys; print('from a child', file=sys.stderr)"], check=True)
        logging.getLogger("beam").info("from a library")
        print("for the user", file=terminal)
    os.write(1, b"after\n")
    shown = capfd.readouterr()
    assert shown.err == "for the user\n"
    assert shown.out == "after\n"
    for text in ("from C++", "from a child", "I beam: from a library"):
        assert text in log.read_text()
