"""A run that is killed at its worst moments, and the run after it."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.ingest.config import IngestConfig
from components.ingest.job import DataSource, ingest

ROOT = Path(__file__).resolve().parents[3]

# Each moment is a function of the ingest; the process dies as it is called, at the first or second time, with a text in its arguments.
KILLED = """
import os, signal, sys
from pathlib import Path
from components.ingest import build, folder, job, ledger, passes
from components.ingest.config import IngestConfig
from schemas.classes import parse_classes

data, private, outputs = (Path(argument) for argument in sys.argv[1:4])
moments = {
    "decoding": (passes.DecodeBatch, "process", 2, ""),
    "writing": (passes.WriteShard, "process", 2, ""),
    "summed": (folder, "write_summary", 1, ""),
    "ledger": (ledger.Ledger, "save", 1, ""),
    "sums": (os, "replace", 1, "SHA256SUMS"),
    "name": (folder, "finish_folder", 1, ""),
}
for name, (owner, function, call, text) in moments.items():
    child = os.fork()
    if child == 0:
        calls = []
        original = getattr(owner, function)

        def die(*arguments, **options):
            if text in str(arguments):
                calls.append(1)
            if len(calls) == call:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*arguments, **options)

        setattr(owner, function, die)
        config = IngestConfig(min_side_px=16, images_per_shard=4, workers=1)
        job.ingest([job.DataSource("manifest", data)], outputs / name, config, parse_classes(["normal", "pneumonia"]), (), private)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(name, os.WTERMSIG(status) if os.WIFSIGNALED(status) else "lived")
"""


def test_the_next_run_comes_to_the_same_records(data_folder, classes, tmp_path, private_dir, bytes_below):
    data = data_folder().fill(6)
    reference = ingest([DataSource("manifest", data.root)], tmp_path / "whole", _config(), classes, (), private_dir)
    outputs = tmp_path / "killed"
    arguments = [sys.executable, "-W", "ignore", "-c", KILLED, str(data.root), str(private_dir), str(outputs)]
    killed = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    moments = [line.split() for line in killed.stdout.splitlines()]
    assert [signal_number for _, signal_number in moments] == [str(int(signal.SIGKILL))] * 6, killed.stderr
    for moment, _ in moments:
        output = outputs / moment
        leftovers = [path for path in (output / "records").iterdir() if path.name != ".lock"]
        assert [path.name for path in leftovers] == [f".partial-{reference.digest}"], moment
        again = ingest([DataSource("manifest", data.root)], output, _config(), classes, (), private_dir)
        assert not again.reused
        assert bytes_below(output) == bytes_below(tmp_path / "whole"), moment


# Twenty runs, each killed at a moment of its own between its first and its last step, and gone on with by the next one.
HOUNDED = """
import os, random, signal, sys, time
from pathlib import Path
from components.ingest import job, passes, runner
from components.ingest.config import IngestConfig
from schemas.classes import parse_classes

data, private, outputs = (Path(argument) for argument in sys.argv[1:4])
config = IngestConfig(min_side_px=16, images_per_shard=4, workers=1)

def run(output):
    job.ingest([job.DataSource("manifest", data)], output, config, parse_classes(["normal", "pneumonia"]), (), private)

def timed(output, limit_s):
    child = os.fork()
    if child == 0:
        run(output)
        os._exit(0)
    start = time.monotonic()
    while time.monotonic() - start < limit_s:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return time.monotonic() - start
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None

whole_s = timed(outputs / "timed", 600)
moments = random.Random(2020)
for number in range(20):
    killed = 0
    while timed(outputs / f"run{number:02d}", whole_s * moments.uniform(0.02, 0.98)) is None:
        killed += 1
        if killed == 3:
            timed(outputs / f"run{number:02d}", 600)
            break
    print(number, killed)
"""


def test_twenty_seeded_kills_lose_nothing_and_leave_no_debris(data_folder, classes, tmp_path, private_dir, bytes_below):
    data = data_folder().fill(40)
    reference = ingest([DataSource("manifest", data.root)], tmp_path / "whole", _config(), classes, (), private_dir)
    outputs = tmp_path / "hounded"
    arguments = [sys.executable, "-W", "ignore", "-c", HOUNDED, str(data.root), str(private_dir), str(outputs)]
    hounded = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert hounded.returncode == 0, hounded.stderr
    kills = [int(line.split()[1]) for line in hounded.stdout.splitlines()]
    assert len(kills) == 20
    assert sum(kills) >= 20, kills
    for number in range(20):
        output = outputs / f"run{number:02d}"
        assert bytes_below(output) == bytes_below(tmp_path / "whole"), number
        assert sorted(path.name for path in (output / "records").iterdir()) == [".lock", reference.digest]


def test_what_was_decoded_is_not_decoded_again(data_folder, classes, tmp_path, private_dir, monkeypatch):
    from components.ingest import passes

    data = data_folder().fill(20)
    decoded = []
    original = passes.DecodeBatch.process

    def stop_after_two(self, batch):
        if len(decoded) == 2:
            raise KeyboardInterrupt
        decoded.append(batch[0])
        return original(self, batch)

    monkeypatch.setattr(passes.DecodeBatch, "process", stop_after_two)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - Beam may wrap it
        ingest([DataSource("manifest", data.root)], tmp_path / "output", _config(), classes, (), private_dir)
    monkeypatch.setattr(passes.DecodeBatch, "process", lambda self, batch: decoded.append(batch[0]) or original(self, batch))
    again = ingest([DataSource("manifest", data.root)], tmp_path / "output", _config(), classes, (), private_dir)
    assert sorted(decoded) == list(range(5))
    assert again.summary["counts"]["written"] == 40


def _config():
    return IngestConfig(min_side_px=16, images_per_shard=4, workers=1)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_is_exit_code_130_without_a_traceback(data_folder, tmp_path):
    data = data_folder().fill(15)
    command = [sys.executable, "-m", "components.ingest", "--data", str(data.root), "--output", str(tmp_path / "output")]
    options = ["--set", "ingest.min_side_px=16", "--set", "data.classes=[normal, pneumonia]"]
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background of a shell has SIGINT ignored, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    first = process.stderr.readline()
    assert "files hashed" in first
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "interrupted" in err
    assert out == ""


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupt_of_the_workers_is_exit_code_130_and_keeps_what_was_decoded(data_folder, tmp_path):
    data = data_folder()
    noise = np.random.default_rng(2020)
    for index in range(400):
        buffer = io.BytesIO()
        Image.fromarray(noise.integers(0, 256, (300, 256), dtype=np.uint8)).save(buffer, "PNG")
        data.add(f"{index}.png", label=("normal", "pneumonia")[index % 2], patient_id=f"p{index}", content=buffer.getvalue())
    command = [sys.executable, "-m", "components.ingest", "--data", str(data.root), "--output", str(tmp_path / "output")]
    process = subprocess.Popen(
        [*command, "--set", "data.classes=[normal, pneumonia]"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("output/records/.partial-*/staging/*.rows.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "terminate called" not in err
    assert "goes on with what was decoded" in err
    assert list(tmp_path.glob("output/records/.partial-*/staging/*.rows.jsonl"))
