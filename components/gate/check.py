"""What became of one threshold, and the words that name its slice."""

from collections.abc import Mapping
from dataclasses import dataclass

# 0.8 - 0.1 is a little more than 0.7 in binary; a bound that is met exactly is met.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Check:
    """What became of one threshold.

    Attributes:
      kind: "value" (against a bound), "change" (against the last blessed model), "images" (number of test images),
        "gap_over_blind_floors" (over the nearest floor that does not see the lungs), "excess" (over the nearest floor),
        "excess_within_source" (the same within sources) or "interval" (its width).
      metric: its name in the slice table; "images" and "within_source" are of their kinds alone.
      slice: feature to value; empty for the whole test split.
      bound: the lower bound, the largest drop, the fewest images, or the greatest width.
      value: of the candidate, the gap, the lower end of the excess, or the width; None where undefined.
      baseline: of the last blessed model on the same images; None where there is none, or it is undefined.
      n: number of images in the slice.
      passed: whether the threshold is met.
      text: one plain sentence.
      not_compared: why there is nothing to compare with, as in "no earlier model was blessed on these data"; else empty.
        Such a check is not passed and refuses no model.
    """

    kind: str
    metric: str
    slice: dict[str, str]
    bound: float
    value: float | None
    baseline: float | None
    n: int
    passed: bool
    text: str
    not_compared: str = ""

    @property
    def failed(self) -> bool:
        """Whether the check refuses the model."""
        return not self.passed and not self.not_compared

    @property
    def result(self) -> str:
        """What became of it: "passed", "failed" or "nothing to compare"."""
        return "passed" if self.passed else "failed" if self.failed else "nothing to compare"


def slice_name(where: Mapping[str, str], article: str = "the") -> str:
    """Name a slice, such as "the slice source=nih" or "the whole test split"."""
    return (
        f"{article} slice {', '.join(f'{feature}={value}' for feature, value in where.items())}" if where else f"{article} whole test split"
    )


def images(n: int) -> str:
    """Count images in words."""
    return "1 image" if n == 1 else f"{n} images"


def figures(value: float, other: float) -> tuple[str, str]:
    """Show both with the fewest digits, from three on, that tell them apart."""
    for digits in range(3, 10):
        shown = f"{value:.{digits}f}", f"{other:.{digits}f}"
        if shown[0] != shown[1] or abs(value - other) <= ROUNDING:
            return shown
    return repr(value), repr(other)
