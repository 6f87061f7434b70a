from components.evaluator.assessment import Bin, Calibration, Figure
from components.reporter.reliability import reliability_chart

FIGURE = Figure(value=0.1, low=0.0, high=0.2)


def calibration(*points: tuple[float, Figure]) -> Calibration:
    bins = [Bin(low=0.3, high=1.0, n=4, confidence=confidence, accuracy=accuracy) for confidence, accuracy in points]
    return Calibration(slice={}, n=8, brier=FIGURE, log_loss=FIGURE, ece=FIGURE, ece_by_chance=0.1, bins=bins)


def test_a_right_probability_lies_on_the_diagonal_with_its_interval() -> None:
    chart = reliability_chart("Right", {"as it is": calibration((0.5, Figure(value=0.5, low=0.0, high=1.0)))})
    diagonal, interval, curve = chart.lines
    assert diagonal.path == f"M{chart.left:g} {chart.bottom:g}L{chart.right:g} {chart.top:g}"
    across, down = (chart.left + chart.right) / 2, (chart.top + chart.bottom) / 2
    assert interval.path == f"M{across:g} {chart.bottom:g}L{across:g} {chart.top:g}"
    assert curve.path == f"M{across:g} {down:g}"
    assert (chart.dots[0].x, chart.dots[0].y) == (across, down)


def test_only_the_first_curve_bears_intervals() -> None:
    one = calibration((0.5, FIGURE), (0.8, Figure(value=0.7, low=None, high=None, note="fewer than 10 patients")))
    chart = reliability_chart("Right", {"as it is": one, "after": one})
    assert [line.kind for line in chart.lines] == ["diagonal", "interval", "s0", "s1"]
    assert len(chart.dots) == 4
    assert chart.legend == (("as it is", "s0"), ("after", "s1"))
    assert "after in 2 bins, expected calibration error 0.100" in chart.description
