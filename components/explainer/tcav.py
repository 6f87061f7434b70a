"""TCAV: does the score of a class rise in the direction of a concept, and could that be chance?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from components.base.errors import UsageError
from components.evaluator.exact_bounds import count_patients
from components.evaluator.intervals import Interval, Resampling, Sampled, interval, interval_of_share, on_patients, resample
from components.explainer.concept_vectors import ConceptVectors, check_channels, concept_vectors, matrix
from components.explainer.drawn_means import drawn_means
from components.explainer.significance import agreed, corrected, one_draw, welch

Floats = npt.NDArray[np.float64]
Verdict = Literal[
    "for the class", "against it", "dissolves", "as in untrained networks", "untrained networks overflow", "not told from random", "weak"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

# The published level of the corrected p-value.
LEVEL = 0.05
# Gradients that differ by less than this share of the largest are one: sums of floats in another order.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class ConceptScore:
    """What TCAV says of one concept and one class (Kim et al. 2018, arXiv:1711.11279, sections 3.3 to 3.5).

    A concept activation vector (CAV) whose held-out accuracy is under the wanted one is weak. Means are over the strong ones; where
    more than half are weak the concept is weak, its means are over all, and it is not tested.

    Attributes:
      scores: float64 [sets], for each random set the share of the class's images whose score rises towards the concept.
      accuracies: float64 [sets], held-out accuracy of each CAV.
      strong: bool [sets].
      mean: of the scores.
      sd: their standard deviation.
      standard_error: sd by the root of their number: the spread over random sets, without that over the concept's examples.
      one_gradient: whether all images have the same gradient. Then each score is 0 or 1, and `mean` a share of vectors, not of images.
      interval: of `mean` over patients; None where no groups were given, or all images have one gradient.
      sensitivity: mean directional derivative over images and CAVs, with its sign: how much the class score rises for a unit step.
      effect: how much the class score rises, to first order and on average over the images, where the activations of random examples
        are exchanged for the concept's; in units of the score before the softmax. A score says how often it rises, this says how far.
      effect_error: standard error of `effect` over the concept's examples, taken for independent of each other, and over the random
        sets. It says nothing of other patients, and is too small where several examples are of one of them.
      effect_interval: of `effect` over the patients of images and examples; None where these were not given.
      random_scores: float64 [sets], scores of random sets against random sets.
      p_scores: of Welch's test of the scores against `random_scores`, the published test; None where weak.
      p_set: of the test whether `effect` could be that of one more random set; None where weak.
      p: the larger of both, 1 where they point apart; None where weak.
      q: p corrected over the concepts of the class (Benjamini and Hochberg); None where weak.
      verdict: one of VERDICTS.
      direction: float64 [d], mean of the CAVs, of length 1.
    """

    scores: Floats
    accuracies: Floats
    strong: npt.NDArray[np.bool_]
    mean: float
    sd: float
    standard_error: float
    one_gradient: bool
    interval: Interval | None
    sensitivity: float
    effect: float
    effect_error: float
    effect_interval: Interval | None
    random_scores: Floats
    p_scores: float | None
    p_set: float | None
    p: float | None
    q: float | None
    verdict: Verdict
    direction: Floats

    @property
    def accuracy(self) -> float:
        """Mean held-out accuracy of all CAVs, the weak ones included."""
        return float(self.accuracies.mean())

    @property
    def weak_count(self) -> int:
        """CAVs that were dropped, or would have been were they not too many."""
        return int((~self.strong).sum())

    @property
    def importance(self) -> float:
        """The effect of a concept that is for or against the class, or would be if it did not dissolve, 0 of others.

        Its segments are painted with this. A verdict names a group that must come back; a map names none, and where one group is parted
        in another way each time its segments keep their effect.
        """
        return self.effect if self.verdict in ("for the class", "against it", "dissolves") else 0.0


def score_concepts(
    concepts: Sequence[npt.ArrayLike],
    random_sets: Sequence[npt.ArrayLike],
    gradients: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    min_accuracy: float = 0.7,
    draws: int = 1000,
) -> list[ConceptScore]:
    """Score the concepts of one class.

    Each concept is set against each random set, and each random set against each other. Two tests must agree. Welch's test of the
    scores against those of random sets is the published one, but the scores of one concept share its examples and are no independent
    draws. So a second asks whether the effect could be that of one more random set (`one_draw`). It reads the effect and not the score,
    because one random set in ten lies before or behind 20 others by chance: no test on signs alone could tell it from a concept.
    Directions of length 1 would not do either: random sets differ little, but the direction in which they differ is as long as that
    of a concept.

    Where the class score is linear in the pooled activations (a network that ends in global average pooling and one dense layer, seen
    at its last feature maps), all images have one gradient: every score is 0 or 1 by construction. Then an earlier layer says more.

    Args:
      concepts: float [m_i, d] each, pooled activations of each concept's examples.
      random_sets: float [m, d] each, those of random examples; 20 or more are wanted. Drawn without regard to class and concept, no
        example in two sets where there are enough: sets that share examples differ less than chance, and concepts stand out too easily.
      gradients: float [n, d], gradient of the class's score by the pooled activations, for each image of the class.
      groups: [n], the patient of each image, for the interval.
      seed: decides draws and held-out thirds. A concept's numbers do not depend on the other concepts, but for q and the verdict.
      min_accuracy: held-out accuracy under which a CAV is dropped, [0, 1]. Of 40 examples a side 26 are held out in all: 19 of them right
        are 0.73, and come by chance in 1.4 % of cases. Segments of one image can be on both sides, so accuracies err on the high side.
      draws: of patients, for the interval.
    Returns:
      One score a concept, in the order given.
    Raises:
      UsageError: too few sets or examples, or arrays that do not fit each other.
      OverflowedError: there are numbers that are not finite.
    """
    return score_vectors(concept_vectors(concepts, random_sets, seed), gradients, groups, seed, min_accuracy, draws)


def score_vectors(
    vectors: ConceptVectors,
    gradients: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    seed: int = 0,
    min_accuracy: float = 0.7,
    draws: int = 1000,
    floor: float = 0.0,
    origins: Sequence[npt.ArrayLike] | None = None,
    dissolves: Sequence[bool] | npt.NDArray[np.bool_] | None = None,
) -> list[ConceptScore]:
    """Score concepts whose CAVs are trained; errors are those of `score_concepts`.

    Clusters are alike by construction, so that both tests call many concepts of an untrained network significant too. A verdict for or
    against the class therefore asks for an effect beyond `floor`, and for a concept that comes back. It says what the network's answer
    depends on. It does not say that the network learned anything that holds: one that was fitted to shuffled labels has verdicts too.

    Args:
      vectors: CAVs of the concepts and of random sets.
      gradients: as in `score_concepts`.
      groups: as in `score_concepts`.
      seed: as in `score_concepts`.
      min_accuracy: as in `score_concepts`.
      draws: as in `score_concepts`.
      floor: such as the strongest effect of untrained networks (components.explainer.untrained); infinite where it is not known,
        so that no concept has a verdict.
      origins: int [m_i] for each concept, the row of the gradients whose image each example comes from, for the interval of the effect.
      dissolves: for each concept, whether it is lost when the segments are grouped anew (components.explainer.stability); None: unknown.
    """
    slopes = matrix("the gradients", gradients)
    sets = vectors.sets
    check_channels(sets[0], slopes)
    patients = None if groups is None else np.asarray(groups)
    if patients is not None and len(patients) != len(slopes):
        raise UsageError(f"{len(slopes)} gradients have {len(patients)} groups")

    null = _random_against_random(vectors, slopes)
    resampling = None if patients is None else resample(patients, draws, seed)
    found = []
    for place, (concept, directions, accuracies) in enumerate(zip(vectors.concepts, vectors.directions, vectors.accuracies, strict=True)):
        score = _measure(concept, sets, directions, accuracies, accuracies >= min_accuracy, slopes, null, resampling)
        if resampling is not None and origins is not None:
            kept = [other.mean(axis=0) for other, strong in zip(sets, score.strong, strict=True) if strong or score.p is None]
            drawn = _drawn_effect(concept, np.mean(kept, axis=0), np.asarray(origins[place], np.int64), slopes, resampling)
            score = replace(score, effect_interval=interval(drawn))
        found.append(score)
    lost = [False] * len(found) if dissolves is None else dissolves
    tested = zip(found, corrected([score.p for score in found]), lost, strict=True)
    return [replace(score, q=q, verdict=_verdict(score, q, floor, bool(gone))) for score, q, gone in tested]


@dataclass(frozen=True)
class _Null:
    """Random sets in the place of concepts: a score of each against one other, and its effect against all others."""

    scores: Floats
    effects: Floats


def _random_against_random(vectors: ConceptVectors, slopes: Floats) -> _Null:
    sets = vectors.sets
    scores = np.array([(slopes @ direction > 0).mean() for direction in vectors.random_directions])
    return _Null(scores, np.array([_effects(one, sets, slopes).sum() / (len(sets) - 1) for one in sets]))


def _effects(concept: Floats, sets: Sequence[Floats], slopes: Floats) -> Floats:
    """Return the effect of a concept against each random set: float64 [sets]; against itself it is 0."""
    gaps: Floats = concept.mean(axis=0) - np.stack([other.mean(axis=0) for other in sets])
    effects: Floats = gaps @ slopes.mean(axis=0)
    return effects


def _measure(
    concept: Floats,
    sets: Sequence[Floats],
    directions: Floats,
    accuracies: Floats,
    strong: npt.NDArray[np.bool_],
    slopes: Floats,
    null: _Null,
    resampling: Resampling | None,
) -> ConceptScore:
    weak = bool(strong.mean() < 0.5)
    kept = np.ones_like(strong) if weak else strong
    count = int(kept.sum())
    one_gradient = bool(np.ptp(slopes, axis=0).max() <= _ROUNDING * np.abs(slopes).max())
    derivatives = directions @ slopes.T
    rising = derivatives > 0
    scores = rising.mean(axis=1)
    sd = float(scores[kept].std(ddof=1))
    effects = _effects(concept, sets, slopes)
    effect = float(effects[kept].mean())
    of_examples = float((concept @ slopes.mean(axis=0)).var(ddof=1)) / len(concept)
    smaller = float(np.mean([len(other) for other in sets])) / len(concept)
    mean_direction = directions[kept].mean(axis=0)
    length = float(np.linalg.norm(mean_direction))
    published, one_more = welch(scores[kept], null.scores), one_draw(effect, count, null.effects, smaller)
    return ConceptScore(
        scores=scores,
        accuracies=accuracies,
        strong=strong,
        mean=float(scores[kept].mean()),
        sd=sd,
        standard_error=sd / count**0.5,
        one_gradient=one_gradient,
        interval=None if resampling is None or one_gradient else interval_of_share(_drawn_share(rising[kept].mean(axis=0), resampling)),
        sensitivity=float(derivatives[kept].mean()),
        effect=effect,
        effect_error=(of_examples + float(effects[kept].var(ddof=1)) / count) ** 0.5,
        effect_interval=None,
        random_scores=null.scores,
        p_scores=None if weak else published.p,
        p_set=None if weak else one_more.p,
        p=None if weak else agreed(published, one_more),
        q=None,
        verdict="weak",
        direction=mean_direction / length if length > 0 else mean_direction,
    )


def _drawn_share(by_image: Floats, resampling: Resampling) -> Sampled:
    means = drawn_means(by_image[:, None], resampling.index, resampling)[:, 0]
    return on_patients(means, "share", count_patients(resampling.index))


def _drawn_effect(concept: Floats, random: Floats, origins: npt.NDArray[np.int64], slopes: Floats, resampling: Resampling) -> Sampled:
    """Return the effect in every draw; it needs the patients that hold the concept's examples."""
    of_example = resampling.index[origins]
    gaps = drawn_means(concept, of_example, resampling) - random
    values = (gaps * drawn_means(slopes, resampling.index, resampling)).sum(axis=1)
    return Sampled(values, len(np.unique(of_example)))


def _verdict(score: ConceptScore, q: float | None, floor: float, gone: bool) -> Verdict:
    if q is None:
        return "weak"
    if q > LEVEL:
        return "not told from random"
    if math.isinf(floor):
        return "untrained networks overflow"
    if abs(score.effect) <= floor:
        return "as in untrained networks"
    if gone:
        return "dissolves"
    return "for the class" if score.effect > 0 else "against it"
