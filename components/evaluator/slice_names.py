"""The names that a slice may have: features of ours, what is derived from them, and csv columns that the configuration carries."""

import difflib
from collections.abc import Iterable, Sequence

from components.base.errors import UsageError
from schemas import features

OWN_FEATURES = (
    *(features.SOURCE, features.LABEL, features.VIEW, features.SEX, features.MODE, features.FORMAT),
    *(features.quality(flag) for flag in features.QUALITY_FLAGS),
)
# The examples hold the age in years, so bands of it can be sliced by from the predictions alone.
AGE_BAND = "age_band"
# Stands for one slice by each flag.
QUALITY = "quality"


def slice_feature(name: str) -> str:
    """Name the feature behind a slice's name: one of ours, or that of a csv column."""
    return name if name in OWN_FEATURES or name.startswith(features.EXTRA_PREFIX) else features.extra(name)


def expand(crossings: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """Write `quality` out as every flag, and drop what is said twice, in the order given."""
    expanded: list[tuple[str, ...]] = []
    for crossing in crossings:
        flags = [features.quality(flag) for flag in features.QUALITY_FLAGS] if QUALITY in crossing else [QUALITY]
        expanded += [tuple(flag if name == QUALITY else name for name in crossing) for flag in flags]
    return list(dict.fromkeys(expanded))


def validate_slice_names(crossings: Iterable[Iterable[str]], columns: Sequence[str]) -> None:
    """Refuse slices by what the examples do not hold: they would be absent without a word. Meant for before a run.

    Args:
      crossings: names of slices, such as those of the evaluator's section and `components.gate.decide.threshold_slices`.
      columns: csv columns that the examples carry.
    Raises:
      UsageError: the message names the nearest name.
    """
    known = [*OWN_FEATURES, AGE_BAND, QUALITY, *columns]
    for name in (name for crossing in crossings for name in crossing):
        if name in (AGE_BAND, QUALITY) and name in columns:
            raise UsageError(
                f"evaluator: {name!r} is a name of ours and a csv column as well; write {features.extra(name)!r} for the column"
            )
        if name == features.AGE:
            raise UsageError(f"evaluator: slices by single years hold few images each; take {AGE_BAND!r}")
        if name.removeprefix(features.EXTRA_PREFIX) not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}, and csv columns that the configuration lists"
            raise UsageError(f"evaluator: no slices by {name!r}; {hint}")
