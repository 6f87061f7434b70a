"""One output folder for all end-to-end tests: made by a chain of runs in which each node fails once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = ROOT / "tests" / "e2e" / "small.yaml"


@dataclass(frozen=True)
class Finished:
    """How one run of the program ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Workshop:
    """An output folder, and the program to run in it."""

    output: Path
    private: Path

    def run(self, *arguments: str, root: Path = ROOT, output: Path | None = None, config: Path = SMALL) -> Finished:
        """Run the program of `root` as a user would."""
        command = [sys.executable, "run_pipeline.py", "--config", str(config), "--output", str(output or self.output), *arguments]
        return self.call(*command, root=root)

    def call(self, *command: str, root: Path = ROOT) -> Finished:
        """Run any command in `root`."""
        environ = {**os.environ, "CXR_PRIVATE_DIR": str(self.private), "PYTHONPATH": str(root)}
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=800)
        return Finished(done.returncode, done.stdout, done.stderr)

    def record(self, output: Path | None = None) -> dict[str, Any]:
        """Read `run.json` of the newest run."""
        newest = sorted((output or self.output).glob("runs/*/run.json"))[-1]
        return json.loads(newest.read_text())  # type: ignore[no-any-return]

    def states(self, output: Path | None = None) -> dict[str, str]:
        """State of each node in the newest run."""
        return {node["node"]: node["state"] for node in self.record(output)["nodes"]}


@dataclass(frozen=True)
class Chain:
    """The runs of the chain, in order; the last has no planted fault."""

    runs: list[dict[str, Any]]
    out: str
    err: str


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("e2e") / "output", tmp_path_factory.mktemp("e2e_private"))


@pytest.fixture(scope="session")
def chain(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    results = tmp_path_factory.mktemp("chain") / "results.json"
    arguments = ["--config", str(SMALL), "--output", str(workshop.output)]
    done = workshop.call(sys.executable, "tests/faults/fail_each_node.py", str(results), *arguments)
    assert done.code == 0, done.err
    return Chain(json.loads(results.read_text()), done.out, done.err)


@pytest.fixture(scope="session")
def cached_run(workshop: Workshop, chain: Chain) -> Finished:
    """The run in which nothing is left to do; the one before it evaluates against the first blessed model."""
    assert workshop.run().code == 0
    return workshop.run()


@pytest.fixture
def copy_of_project(tmp_path: Path) -> Callable[[], Path]:
    """Copy the project's tracked and new files, to change a line of them."""

    def make() -> Path:
        target = tmp_path / "project"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
        )
        for name in listed.stdout.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes((ROOT / name).read_bytes())
        return target

    return make
