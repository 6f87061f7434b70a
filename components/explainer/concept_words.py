"""Say in plain words where a concept lies, and what of it is striking, by the rules that docs/explanations.md states."""

import math
from dataclasses import dataclass
from typing import Literal

from components.explainer.crossing import Crossing, RegionShare, ValueShare
from components.explainer.faithfulness.measures import LUNG, MARK
from components.explainer.tcav import Verdict

# The lift of a source, view or wrong answer is striking where its whole interval lies above this.
CLEAR_LIFT = 1.5
# Share of a concept's area in the border, above which it is striking.
BORDER_SHARE = 0.5
# A known thing is found where the concept covers this much of it, and this many times what it covers of the images; a finding also
# this many times what it covers of the lungs, since findings lie there and the lungs alone would come to three times the images.
LEAST_COVERED = 0.2
TIMES_COVERED = 3.0
# Centres spread wider than this, in heights and widths, have no place in common that their mean could name.
WIDEST_SPREAD = 0.2
# A concept of right answers alone is no fault.
_HARMLESS = ("answer", "right")
# Regions that hold no evidence of disease: the border by its own rule, the mark as a doubt, the lung as neither.
_BORDER = "border"
_THIRDS = (1 / 3, 2 / 3)
_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "middle", "right")


@dataclass(frozen=True)
class Striking:
    """What is striking about a concept.

    Attributes:
      kind: "doubt" is a reason to distrust the model, "truth" a concept that lies where the evidence is, and "open" one whose bearing on
        the model is not shown, because TCAV has no verdict for or against the class.
      text: a sentence without its full stop.
    """

    kind: Literal["doubt", "truth", "open"]
    text: str


def striking(crossing: Crossing, verdict: Verdict) -> Striking | None:
    """Say in one sentence what of a concept is striking; None where nothing is.

    Args:
      crossing: its shares and its position.
      verdict: of TCAV.
    Returns:
      Text such as "94 % source nih (all segments 32 %), 88 % of its area in the border (all segments 36 %): a reason to distrust the
      model". Beside a doubt the truth is not told.
    """
    doubts = [*_of_values(crossing.values), *_of_regions(crossing.regions)]
    of_lung = next((region.covered for region in crossing.regions if region.region == LUNG), math.nan)
    findings = [region for region in crossing.regions if region.region not in (_BORDER, MARK, LUNG)]
    found = [_cover(region, of_lung) for region in findings if _finds(region, of_lung)]
    if not doubts and not found:
        return None
    told = ", ".join(doubts or found)
    if verdict not in ("for the class", "against it"):
        return Striking("open", f"{told}; whether the model answers by it is not shown")
    if doubts:
        return Striking("doubt", f"{told}: a reason to distrust the model")
    unknown = ", or in the lungs at large, which are not known here" if math.isnan(of_lung) else ""
    return Striking("truth", f"{told}: it lies where the evidence is{unknown}")


def place(crossing: Crossing) -> str:
    """Name the part of the image where a concept's segments lie, such as "top left" of the picture (not of the patient)."""
    if crossing.spread > WIDEST_SPREAD:
        return "scattered"
    row, column = (names[sum(part > third for third in _THIRDS)] for names, part in zip((_ROWS, _COLUMNS), crossing.centre, strict=True))
    return "middle" if row == column else f"{row} {column}"


def _of_values(values: tuple[ValueShare, ...]) -> list[str]:
    """Tell values whose lift is clearly above chance, the largest share of each column alone."""
    told: dict[str, str] = {}
    for share in values:
        clear = share.lift.low is not None and share.lift.low > CLEAR_LIFT
        if clear and (share.column, share.value) != _HARMLESS:
            text = f"{_percent(share.share)} {share.column} {share.value} (all segments {_percent(share.base)})"
            told.setdefault(share.column, text)
    return list(told.values())


def _of_regions(regions: tuple[RegionShare, ...]) -> list[str]:
    told = []
    for region in regions:
        if region.region == _BORDER and region.inside > BORDER_SHARE:
            told.append(f"{_percent(region.inside)} of its area in the border (all segments {_percent(region.base)})")
        if region.region == MARK and _finds(region):
            told.append(_cover(region))
    return told


def _finds(region: RegionShare, of_lung: float = math.nan) -> bool:
    """Whether a concept finds a region; `of_lung` is what it covers of the lungs, NaN where that is not known or does not matter."""
    bases = [base for base in (region.base_covered, of_lung) if not math.isnan(base)]
    return region.covered >= max(LEAST_COVERED, TIMES_COVERED * max(bases))


def _cover(region: RegionShare, of_lung: float = math.nan) -> str:
    lungs = "" if math.isnan(of_lung) else f"{_percent(of_lung)} of the lungs, "
    return f"covers {_percent(region.covered)} of the {region.region} ({lungs}{_percent(region.base_covered)} of the images)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
