"""The effects and TCAV scores of a class's concepts as bars on one scale each, so that concepts can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.reporter import formats
from components.reporter.axes import Scale, nice_ticks
from components.reporter.collect_concepts import Concept

_WIDTH, _EDGE = 180.0, 6.0
# Of the round numbers between which the scale ends: many, so that it ends close to the bars.
_STEPS = 9


@dataclass(frozen=True)
class ConceptBar:
    """Positions in a view box of `width`.

    Attributes:
      width: of the view box, of which `edge` is left free on either side.
      edge: as there.
      left: of the bar, which begins or ends at 0.
      length: of the bar.
      low: left end of the line of its error.
      high: right end.
      spread: whether the line is a standard error, not an interval over patients.
      mark: what to compare with: an effect of 0, or the mean score of random sets.
      text: is read out in place of the picture.
    """

    width: float
    edge: float
    left: float
    length: float
    low: float
    high: float
    spread: bool
    mark: float
    text: str


@dataclass(frozen=True)
class ConceptBars:
    """The bars of one class.

    Attributes:
      low: left end of the scale of the effects, at most 0; that of the scores goes from 0 to 1.
      high: its right end, at least 0.
      effects: of each concept, in their order.
      scores: of each concept; None where all images have one gradient, so that a score is no share of images.
    """

    low: float
    high: float
    effects: tuple[ConceptBar, ...]
    scores: tuple[ConceptBar | None, ...]

    @property
    def has_spread(self) -> bool:
        """Whether some bar has no interval over patients."""
        return any(bar is not None and bar.spread for bar in (*self.effects, *self.scores))


@dataclass(frozen=True)
class _Error:
    low: float
    high: float
    words: str
    spread: bool


def concept_bars(concepts: Sequence[Concept]) -> ConceptBars:
    """Lay out a bar from 0 for each concept, with the interval over patients; where there is none, with the standard error."""
    errors = [_effect_error(concept) for concept in concepts]
    edges = [0.0, *(concept.effect for concept in concepts), *(end for error in errors for end in (error.low, error.high))]
    ticks = nice_ticks(min(edges), max(edges), count=_STEPS)
    effects = tuple(
        _bar(concept.effect, error, (ticks[0], ticks[-1]), 0.0, f"effect {formats.signed(concept.effect)}, {error.words}")
        for concept, error in zip(concepts, errors, strict=True)
    )
    return ConceptBars(ticks[0], ticks[-1], effects, tuple(None if concept.one_gradient else _score_bar(concept) for concept in concepts))


def _effect_error(concept: Concept) -> _Error:
    if concept.effect_low is not None and concept.effect_high is not None:
        ends = f"{formats.signed(concept.effect_low)} to {formats.signed(concept.effect_high)}"
        return _Error(concept.effect_low, concept.effect_high, f"95 % interval over patients {ends}", spread=False)
    if concept.effect_error is None:
        return _Error(concept.effect, concept.effect, "without its error", spread=False)
    words = f"standard error over examples and random sets {formats.score(concept.effect_error)}"
    return _Error(concept.effect - concept.effect_error, concept.effect + concept.effect_error, words, spread=True)


def _score_bar(concept: Concept) -> ConceptBar:
    if concept.low is not None and concept.high is not None:
        ends = f"{formats.score(concept.low)} to {formats.score(concept.high)}"
        error = _Error(concept.low, concept.high, f"95 % interval over patients {ends}", spread=False)
    else:
        low, high = max(0.0, concept.score - concept.standard_error), min(1.0, concept.score + concept.standard_error)
        error = _Error(low, high, f"standard error over random sets {formats.score(concept.standard_error)}", spread=True)
    text = f"TCAV score {formats.score(concept.score)}, {error.words}; random sets {formats.score(concept.random_score)}"
    return _bar(concept.score, error, (0.0, 1.0), concept.random_score, text)


def _bar(value: float, error: _Error, ends: tuple[float, float], mark: float, text: str) -> ConceptBar:
    scale = Scale(*ends, _EDGE, _WIDTH - _EDGE)
    left, right = sorted((scale(0.0), scale(value)))
    return ConceptBar(
        width=_WIDTH,
        edge=_EDGE,
        left=left,
        length=round(right - left, 2),
        low=scale(error.low),
        high=scale(error.high),
        spread=error.spread,
        mark=scale(mark),
        text=f"{text}, drawn from {ends[0]:g} to {ends[1]:g}",
    )
