"""Tables of text that fit a console: columns that do not fit beside the others go into a block below."""

from collections.abc import Sequence

WIDTH = 110
_GAP = "  "


def blocks(rows: Sequence[Sequence[str]], width: int = WIDTH) -> str:
    """Lay out a table.

    Args:
      rows: cells, the heads first; the first column names its row and is repeated in every block.
      width: characters of a line. A column is never cut, so that a very long name makes its line longer.
    Returns:
      Blocks with an empty line between them, without a newline at the end.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    parts: list[list[int]] = [[]]
    for place, wanted in enumerate(widths[1:], 1):
        used = widths[0] + sum(len(_GAP) + widths[other] for other in parts[-1])
        if parts[-1] and used + len(_GAP) + wanted > width:
            parts.append([])
        parts[-1].append(place)
    return "\n\n".join("\n".join(_line(row, widths, part) for row in rows) for part in parts)


def _line(row: Sequence[str], widths: Sequence[int], part: Sequence[int]) -> str:
    return _GAP.join([row[0].ljust(widths[0]), *(row[place].rjust(widths[place]) for place in part)]).rstrip()
