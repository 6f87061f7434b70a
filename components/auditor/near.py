"""The floors of an audit that leave a model little to show."""

from dataclasses import dataclass

from components.auditor.audit import Audit, Floor


@dataclass(frozen=True)
class NearFloors:
    """Floors whose macro recall reaches the model's or comes near it, or whose distance is not shown.

    Attributes:
      reaching: the excess is 0 or less, or its interval holds 0.
      close: the excess is above 0 and less than `near`, with an interval or without.
      unshown: the excess is `near` or more, and has no interval that would show it.
    """

    reaching: tuple[Floor, ...]
    close: tuple[Floor, ...]
    unshown: tuple[Floor, ...] = ()


def near_floors(audit: Audit, near: float) -> NearFloors:
    """Sort the floors by their distance to the model.

    Args:
      audit: of the model.
      near: a floor whose macro recall is less than this below the model's comes near it.
    """
    reaching = tuple(floor for floor in audit.floors if _reaches(floor))
    close = tuple(floor for floor in audit.floors if floor not in reaching and _excess(floor) < near)
    others = (floor for floor in audit.floors if floor not in (*reaching, *close))
    return NearFloors(reaching, close, tuple(floor for floor in others if floor.excess.macro_recall.low is None))


def _reaches(floor: Floor) -> bool:
    low = floor.excess.macro_recall.low
    return _excess(floor) <= 0 or (low is not None and low <= 0)


def _excess(floor: Floor) -> float:
    # Where test holds one class there is no excess, and no floor falls short.
    value = floor.excess.macro_recall.value
    return 0.0 if value is None else value
