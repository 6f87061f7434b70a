"""The result that a training has already, unless another's lies in its place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.base.errors import UsageError
from pipeline.experiments.experiment import leaves
from pipeline.experiments.result import Cell, read_cell

_REMEDY = "Give another folder with --results, or remove this one."


def find_result(path: Path, identity: str, configuration: Mapping[str, Any]) -> Cell | None:
    """Look for the result of a training.

    Args:
      path: where its result file lies, if there is one.
      identity: of the training.
      configuration: what its identity covers, keys at their defaults too. The identity leaves those out, so that a key that is new changes
        nothing, and cannot see that a default is another since: every key that the result's own note of them has as well must be equal.
    Returns:
      The result, of whatever version of the code; None where there is none.
    Raises:
      UsageError: the result is another training's; the message names the key and both values where it can.
    """
    if not path.exists():
        return None
    cell = read_cell(path)
    noted = dict(leaves(cell.configuration))
    for key, value in leaves(configuration):
        if noted.get(key, value) != value:
            raise UsageError(f"{path}: is the result of another configuration: {key} is {noted[key]!r} there and {value!r} now. {_REMEDY}")
    if cell.identity != identity:
        raise UsageError(
            f"{path}: is the result of other images, another configuration, or other splits (a new key of the pseudonyms divides the same "
            f"images anew: data.private_dir). {_REMEDY}"
        )
    return cell
