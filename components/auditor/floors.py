"""The floors: what each reads, and what a logistic regression makes of it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from components.auditor.audit import Floor
from components.auditor.measures import Drawn, draw_measures, excess, measures
from components.auditor.regression import Features, by_penalty, chosen_on
from components.evaluator.intervals import resample

SOURCE: Final = "source"
FILE: Final = "file"
BORDER_RING: Final = "border_ring"
LUNGS_OUT: Final = "lungs_blacked_out"
THUMBNAIL: Final = "thumbnail"
HISTOGRAM: Final = "histogram"


@dataclass(frozen=True)
class Sight:
    """What a floor sees, in words, and whether the lungs are in it, be it as a blur."""

    words: str
    lungs: bool


SIGHTS: Final = {
    SOURCE: Sight("the name of the source", False),
    FILE: Sight("width, height, mode and format of the original file", False),
    BORDER_RING: Sight("the border of the image", False),
    LUNGS_OUT: Sight("the image with the lungs blacked out", False),
    THUMBNAIL: Sight("an 8 x 8 thumbnail of the whole image", True),
    HISTOGRAM: Sight("the histogram of the intensities of the whole image", True),
}


@dataclass(frozen=True)
class Rows:
    """The images of one split, in one order.

    Attributes:
      label_index: int64 [n].
      groups: text [n], patients.
      sources: text [n].
      tables: floor to its features, float32 [n, d].
    """

    label_index: npt.NDArray[np.int64]
    groups: npt.NDArray[np.str_]
    sources: npt.NDArray[np.str_]
    tables: dict[str, Features]


def make_floor(
    name: str, train: Rows, evaluation: Rows, test: Rows, model: Drawn, classes: tuple[str, ...], draws: int, seed: int, least: int = 2
) -> Floor:
    """Train a floor on train, choose its penalty on eval, and measure it on test beside the model.

    Args:
      name: one of SIGHTS.
      train: at least one image.
      evaluation: at least one image.
      test: the images of `model`.
      model: the model's metrics, over the same draws of the patients of test.
      classes: their names.
      draws: of patients.
      seed: decides the draws.
      least: images of each of two classes that a source must hold, see `draw_measures`; the model's.
    """
    asked = (evaluation.tables[name], test.tables[name])
    candidates = by_penalty(train.tables[name], train.label_index, asked, len(classes))
    chosen = chosen_on(evaluation.label_index, 0, candidates)
    answered, answered_test = chosen.probabilities
    on_eval = draw_measures(evaluation.label_index, answered, evaluation.sources, classes, resample(evaluation.groups, 0, seed), least)
    on_test = draw_measures(test.label_index, answered_test, test.sources, classes, resample(test.groups, draws, seed), least)
    within = on_eval.within_source
    return Floor(
        name=name,
        sees=SIGHTS[name].words,
        sees_lungs=SIGHTS[name].lungs,
        features=asked[0].shape[1],
        inverse_penalty=chosen.inverse_penalty,
        eval_macro_recall=_number(on_eval.whole["macro_recall"].values[0]),
        eval_within_source=None if within is None else _number(within.values[0]),
        measures=measures(on_test),
        excess=excess(model, on_test),
    )


def best_floor(floors: tuple[Floor, ...]) -> str:
    """Name the floor with the highest macro recall on eval; of equals the first. Where eval holds one class, the first of all."""
    return max(floors, key=lambda floor: -1.0 if floor.eval_macro_recall is None else floor.eval_macro_recall).name


def best_floor_within_source(floors: tuple[Floor, ...]) -> str | None:
    """Name the floor with the highest AUC within sources on eval; of equals the first. None where eval cannot tell."""
    known = [(floor.eval_within_source, floor.name) for floor in floors if floor.eval_within_source is not None]
    return max(known, key=lambda item: item[0])[1] if known else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
