"""Operating points that were reached on eval and are missed on the images that chose nothing."""

from collections.abc import Iterator

from components.evaluator.assessment import Assessment, Figure, OperatingPoint
from components.reporter import formats
from components.reporter.intervals_shown import interval_text, remark
from components.reporter.slice_tables import whole
from components.reporter.wording import Wording

# A share may miss what was wanted by rounding alone.
_ROUNDING = 1e-9


def shortfalls(assessment: Assessment, of: Wording) -> list[str]:
    """Say of each point that falls short by how much, on how many images, and what its interval says: a sentence or two each."""
    counts = whole(assessment).class_counts
    told = []
    for point, figure, value in _short(assessment):
        inside = counts[point.label] if point.aim == "sensitivity" else sum(counts.values()) - counts[point.label]
        images = f"{formats.plural(inside, of.image)} {'of' if point.aim == 'sensitivity' else 'not of'} {point.label}"
        told.append(
            f"The {_wanted(point)} is not reached: the {point.aim} is {formats.score(point.on_eval.get(point.aim))} on eval and "
            f"{formats.score(value)} on {images}, {point.wanted - value:.2g} short of it. {_interval(figure, point.wanted)}"
        )
    return told


def shortfall_gaps(assessment: Assessment, of: Wording) -> list[str]:
    """Say the same in one part of a sentence, or none."""
    missed = [f"the {_wanted(point)} ({formats.score(value)} on {of.all})" for point, _, value in _short(assessment)]
    return [f"to reach {formats.words(missed)}"] if missed else []


def _short(assessment: Assessment) -> Iterator[tuple[OperatingPoint, Figure, float]]:
    for point in assessment.operating_points:
        figure = point.sensitivity if point.aim == "sensitivity" else point.specificity
        if figure.value is not None and figure.value < point.wanted - _ROUNDING:
            yield point, figure, figure.value


def _wanted(point: OperatingPoint) -> str:
    return f"{point.aim} of {formats.plain(point.wanted)} that was asked for {point.label}"


def _interval(figure: Figure, wanted: float) -> str:
    interval = interval_text(figure)
    if figure.high is None or not interval:
        return f"There is no interval to tell whether that is chance ({remark(figure)})."
    if figure.high >= wanted - _ROUNDING:
        return f"Its interval, {interval}, holds {formats.plain(wanted)}: that may be chance."
    return f"Its interval, {interval}, does not hold {formats.plain(wanted)}."
