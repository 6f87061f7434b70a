"""What the figures of a class say, and what they cannot say, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.explainer.faithfulness.comparison import is_told
from components.reporter import formats

# The level of `Sufficiency.destroying`.
_GONE = 0.5


def say_testing(comparisons: Sequence[Mapping[str, Any]], all_tested: int, classes: int) -> str:
    """Say how many differences could be tested, why others could not, and what the p-values were corrected for.

    Args:
      comparisons: those of one class in concepts.json.
      all_tested: those of all classes that have a p.
      classes: how many classes were studied.
    """
    untested: dict[str, list[int]] = {}
    for one in comparisons:
        if one["p"] is None:
            untested.setdefault(str(one["why_none"]), []).append(int(one["patients"]))
    tested = len(comparisons) - sum(map(len, untested.values()))
    reasons = "; ".join(_reason(why, patients, len(untested)) for why, patients in untested.items())
    said = f"{tested} of {formats.plural(len(comparisons), 'difference')} could be tested{': ' if reasons else ''}{reasons}."
    if not tested:
        return said
    family = "all of them" if classes == 1 else f"all {all_tested} of the {classes} classes together"
    told = any(is_told(one["corrected_p"]) for one in comparisons)
    return f"{said} Corrected by Holm for {family}.{'' if told else ' None is told from chance.'}"


def say_curves(label: str, curves: Mapping[str, Any]) -> str:
    """Say which concepts suffice (SSC) and destroy (SDC), and where an image without anything is answered alike, so that neither shows.

    Args:
      label: the class.
      curves: of the class in concepts.json.
    """
    whole, empty = float(curves["removing"]["share"][0]), float(curves["adding"]["share"][0])
    sufficient, destroying = curves["sufficient"], curves["destroying"]
    if whole == 0:
        return f"No whole image is answered as {label}, so that there is no answer to keep (SSC) or to destroy (SDC)."
    # What is left when all is removed tends to the empty image: where that keeps the answer, nothing can destroy it.
    stays = destroying is None and empty > _GONE * whole
    alike = f"An image without anything is answered as {label} too, in {formats.percent(empty)} of the images"
    removed = "half of the answers stay when all are removed (SDC)"
    if destroying is not None:
        removed = f"half of the answers are gone without {_first(destroying)} (SDC)"
    if sufficient == 0 and stays:
        return f"{alike}: neither that concepts suffice (SSC), nor that {removed}, shows anything."
    if sufficient == 0:
        return f"{alike}: that concepts suffice (SSC) shows nothing; {removed}."
    if sufficient is None:
        added = "The concepts together do not bring back 80 % of the answers (SSC)"
    else:
        added = f"{_first(sufficient).capitalize()} alone {'brings' if sufficient == 1 else 'bring'} back 80 % of the answers (SSC)"
    return f"{added}. {alike}: that {removed} shows nothing." if stays else f"{added}; {removed}."


def _first(concepts: int) -> str:
    return "the first concept" if concepts == 1 else f"the first {formats.plural(concepts, 'concept')}"


def say_mark(shortcut: float | None) -> str:
    """Say how to read what lies on a mark.

    Args:
      shortcut: how strongly the phantom's mark goes with the class, [0, 1]; None where that is not known.
    """
    said = "A mark is no evidence of disease: what lies on it says how much the model leans on it, and more is not better."
    if shortcut is None:
        return said
    if shortcut == 0:
        return f"{said} In this phantom the mark says nothing about the class (shortcut 0): a model that leans on it is at fault."
    strength = "always goes with the class (shortcut 1)" if shortcut == 1 else f"goes with the class (shortcut {shortcut:g} of 1)"
    return f"{said} In this phantom the mark {strength}: a model that leans on it has taken the shortcut."


def _reason(why: str, patients: Sequence[int], reasons: int) -> str:
    low, high = min(patients), max(patients)
    seen = f"{why} ({low if low == high else f'{low} to {high}'})" if "patients" in why else why
    return seen if reasons == 1 else f"{len(patients)} {seen}"
