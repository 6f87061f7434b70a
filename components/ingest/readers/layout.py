"""What a reader says of a folder that is not laid out as it needs, or of a question that the layout cannot answer."""

from pathlib import Path

from components.base.errors import UsageError


def wrong_layout(root: Path, holds: str) -> UsageError:
    """Make the error of a folder in another layout.

    Args:
      root: the folder that the user named.
      holds: what it should hold, such as "metadata.csv and images/".
    """
    return UsageError(f"{root}: should hold {holds}; docs/datasets.md shows the layout")


def refuse_columns(root: Path, columns: tuple[str, ...]) -> None:
    """Refuse further columns where the data set has no table that could hold them.

    Raises:
      UsageError: a column is asked for.
    """
    if columns:
        raise UsageError(f"{root}: has no column {columns[0]!r}: this data set comes without a table; leave it out of data.columns")
