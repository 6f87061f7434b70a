"""Run the pipeline with each node made to fail in turn, each run resuming the last; print what came of it as JSON.

A program of its own, so that TensorFlow and TFX are imported once for all of the runs:
`python tests/faults/fail_each_node.py RESULTS.json ARGUMENTS-OF-RUN_PIPELINE...`
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import run_pipeline
from components.base.run_folder import find_run
from pipeline.nodes import NODES


@contextmanager
def failing(node: str) -> Iterator[None]:
    """Make one node fail, where its executor begins; a resolver has no executor and fails where it is launched."""
    from tfx.orchestration.portable.launcher import Launcher

    method = "launch" if node == "baseline" else "_run_executor"
    original = getattr(Launcher, method)

    def fail(self: Any, *arguments: Any) -> Any:
        if self._pipeline_node.node_info.id == node:
            raise RuntimeError(f"planted fault in {node}")
        return original(self, *arguments)

    with mock.patch.object(Launcher, method, fail):
        yield


def main() -> None:
    """Run the chain."""
    results, arguments = Path(sys.argv[1]), sys.argv[2:]
    output = Path(arguments[arguments.index("--output") + 1])
    runs = []
    for node in NODES:
        with failing(node):
            code = run_pipeline.main(arguments)
        runs.append({"planted": node, "code": code, "record": json.loads((find_run(output) / "run.json").read_text())})
    code = run_pipeline.main(arguments)
    runs.append({"planted": None, "code": code, "record": json.loads((find_run(output) / "run.json").read_text())})
    results.write_text(json.dumps(runs))


if __name__ == "__main__":
    main()
