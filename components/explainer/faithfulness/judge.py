"""Measure several methods on the same images: the whole table at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError
from components.evaluator.intervals import Resampling, resample
from components.explainer.faithfulness import measures
from components.explainer.faithfulness.agreement import agree
from components.explainer.faithfulness.baselines import make_baseline
from components.explainer.faithfulness.comparison import Comparison, Pair, compare
from components.explainer.faithfulness.confidence import confidence
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.explainer.faithfulness.controls import centre_maps, random_maps
from components.explainer.faithfulness.curves import Curves, perturb
from components.explainer.faithfulness.evidence import checked_maps, has_map
from components.explainer.faithfulness.explained import Explained
from components.explainer.faithfulness.localisation import chance, mass_accuracy, pointing_game, rank_accuracy
from components.explainer.faithfulness.summary import Row, summarise

CENTRE, RANDOM, CHANCE = "image centre", "random map", "chance"
# The lungs as a map, where they are known, take part against a finding alone. Every lesion of the phantom lies in a lung, a third of
# the image: what beats the centre and a random map may have found the lungs and nothing in them.
CONTROLS = (CENTRE, RANDOM, measures.LUNGS)

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
# Method, measure and truth ("" for none) to a value of each image.
Values = dict[tuple[str, measures.Measure, str], Floats]


@dataclass(frozen=True)
class Judgement:
    """What was found.

    Attributes:
      rows: method x measure (x truth), controls included; the agreement of every two methods; chance of the pointing game.
      comparisons: every two methods, and every method with every control, on every measure that the control has.
      curves: mean curves of each method, over the images with a map.
      values: float64 [n] of each method, measure and truth; see `Curves`, `Confidence` and localisation for what NaN means.
      settings: what it was measured with.
    """

    rows: list[Row]
    comparisons: list[Comparison]
    curves: dict[str, Curves]
    values: Values
    settings: FaithfulnessConfig

    def to_json(self) -> dict[str, Any]:
        """Return rows, comparisons, mean curves and settings as a JSON object."""
        return {
            "settings": self.settings.model_dump(),
            "rows": [row.to_json() for row in self.rows],
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
            "curves": {method: _mean_curves(curves) for method, curves in self.curves.items()},
        }


def judge(
    explained: Explained,
    maps: Mapping[str, npt.ArrayLike],
    truths: Mapping[str, npt.ArrayLike],
    patients: npt.ArrayLike,
    settings: FaithfulnessConfig | None = None,
    seed: int = 0,
    right: npt.ArrayLike | None = None,
    lungs: npt.ArrayLike | None = None,
) -> Judgement:
    """Measure every method and all controls on the same images.

    Args:
      explained: images, explained classes and model.
      maps: name of a method to float [n, height_px, width_px].
      truths: name of a truth, such as "lesions", to bool [n, height_px, width_px]; an image of which nothing is true has none.
      patients: [n], the patient of each image.
      settings: see `FaithfulnessConfig`.
      seed: of the random map, the order of equal pixels, ROAD's noise and the draws.
      right: bool [n], whether the model answers with the explained class; None for all. Of an image that is answered otherwise the
        model did not find the truth, and its map is not held against it. Marks, which are no truth of a class, are asked of all.
      lungs: bool [n, height_px, width_px], a control beside the image's centre and the random map on every truth but marks: all of the
        lungs alike, so that its pointing game is the probability that a random point in the lungs hits. None where they are not known.
    Raises:
      UsageError: the shapes differ, or a method bears the name of a control.
    """
    chosen = settings or FaithfulnessConfig()
    methods, shown = _shown(maps, explained.map_shape, seed)
    masks = {name: _judged(name, truth, right) for name, truth in truths.items()}
    resampling = _draws(patients, len(explained), chosen, seed)
    values, curves = _of_model(explained, shown, chosen, seed)
    held = shown | _as_map(lungs, explained.map_shape)
    values |= _of_truths(held, masks, _tolerance_px(chosen, explained.map_shape))
    rows = [*_rows(values, held, masks, resampling, chosen), *_agreements(methods, chosen, resampling)]
    return Judgement(rows, compare(list(_pairs(list(methods), values)), resampling), curves, values, chosen)


def judge_places(
    maps: Mapping[str, npt.ArrayLike],
    truths: Mapping[str, npt.ArrayLike],
    patients: npt.ArrayLike,
    settings: FaithfulnessConfig | None = None,
    seed: int = 0,
    right: npt.ArrayLike | None = None,
    lungs: npt.ArrayLike | None = None,
) -> list[Row]:
    """Hold every method and all controls against the truth alone, which asks no model; arguments and errors are those of `judge`."""
    chosen = settings or FaithfulnessConfig()
    given = {name: checked_maps(each) for name, each in maps.items()}
    count, height_px, width_px = next(iter(given.values())).shape
    _, shown = _shown(given, (count, height_px, width_px), seed)
    held = shown | _as_map(lungs, (count, height_px, width_px))
    masks = {name: _judged(name, truth, right) for name, truth in truths.items()}
    values = _of_truths(held, masks, _tolerance_px(chosen, (count, height_px, width_px)))
    return _rows(values, held, masks, _draws(patients, count, chosen, seed), chosen)


def _shown(maps: Mapping[str, npt.ArrayLike], shape: tuple[int, int, int], seed: int) -> tuple[dict[str, Floats], dict[str, npt.ArrayLike]]:
    """Check the methods' maps, and set the controls beside them."""
    taken = {*CONTROLS, CHANCE} & set(maps)
    if taken:
        raise UsageError(f"a method is named {taken.pop()!r}, as a control is; give it another name")
    methods = {name: checked_maps(given, shape) for name, given in maps.items()}
    return methods, {**methods, CENTRE: centre_maps(shape), RANDOM: random_maps(shape, seed)}


def _as_map(lungs: npt.ArrayLike | None, shape: tuple[int, int, int]) -> dict[str, npt.ArrayLike]:
    return {} if lungs is None else {measures.LUNGS: checked_maps(lungs, shape)}


def _draws(patients: npt.ArrayLike, count: int, chosen: FaithfulnessConfig, seed: int) -> Resampling:
    resampling = resample(patients, chosen.draws, seed)
    if len(resampling.index) != count:
        raise UsageError(f"{len(resampling.index)} patients for {count} images; give one for each image")
    return resampling


def _tolerance_px(chosen: FaithfulnessConfig, shape: tuple[int, ...]) -> float:
    return chosen.tolerance * min(shape[1:])


def _rows(
    values: Values, shown: Mapping[str, npt.ArrayLike], masks: Mapping[str, Flags], resampling: Resampling, chosen: FaithfulnessConfig
) -> list[Row]:
    silent = {name: ~has_map(np.asarray(given)) for name, given in shown.items()}
    everywhere = np.ones(len(resampling.index), np.bool_)
    judged = {name: truth.any(axis=(1, 2)) for name, truth in masks.items()} | {"": everywhere}
    rows = [
        summarise(method, measure.name, found, resampling, int((silent[method] & judged[truth]).sum()), truth, int((~judged[truth]).sum()))
        for (method, measure, truth), found in values.items()
    ]
    for name, truth in masks.items():
        expected = chance(truth, _tolerance_px(chosen, truth.shape))
        rows.append(summarise(CHANCE, measures.POINTING.name, expected, resampling, 0, name, int((~judged[name]).sum())))
    return rows


def _judged(name: str, truth: npt.ArrayLike, right: npt.ArrayLike | None) -> Flags:
    mask = np.asarray(truth, np.bool_)
    return mask if right is None or name == measures.MARK else mask & np.asarray(right, np.bool_)[:, np.newaxis, np.newaxis]


def _of_model(
    explained: Explained, shown: Mapping[str, npt.ArrayLike], chosen: FaithfulnessConfig, seed: int
) -> tuple[Values, dict[str, Curves]]:
    baseline = make_baseline(chosen.baseline, explained.images, chosen.blur_sigma, seed)
    values: Values = {}
    curves: dict[str, Curves] = {}
    for method, given in shown.items():
        curves[method] = perturb(explained, given, baseline, chosen.steps, seed)
        left = confidence(explained, given)
        found = (curves[method].deletion_auc, curves[method].insertion_auc, left.drop, left.increase)
        values |= {(method, measure, ""): value for measure, value in zip(measures.OF_MODEL, found, strict=True)}
    return values, curves


def _of_truths(shown: Mapping[str, npt.ArrayLike], masks: Mapping[str, Flags], tolerance_px: float) -> Values:
    values: Values = {}
    for method, given in shown.items():
        for name, truth in masks.items():
            if method == measures.LUNGS and name == measures.MARK:
                continue
            values[method, measures.POINTING, name] = pointing_game(given, truth, tolerance_px)
            values[method, measures.MASS, name] = mass_accuracy(given, truth)
            values[method, measures.RANK, name] = rank_accuracy(given, truth)
    return values


def _agreements(methods: Mapping[str, Floats], chosen: FaithfulnessConfig, resampling: Resampling) -> list[Row]:
    rows = []
    for (first, one), (second, other) in combinations(methods.items(), 2):
        found = agree(one, other, chosen.grid_px, chosen.top_share)
        silent = int((~(has_map(one) & has_map(other))).sum())
        for measure, values in zip(measures.OF_PAIR, (found.correlation, found.overlap), strict=True):
            rows.append(summarise(f"{first}, {second}", measure.name, values, resampling, silent))
    return rows


def _pairs(methods: list[str], values: Values) -> Iterator[Pair]:
    against = [*combinations(methods, 2), *((method, control) for method in methods for control in CONTROLS)]
    for first, second in against:
        for method, measure, truth in values:
            if method == first and (second, measure, truth) in values:
                yield Pair(first, second, measure, truth, values[first, measure, truth], values[second, measure, truth])


def _mean_curves(curves: Curves) -> dict[str, list[float]]:
    known = ~np.isnan(curves.deletion[:, 0])
    means = {
        name: curve[known].mean(axis=0).tolist() if known.any() else []
        for name, curve in (("deletion", curves.deletion), ("insertion", curves.insertion))
    }
    return {"shares": curves.shares.tolist(), **means}
