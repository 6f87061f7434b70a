"""The files of a split of an Examples artifact."""

from collections.abc import Sequence
from pathlib import Path

from tfx.types import artifact, artifact_utils

from components.base.errors import UserError


def split_files(examples: Sequence[artifact.Artifact], split: str, what: str) -> list[Path]:
    """List the gzipped TFRecords of a split, in order.

    Args:
      examples: as an executor is given them.
      split: one of schemas.features.SPLITS.
      what: the name of the examples in messages, such as "transformed examples".
    Raises:
      UserError: there is no such split, or it is empty.
    """
    try:
        folder = Path(artifact_utils.get_split_uri(list(examples), split))
    except ValueError as error:
        raise UserError(f'the {what} have no split "{split}"; run the node that makes them on it') from error
    files = sorted(folder.glob("*.gz"))
    if not files:
        raise UserError(
            f'the split "{split}" of the {what} is empty; add data or change ingest.split, or run the node that makes them again'
        )
    return files
