"""The names that a slice may have: features of ours, and csv columns that the configuration carries."""

import difflib
from collections.abc import Iterable, Sequence

from components.base.errors import UsageError
from schemas import features

OWN_FEATURES = (features.SOURCE, features.LABEL, features.VIEW, features.MODE, features.FORMAT)


def slice_feature(name: str) -> str:
    """Name the feature behind a slice's name: one of ours, or that of a csv column."""
    return name if name in OWN_FEATURES or name.startswith(features.EXTRA_PREFIX) else features.extra(name)


def validate_slice_names(crossings: Iterable[Iterable[str]], columns: Sequence[str]) -> None:
    """Refuse slices by what the examples do not hold: they would be absent without a word. Meant for before a run.

    Args:
      crossings: names of slices, such as those of the evaluator's section and `components.gate.decide.threshold_slices`.
      columns: csv columns that the examples carry.
    Raises:
      UsageError: the message names the nearest name.
    """
    known = [*OWN_FEATURES, *columns]
    for name in (name for crossing in crossings for name in crossing):
        if name.removeprefix(features.EXTRA_PREFIX) not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}, and csv columns that the configuration lists"
            raise UsageError(f"evaluator: no slices by {name!r}; {hint}")
