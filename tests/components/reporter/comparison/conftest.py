"""Two runs of simulated models on the same images, in one output folder."""

from pathlib import Path

import pytest

from components.reporter.comparison.side import Side, read_side
from components.reporter.run_outputs import read_run
from tests.components.reporter.simulated import Scenario
from tests.components.reporter.written_run import PIPELINE, write_run

FIRST, SECOND = "20260101-120000-00", "20260102-120000-00"
CHANGED = "seed: 8\ntrainer:\n  epochs: 20\n  balance: class_weight\ndata:\n  classes: [normal, pneumonia, covid19]\n"


@pytest.fixture(scope="session")
def two_runs(tmp_path_factory: pytest.TempPathFactory, write_folders) -> Path:
    output = tmp_path_factory.mktemp("compare") / "output"
    scenarios = {FIRST: Scenario(noise=1.6), SECOND: Scenario(noise=0.5, blessed=False, config_yaml=CHANGED)}
    for run_id, scenario in scenarios.items():
        folders = write_folders(output / "pipeline" / PIPELINE / run_id, scenario)
        write_run(output, folders, scenario, run_id, code_digests={"gate": "0123", "auditor": run_id[7]})
    return output


@pytest.fixture(scope="session")
def sides(two_runs: Path) -> tuple[Side, Side]:
    first, second = (read_side(read_run(two_runs / "runs" / run_id)) for run_id in (FIRST, SECOND))
    return first, second
