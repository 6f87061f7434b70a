"""The program of a worker: sets up the same search as its chief and runs trials of it."""

from collections.abc import Mapping
from typing import Any

from tfx.components.trainer.fn_args_utils import FnArgs

from tuning.tuner import tuner_fn
from tuning.worker import work


def main() -> int:
    """Run trials until the chief has no more, and return the exit code."""
    return work(_search)


def _search(job: Mapping[str, Any]) -> None:
    result = tuner_fn(FnArgs(working_dir="", **job))
    result.tuner.search(**result.fit_kwargs)
