"""A training that failed: a small file in the place of its result, so that a grid goes on and does not run it again unasked."""

from pathlib import Path

from pydantic import Field, ValidationError

from components.base.errors import UsageError
from components.base.section import Section
from components.ingest.atomic_file import write_atomically
from pipeline.experiments.result import family_of

_SUFFIX = ".failed"


class Failure(Section):
    """Why a training has no result.

    Attributes:
      identity: of the training, as in a result.
      variant: its name.
      seed: of the training.
      division: as in a result.
      reason: one line, without a full stop.
    """

    identity: str
    variant: str = Field(min_length=1)
    seed: int = Field(ge=0)
    division: str
    reason: str

    @property
    def family(self) -> str:
        """The divisions that are pooled with this one."""
        return family_of(self.division)

    def save(self, result: Path) -> None:
        """Write it beside where the result would lie."""
        write_atomically(failure_path(result), self.model_dump_json() + "\n")


def failure_path(result: Path) -> Path:
    """Say where the failure of a training lies.

    Args:
      result: the place of its result.
    """
    return result.with_suffix(_SUFFIX)


def failed_before(result: Path, identity: str) -> Failure | None:
    """Look for the failure of this very training; that of another configuration, other images or other splits does not count.

    Args:
      result: the place of its result.
      identity: of the training.
    Raises:
      UsageError: the file is damaged.
    """
    path = failure_path(result)
    found = _read(path) if path.exists() else None
    return found if found is not None and found.identity == identity else None


def read_failures(folder: Path) -> list[Failure]:
    """Read every failure of an experiment's folder, in the order of their names.

    Raises:
      UsageError: a file is damaged.
    """
    # A run that was killed at the wrong moment leaves both: the result counts.
    return [_read(path) for path in sorted(folder.glob(f"*{_SUFFIX}")) if not path.with_suffix(".json").exists()]


def _read(path: Path) -> Failure:
    try:
        return Failure.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(f"{path}: is damaged; delete it, and its training runs again") from error
