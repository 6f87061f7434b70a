"""Calibration: whether answers of 80 % are right in 80 of 100 cases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base.temperature import log_losses
from components.evaluator.assessment import Bin, Calibration
from components.evaluator.drawn_counts import share
from components.evaluator.figures import figure, weighted
from components.evaluator.intervals import Resampling, Sampled, sampled_share
from components.evaluator.slicing import Slice

# Answers that are drawn to see what chance alone makes of the ECE.
_CHANCE_DRAWS = 200

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Probabilities:
    """What is judged: label_index int64 [n]; probabilities float64 [n, classes]; the draws of the images."""

    label_index: npt.NDArray[np.int64]
    probabilities: Floats
    resampling: Resampling


def calibrate(judged: Probabilities, slices: Sequence[Slice], bins: int, seed: int) -> list[Calibration]:
    """Judge the probabilities of each slice.

    Args:
      judged: the images.
      slices: of these images.
      bins: of equal count, cut at the quantiles of the answers' probabilities; equal probabilities share a bin.
      seed: of the answers that are drawn for `ece_by_chance`.
    """
    return [_calibrate(judged, part, bins, seed) for part in slices]


def brier_scores(label_index: npt.NDArray[np.int64], probabilities: Floats) -> Floats:
    """Sum the squared errors over the classes (Brier 1950, Mon. Weather Rev. 78:1-3): float64 [n] in [0, 2]."""
    errors = probabilities - np.eye(probabilities.shape[1])[label_index]
    scores: Floats = (errors**2).sum(axis=1)
    return scores


def equal_count_bins(values: Floats, bins: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Put values into bins of equal count.

    Args:
      values: float64 [n], n at least 1.
      bins: how many at most; ties make fewer.
    Returns:
      int64 [n], the bin of each, none empty; and float64 [bins + 1], the edges: the least value, then the upper ones, inclusive.
    """
    uppers = np.unique(np.quantile(values, np.arange(1, bins + 1) / bins, method="inverted_cdf"))
    return np.searchsorted(uppers, values, side="left").astype(np.int64), np.concatenate([[values.min()], uppers])


def _calibrate(judged: Probabilities, part: Slice, bins: int, seed: int) -> Calibration:
    labels, scores = judged.label_index[part.mask], judged.probabilities[part.mask]
    index, resampling = judged.resampling.index[part.mask], judged.resampling
    confidence, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    places, edges = equal_count_bins(confidence, bins)
    inside = np.arange(len(edges) - 1)[:, None] == places
    losses = np.stack([brier_scores(labels, scores), log_losses(labels, scores)])
    rows = np.concatenate([losses, inside * (confidence - right), inside])
    sums = weighted(rows.astype(np.float64), index, resampling)
    (brier, loss), gaps, images = sums[:2], *np.split(sums[2:], 2)
    total = images.sum(axis=0)
    everyone = len(np.unique(index))

    def of_all(values: Floats) -> Sampled:
        return Sampled(share(values, total), everyone)

    # Of a bin, the gap times its share of the images is the sum of its gaps over all images.
    ece = of_all(np.abs(gaps).sum(axis=0))
    chance = np.random.default_rng(seed).random((_CHANCE_DRAWS, len(labels))) < confidence
    by_chance = np.abs((confidence - chance) @ inside.T.astype(np.float64)).sum(axis=1).mean() / len(labels)
    return Calibration(
        slice=part.where,
        n=len(labels),
        brier=figure(of_all(brier), ""),
        log_loss=figure(of_all(loss), ""),
        ece=figure(ece, ""),
        ece_by_chance=float(by_chance),
        bins=[
            Bin(
                low=float(edges[place]),
                high=float(edges[place + 1]),
                n=int(inside[place].sum()),
                confidence=float(confidence[inside[place]].mean()),
                accuracy=figure(sampled_share(right[inside[place]], index[inside[place]], resampling), ""),
            )
            for place in range(len(inside))
        ],
    )
