"""The job on another runner than Beam's local one, whose workers share nothing with the driver but the file system."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.base.errors import UsageError
from components.ingest.__main__ import main
from components.ingest.job import DataSource, ingest
from components.ingest.runner import check_flags

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def job_server(tmp_path):
    """Beam's own portable job server; yields its address."""
    port_file = tmp_path / "port"
    command = [sys.executable, "-W", "ignore", "-m", "apache_beam.runners.portability.local_job_service_main", "--port", "0"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([*command, "--port_file", str(port_file)], cwd=ROOT, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 120
            while not (port_file.exists() and port_file.read_text().strip()) and time.monotonic() < deadline:
                time.sleep(0.1)
            yield f"localhost:{port_file.read_text().strip()}"
        finally:
            server.kill()
            server.wait()


def test_workers_in_processes_of_their_own_write_the_same_bytes(job_server, data_folder, small_config, classes, tmp_path, bytes_below):
    data = data_folder().fill(6)
    private = tmp_path / "private"
    here = ingest([DataSource("manifest", data.root)], tmp_path / "here", small_config(), classes, (), private)
    flags = (
        "--runner=PortableRunner",
        f"--job_endpoint={job_server}",
        "--environment_type=beam:env:harness_subprocess_python:v1",
        f"--environment_config={sys.executable} -m apache_beam.runners.worker.sdk_worker_main",
    )
    there = ingest([DataSource("manifest", data.root)], tmp_path / "there", small_config(beam=flags), classes, (), private)
    assert not there.reused
    assert bytes_below(there.folder) == bytes_below(here.folder)
    assert "sdk_worker_main" in (tmp_path / "log").read_text(), "the workers were processes of the server"


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("--runner=FlinkRunner", "--flink_master=localhost:8081", "--parallelism=4"),
        ("--runner", "DataflowRunner", "--project=p", "--region=r", "--temp_location=gs://bucket/tmp"),
    ],
)
def test_flags_that_beam_knows_pass(flags):
    check_flags(flags)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (("--parallelism=4",), "flags for Beam need --runner"),
        (("--runner=DataflowRunner", "--regoin=r"), "--regoin=r: neither this command nor Beam's DataflowRunner knows this"),
        (("--runner=DirectRunner", "--direct_num_workers=many"), "Beam does not understand its flags"),
    ],
)
def test_flags_that_nobody_reads_are_refused(flags, text):
    with pytest.raises(UsageError, match=text):
        check_flags(flags)


def test_a_mistyped_option_is_not_taken_for_one_of_beam(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--runner=FlinkRunner", "--dryrun"])
    assert caught.value.code == 2
    assert "unrecognized argument --dryrun: did you mean --dry-run?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--outptu", "x"])
    assert "unrecognized arguments: --outptu x" in capsys.readouterr().err
