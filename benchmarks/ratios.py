"""Print what was measured beside what is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """A ratio of two things measured side by side.

    Attributes:
      name: what over what.
      measured: the ratio.
      wanted: its bound.
      at_least: whether the bound is a lower one.
    """

    name: str
    measured: float
    wanted: float
    at_least: bool

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


def print_ratios(ratios: Sequence[Ratio]) -> int:
    """Print a table; return 1 where a ratio falls short, else 0."""
    print(f"\n{'ratio':<72} {'measured':>9} {'wanted':>9}")
    for ratio in ratios:
        bound = f"{'>=' if ratio.at_least else '<='} {ratio.wanted:g}"
        print(f"{ratio.name:<72} {ratio.measured:>9.3f} {bound:>9} {'' if ratio.holds else '  FALLS SHORT'}")
    return int(not all(ratio.holds for ratio in ratios))
