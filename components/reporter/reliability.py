"""The charts of calibration: how often answers of a probability are right, and how sure the answers are."""

from collections.abc import Mapping

from components.evaluator.assessment import Assessment, Calibration
from components.reporter.axes import Scale, nice_ticks, tick_text
from components.reporter.collect_predictions import Sureness
from components.reporter.figures import Chart, Dot, Line, Tick, stacked_bars
from components.reporter.formats import sentence
from components.reporter.wording import Wording


def calibration_charts(assessment: Assessment, sureness: Sureness, of: Wording) -> tuple[Chart, ...]:
    """Lay out the reliability curve of all images, beside it with or without the temperature, and how sure right and wrong answers are."""
    curves = {words: entries[0] for words, entries in assessment.calibrations.items()}
    title = f"{sentence(of.image)}s by probability of the answer"
    return (
        reliability_chart("Share of right answers", curves),
        stacked_bars(title, sureness.edges, {"right": sureness.right, "wrong": sureness.wrong}, "probability of the answer"),
    )


def reliability_chart(title: str, curves: Mapping[str, Calibration]) -> Chart:
    """Lay out the bins of calibrations, the first with the intervals of its bins.

    Args:
      title: of the chart.
      curves: name to calibration.
    Returns:
      The chart, both axes from 0 to 1; on the diagonal a probability is kept.
    """
    frame = Chart(title, "", "mean probability of the answer", (), ())
    across, down = Scale(0, 1, frame.left, frame.right), Scale(0, 1, frame.bottom, frame.top)
    lines = [Line("kept", "diagonal", f"M{across(0):g} {down(0):g}L{across(1):g} {down(1):g}")]
    dots: list[Dot] = []
    told = []
    for index, (name, calibration) in enumerate(curves.items()):
        bins = [(entry, across(entry.confidence), entry.accuracy) for entry in calibration.bins if entry.accuracy.value is not None]
        if index == 0:
            lines += [
                Line(f"interval of {name}", "interval", f"M{x:g} {down(figure.low):g}L{x:g} {down(figure.high):g}")
                for _, x, figure in bins
                if figure.low is not None and figure.high is not None
            ]
        points = [(x, down(figure.value or 0.0)) for _, x, figure in bins]
        lines.append(Line(name, f"s{index}", "".join(f"{'L' if place else 'M'}{x:g} {y:g}" for place, (x, y) in enumerate(points))))
        dots += [
            Dot(x, y, f"s{index}", f"{name}: {entry.n} answers of {entry.confidence:.3f} on average, {figure.value or 0.0:.3f} right")
            for (entry, _, figure), (x, y) in zip(bins, points, strict=True)
        ]
        told.append(f"{name} in {len(bins)} bins, expected calibration error {calibration.ece.value or 0.0:.3f}")
    ticks = nice_ticks(0, 1)
    return Chart(
        title=title,
        description=f"{title}: {'; '.join(told)}.",
        x_label=frame.x_label,
        x_ticks=tuple(Tick(across(tick), tick_text(tick)) for tick in ticks),
        y_ticks=tuple(Tick(down(tick), tick_text(tick)) for tick in ticks),
        lines=tuple(lines),
        dots=tuple(dots),
        legend=tuple((name, f"s{index}") for index, name in enumerate(curves)),
    )
