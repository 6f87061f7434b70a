import os
import subprocess
import sys

import pytest

LINES = "import sys; from components.base.command import while_read\nwith while_read():\n    print('x' * {characters})\nprint('after')\n"


@pytest.mark.parametrize("characters", [10, 1_000_000], ids=["in the buffer", "past the buffer"])
def test_a_reader_that_leaves_ends_it_quietly(characters: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = LINES.format(characters=characters)
    done = subprocess.run([sys.executable, "-c", code], stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_stays_reads_everything() -> None:
    done = subprocess.run([sys.executable, "-c", LINES.format(characters=3)], capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout == "xxx\nafter\n"
