"""Say in plain words what a concept's segments have in common."""

import math

from components.explainer.concepts import Rule
from components.explainer.crossing import Crossing, RegionShare, ValueShare

# Centres spread wider than this, in heights and widths, have no place in common that their mean could name.
WIDEST_SPREAD = 0.2
_THIRDS = (1 / 3, 2 / 3)
_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "middle", "right")


def describe(name: str, crossing: Crossing, rule: Rule) -> str:
    """Describe one concept in a few sentences.

    Args:
      name: such as "concept 7".
      crossing: its shares and its position.
      rule: why it was kept.
    Returns:
      Text such as "concept 7: 120 segments of 41 of 50 images (in more than half of the images). 94 % source nih, 2.9 times its share
      of all segments (95 % interval 2.1 to 3.8). 88 % of its area in the border (all segments 37 %). At the top left of the image." Of
      each column the value with the largest share is named; left and right are those of the picture, not of the patient.
    """
    first = f"{name}: {crossing.segments} segments of {crossing.images} of {crossing.image_count} images ({rule.value})"
    largest: dict[str, ValueShare] = {}
    for share in crossing.values:
        largest.setdefault(share.column, share)
    return ". ".join([first, *map(_value, largest.values()), *map(_region, crossing.regions), _place(crossing)]) + "."


def _value(share: ValueShare) -> str:
    lift = share.lift
    if share.share == share.base:
        return f"{_percent(share.share)} {share.column} {share.value}, as of all segments"
    certainty = f"no interval: {lift.why_none}" if lift.low is None else f"95 % interval {lift.low:.1f} to {lift.high:.1f}"
    return f"{_percent(share.share)} {share.column} {share.value}, {lift.value:.1f} times its share of all segments ({certainty})"


def _region(share: RegionShare) -> str:
    inside = f"{_percent(share.inside)} of its area in the {share.region} (all segments {_percent(share.base)})"
    if share.region == "border" or math.isnan(share.covered):
        return inside
    return f"{inside}; it covers {_percent(share.covered)} of the {share.region} and {_percent(share.base_covered)} of the images"


def _place(crossing: Crossing) -> str:
    if crossing.spread > WIDEST_SPREAD:
        return "Scattered over the image"
    row, column = (names[sum(part > third for third in _THIRDS)] for names, part in zip((_ROWS, _COLUMNS), crossing.centre, strict=True))
    return "In the middle of the image" if row == column else f"At the {row} {column} of the image"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
