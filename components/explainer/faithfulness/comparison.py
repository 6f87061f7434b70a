"""Is one method better than another on the same images? Differences paired by image, corrected, and said in words."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from components.base.plural import plural
from components.evaluator.intervals import Resampling
from components.evaluator.paired import holm, paired_difference
from components.explainer.faithfulness.measures import BY_NAME, Measure
from components.explainer.faithfulness.summary import Json, drawn_mean

Floats = npt.NDArray[np.float64]

# A difference is told from chance where its corrected p is at most this.
SIGNIFICANT: Final = 0.05


@dataclass(frozen=True)
class Comparison:
    """The first method less the second, over the images that both could be judged on.

    Attributes:
      first: name of a method.
      second: name of another, or of a control.
      measure: name of the measure.
      truth: which truth; empty where there is none to hold against.
      difference: of the means; None without images.
      low: lower end of its 95 % interval, not corrected; None where there is none, and `why_none` says why.
      high: upper end.
      p: two-sided, not corrected; None where there is no interval.
      corrected_p: by Holm, over all comparisons of the study that have a p.
      images: images that both were judged on.
      patients: their patients.
      why_none: empty where there is an interval.
      sentence: what it means.
    """

    first: str
    second: str
    measure: str
    truth: str
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    corrected_p: float | None
    images: int
    patients: int
    why_none: str
    sentence: str

    def to_json(self) -> Json:
        """Return the comparison as a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Pair:
    """Two methods on one measure: `first` and `second` are float64 [n], NaN where a method could not be judged."""

    first_name: str
    second_name: str
    measure: Measure
    truth: str
    first: Floats
    second: Floats


def is_told(corrected_p: float | None) -> bool:
    """Whether a difference is told from chance."""
    return corrected_p is not None and corrected_p <= SIGNIFICANT


def compare(pairs: Sequence[Pair], resampling: Resampling) -> list[Comparison]:
    """Compare every pair, and correct the p-values for how many there are (Holm 1979).

    Args:
      pairs: what to compare; all of them are one family.
      resampling: the draws of the patients of all images. A p-value is at least 2 / (1 + draws), so with few draws nothing is
        left of it after the correction.
    """
    return correct([_compare(pair, resampling) for pair in pairs])


def correct(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Correct p-values for how many there are, and say what the differences mean; what an earlier correction said is forgotten."""
    corrected = holm([one.p for one in comparisons])
    tests = sum(one.p is not None for one in comparisons)
    done = [replace(one, corrected_p=p) for one, p in zip(comparisons, corrected, strict=True)]
    return [replace(one, sentence=_sentence(one, BY_NAME[one.measure], tests)) for one in done]


def correct_together(classes: Iterable[dict[str, Any]]) -> None:
    """Correct the comparisons of all classes of a study as one family: more classes find more differences by chance.

    Args:
      classes: what `Judgement.to_json` gives of each; the comparisons in it are replaced.
    """
    trees = list(classes)
    done = iter(correct([Comparison(**one) for tree in trees for one in tree["comparisons"]]))
    for tree in trees:
        tree["comparisons"] = [next(done).to_json() for _ in tree["comparisons"]]


def _compare(pair: Pair, resampling: Resampling) -> Comparison:
    both = ~np.isnan(pair.first) & ~np.isnan(pair.second)
    first, second = (drawn_mean(np.where(both, values, np.nan), resampling) for values in (pair.first, pair.second))
    found = paired_difference([first], [second])
    return Comparison(
        first=pair.first_name,
        second=pair.second_name,
        measure=pair.measure.name,
        truth=pair.truth,
        difference=found.interval.value,
        low=found.interval.low,
        high=found.interval.high,
        p=found.p,
        corrected_p=None,
        images=int(both.sum()),
        patients=found.interval.groups,
        why_none=found.interval.why_none,
        sentence="",
    )


def _sentence(found: Comparison, measure: Measure, tests: int) -> str:
    of_what = measure.words + (f" ({found.truth})" if found.truth else "")
    if found.difference is None:
        return f"{found.first} and {found.second} share no image on which the {of_what} can be judged."
    counted = f"{plural(found.images, 'image')} of {plural(found.patients, 'patient')}"
    if found.low is None or found.high is None or found.corrected_p is None:
        return (
            f"The {of_what} of {found.first} differs from that of {found.second} by {found.difference:+.3f} on {counted}; "
            f"there is no interval ({found.why_none}), so nothing follows."
        )
    facts = f"{found.difference:+.3f}, 95 % interval {found.low:+.3f} to {found.high:+.3f}, {counted}"
    if not is_told(found.corrected_p):
        excluded = found.low > 0 or found.high < 0
        why = f": the interval leaves out 0, but not after correcting for {tests} comparisons" if excluded else ""
        return (
            f"No difference between {found.first} and {found.second} is shown in the {of_what} ({facts}, corrected "
            f"p {found.corrected_p:.2g}){why}; that does not show that they are equal."
        )
    direction = "higher" if found.difference > 0 else "lower"
    better = measure.better(found.truth)
    meaning = f"which is {'better' if direction == better else 'worse'}" if better else "which is no merit: it says how much lies on a mark"
    return f"{found.first} has a {direction} {of_what} than {found.second}, {meaning} ({facts}, corrected p {found.corrected_p:.2g})."
