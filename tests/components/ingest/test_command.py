"""`python -m components.ingest` as a user runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from components.ingest import __main__ as command

ROOT = Path(__file__).resolve().parents[3]
SMALL = ("--set", "ingest.min_side_px=16", "--set", "data.classes=[normal, pneumonia]")


@pytest.fixture
def run(tmp_path):
    """Runs the command in a process of its own."""

    def call(*arguments):
        line = [sys.executable, "-m", "components.ingest", "--output", str(tmp_path / "output"), *map(str, arguments)]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)

    return call


def test_the_last_line_is_the_records_folder(run, data_folder, tmp_path):
    data = data_folder().fill(6)
    done = run("--data", data.root, *SMALL)
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.splitlines()[-1])
    assert (folder / "summary.json").is_file()
    assert folder.parent == tmp_path / "output" / "records"
    again = run("--data", f"manifest={data.root}", *SMALL)
    assert again.stdout.splitlines() == ["listed 12, written 12, quarantined 0, skipped 0, absent 0 (there already)", str(folder)]
    assert "Warning" not in done.stderr


def test_a_dry_run_counts_and_writes_nothing(run, data_folder, private_dir, tmp_path):
    data = data_folder().fill(20)
    data.add("line\nbreak.png", content=b"")
    data.add("other.png", label="tuberculosis")
    data.row(filename="gone.png", label="normal", source="north")
    before = sorted(tmp_path.rglob("*"))
    done = run("--data", data.root, *SMALL, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines == [
        "source class train eval test images in ledger",
        "north normal 14 3 3 20 0",
        "north pneumonia 14 3 3 20 0",
        "listed 43, to decode 40, quarantined 1, skipped 1, absent 1",
        "skipped 1: label is in no class: 'tuberculosis' (1)",
        "absent 1: listed for north, and not on the disk",
        "quarantined 1: empty: line\\x0abreak.png",
    ]
    assert sorted(tmp_path.rglob("*")) == before
    assert not list(private_dir.iterdir())
    data.add("lone.png")
    assert (
        "no patient is named for 1 of 41 images; each is a group of its own, copies aside"
        in run("--data", data.root, *SMALL, "--dry-run").stdout
    )


def test_data_that_are_not_fit_end_with_3_and_one_line(run, data_folder):
    data = data_folder().fill(3)
    data.add("bad.png", content=b"")
    done = run("--data", data.root, *SMALL)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("ingest: error: 1 of 7 images cannot be used (empty: 1;")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--data", "no/such/folder"], "no/such/folder: no such folder"),
        (["--data", "manifst=."], "unknown reader 'manifst'; did you mean 'manifest'?"),
        (["--data", "."], "metadata.csv: no such file"),
        (["--set", "ingest.wokers=2"], "did you mean 'ingest.workers'?"),
        (["--set", "ingest.workers=0"], "configuration key 'ingest.workers'"),
        (["--set", "ingest.split.train=0.5"], "must sum to 1"),
        (["--set", "data.classes=[normal, normal]"], "configuration key 'data.classes': class 'normal' is named twice"),
        (["--set", "data.columns=age"], "configuration key 'data.columns'"),
        (["--config", "no/such/file.yaml"], "no/such/file.yaml: cannot be read"),
    ],
)
def test_mistakes_end_with_2_and_one_line(arguments, text, tmp_path, capsys):
    assert command.main(["--output", str(tmp_path / "output"), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert text in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not (tmp_path / "output").exists()


def test_an_unknown_argument_is_a_usage_error(run):
    done = run("--outptu", "x")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_without_data_the_phantom_is_ingested_under_the_public_key(tmp_path, private_dir, capsys, monkeypatch):
    assert command.main(["--output", str(tmp_path / "output"), "--dry-run"]) == 0
    assert "built-in phantom" in capsys.readouterr().out
    small = ["--set", "phantom.images=36", "--set", "phantom.image_px=64"]
    assert command.main(["--output", str(tmp_path / "output"), *small]) == 0
    out = capsys.readouterr().out.splitlines()
    assert (Path(out[-1]) / "summary.json").is_file()
    assert not list(private_dir.iterdir())


def test_verify_says_that_every_promise_is_kept_or_names_the_broken_one(run, data_folder, tmp_path):
    assert run("--data", data_folder().fill(8).root, *SMALL).returncode == 0
    done = subprocess.run(verify_command(tmp_path), cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'output'}: every promise is kept\n"), done.stderr
    shard = next((tmp_path / "output").glob("records/*/examples/test/*"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    done = subprocess.run(verify_command(tmp_path), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert f"examples/test/{shard.name} is not what was written" in done.stdout
    assert "promises are not kept; remove the damaged records folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_verify_of_nothing_is_a_usage_error(tmp_path):
    done = subprocess.run(verify_command(tmp_path), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "holds no records" in done.stderr


def verify_command(folder):
    return [sys.executable, "-W", "ignore", "-m", "components.ingest", "verify", str(folder / "output")]
