"""Say in words how two sides differ in a feature."""

from collections.abc import Sequence

import numpy as np

from components.reporter import formats
from components.reporter.collect_schema import MAX_VALUES
from components.reporter.collect_statistics import Column
from components.reporter.drift import Floats


def difference_in_words(labels: Sequence[str], counts: tuple[Floats, Floats], names: Sequence[str]) -> str:
    """Name the value whose shares differ most, as in "unknown in site b only (40.0%)" and "AP: 70.0% and 20.0%".

    Args:
      labels: of the values.
      counts: float64 [values], of each side; neither all zero.
      names: of the sides.
    """
    shares = [side / side.sum() for side in counts]
    gaps = np.abs(shares[0] - shares[1])
    # Of two values both differ alike, but for rounding: one that a side lacks says more.
    alike = np.flatnonzero(gaps > gaps.max() - 1e-9)
    place = min(alike.tolist(), key=lambda index: (min(shares[0][index], shares[1][index]) > 0, index))
    value = labels[place] if len(labels) <= MAX_VALUES else "one value"
    here = [float(side[place]) for side in shares]
    for mine, other, name in ((here[0], here[1], names[0]), (here[1], here[0], names[1])):
        if other == 0:
            return f"{value} in {name} only ({formats.percent(mine)})"
    return f"{value}: {formats.percent(here[0])} and {formats.percent(here[1])}"


def stated_words(columns: tuple[Column, Column]) -> str:
    """Describe the numbers of both sides, as in "mean 812 (224 to 4122) and 1024 throughout"."""
    return " and ".join(_numbers(column) for column in columns)


def _numbers(column: Column) -> str:
    low, high = min(bucket[0] for bucket in column.buckets), max(bucket[1] for bucket in column.buckets)
    if low == high:
        return f"{low:.0f} throughout"
    return f"mean {column.mean:.0f} (about {low:.0f} to {high:.0f})"
