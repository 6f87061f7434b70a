"""What ACE found, as the plain values of `concepts.json`."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from components.evaluator.intervals import Interval
from components.explainer.ace import ClassConcepts, FoundConcept
from components.explainer.concept_words import place
from components.explainer.crossing import Crossing
from components.explainer.sufficiency import Curve, Sufficiency
from components.explainer.tcav import ConceptScore


def concept_tree(each: FoundConcept, picture: str, gradcam_share: float, area_share: float) -> dict[str, Any]:
    """Turn one concept into plain values.

    Args:
      each: the concept.
      picture: path of its examples within the artifact.
      gradcam_share: share of the mass of Grad-CAM's maps that falls on it, [0, 1].
      area_share: share of the pixels that it has, [0, 1].
    """
    return {
        "name": each.name,
        "striking": None if each.striking is None else asdict(each.striking),
        "place": place(each.crossing),
        "rule": each.concept.rule.value,
        "segments": len(each.concept.members),
        "examples": len(each.concept.examples),
        "images": len(each.concept.images),
        "stability": _number(each.stability),
        "drawn": each.drawn,
        "lost": each.lost,
        "dissolves": each.dissolves,
        "picture": picture,
        "gradcam_share": gradcam_share,
        "area_share": area_share,
        "tcav": _tcav(each.score),
        "crossing": _crossing(each.crossing),
    }


def curves_tree(curves: Sufficiency) -> dict[str, Any]:
    """Turn the curves of sufficient and destroying concepts into plain values; those of random orders are means and ranges."""
    return {
        "adding": _curve(curves.adding),
        "removing": _curve(curves.removing),
        **{
            f"random_{name}": {"mean": _curve(random.mean()), "low": _curve(random.low()), "high": _curve(random.high())}
            for name, random in (("adding", curves.random_adding), ("removing", curves.random_removing))
        },
        "covered": curves.covered,
        "sufficient": curves.sufficient(),
        "destroying": curves.destroying(),
    }


def dropped_tree(found: ClassConcepts) -> dict[str, int]:
    """Count the clusters that are no concepts, by the reason in words."""
    return {reason.value: count for reason, count in found.discovery.dropped.items()}


def _tcav(score: ConceptScore) -> dict[str, Any]:
    return {
        "mean": score.mean,
        "sd": score.sd,
        "standard_error": score.standard_error,
        "one_gradient": score.one_gradient,
        "interval": _interval(score.interval),
        "effect": score.effect,
        "effect_error": score.effect_error,
        "effect_interval": _interval(score.effect_interval),
        "sensitivity": score.sensitivity,
        "random_mean": float(score.random_scores.mean()),
        "p_scores": score.p_scores,
        "p_set": score.p_set,
        "p": score.p,
        "q": score.q,
        "verdict": score.verdict,
        "accuracy": score.accuracy,
        "weak": score.weak_count,
        "vectors": len(score.scores),
    }


def _crossing(crossing: Crossing) -> dict[str, Any]:
    return {
        "values": [
            {
                "column": share.column,
                "value": share.value,
                "segments": share.members,
                "share": share.share,
                "base": share.base,
                "lift": _interval(share.lift),
            }
            for share in crossing.values
        ],
        "regions": [
            {
                "region": share.region,
                "inside": share.inside,
                "base": share.base,
                "covered": _number(share.covered),
                "base_covered": share.base_covered,
            }
            for share in crossing.regions
        ],
        "centre": list(crossing.centre),
        "spread": crossing.spread,
    }


def _interval(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _curve(curve: Curve) -> dict[str, Sequence[float]]:
    return {"share": _list(curve.share), "probability": _list(curve.probability)}


def _list(values: npt.NDArray[np.float64]) -> list[float]:
    return [float(value) for value in values]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
