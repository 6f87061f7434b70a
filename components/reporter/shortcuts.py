"""What of an audit speaks against a model that reads the lungs: floors near it, and a loss without the border."""

from dataclasses import dataclass

from components.auditor.audit import Audit, BorderDrop
from components.auditor.near import NearFloors, near_floors
from components.evaluator.intervals import Interval

# As the audit says: macro recall needs enough patients of the scarcest class for an interval, accuracy of all classes together.
_METRICS = ("macro_recall", "accuracy")


@dataclass(frozen=True)
class BorderLoss:
    """A loss on test images whose border is masked, with an interval that lies above a bound.

    Attributes:
      metric: "macro_recall", or "accuracy" where that has no interval.
      share: width of the masked band, share of each side.
      before, after, drop: of this metric.
    """

    metric: str
    share: float
    before: Interval
    after: Interval
    drop: Interval


@dataclass(frozen=True)
class Shortcuts:
    """What of an audit speaks against the model.

    Attributes:
      floors: what needs no lungs, or no detail, and scores alike.
      border: the loss without the border; None where none is shown to be large.
    """

    floors: NearFloors
    border: BorderLoss | None


def find_shortcuts(audit: Audit, near: float) -> Shortcuts:
    """Find what speaks against the model.

    Args:
      audit: of the model.
      near: `auditor.near`, a floor whose macro recall is less than this below the model's comes near it.
    """
    return Shortcuts(near_floors(audit, near), _border_loss(audit.border, near))


def _border_loss(border: BorderDrop, near: float) -> BorderLoss | None:
    for metric in _METRICS:
        drop = border.drop[metric]
        if drop.low is not None:
            return BorderLoss(metric, border.share, border.before[metric], border.after[metric], drop) if drop.low > near else None
    return None
