import pytest

from components.evaluator.assessment import Assessment, Figure, OperatingPoint, SliceFigures, Temperature
from components.external.wording import SCORED
from components.reporter.shortfalls import shortfall_gaps, shortfalls
from components.reporter.wording import TEST

FINE = Figure(value=1, low=0.9, high=1)


def point(aim: str, wanted: float, found: Figure) -> OperatingPoint:
    measured = {"sensitivity": FINE, "specificity": FINE} | {aim: found}
    values = dict.fromkeys(("positive_predictive_value", "negative_predictive_value"), FINE)
    return OperatingPoint(label="covid19", aim=aim, wanted=wanted, threshold=0.4, on_eval={aim: 1.0}, prevalence=None, **measured, **values)


def assessment(*points: OperatingPoint) -> Assessment:
    row = SliceFigures(
        slice={}, n=53, patients=20, class_counts={"normal": 35, "covid19": 18}, metrics={}, confusion=[], confusion_shares=[]
    )
    return Assessment(
        classes=("normal", "covid19"),
        draws=100,
        seed=7,
        level=0.95,
        splits={},
        within_source=[],
        slices=[row],
        operating_points=list(points),
        calibration=[],
        temperature=Temperature(value=None, note="", eval_log_loss=None, after=[]),
    )


@pytest.mark.parametrize(
    ("high", "note", "told"),
    [
        (0.903, "", "Its interval, 0.465 to 0.903, does not hold 0.95."),
        (0.96, "", "Its interval, 0.465 to 0.960, holds 0.95: that may be chance."),
        (None, "fewer than 10 patients", "There is no interval to tell whether that is chance (fewer than 10 patients)."),
    ],
)
def test_a_sensitivity_that_test_misses_is_told_with_its_size_and_its_interval(high, note, told) -> None:
    found = assessment(point("sensitivity", 0.95, Figure(value=13 / 18, low=0.465 if high else None, high=high, note=note)))
    assert shortfalls(found, TEST) == [
        "The sensitivity of 0.95 that was asked for covid19 is not reached: the sensitivity is 1.000 on eval and "
        f"0.722 on 18 test images of covid19, 0.23 short of it. {told}"
    ]
    assert shortfall_gaps(found, TEST) == ["to reach the sensitivity of 0.95 that was asked for covid19 (0.722 on the test split)"]


def test_a_specificity_is_of_the_other_images() -> None:
    found = assessment(point("specificity", 0.9, Figure(value=0.8, low=0.7, high=0.88)))
    assert "0.800 on 35 scored images not of covid19, 0.1 short of it." in shortfalls(found, SCORED)[0]


def test_two_are_one_item_and_none_is_none() -> None:
    low = Figure(value=0.8, low=0.7, high=0.88)
    both = assessment(point("sensitivity", 0.95, low), point("specificity", 0.9, low))
    (item,) = shortfall_gaps(both, TEST)
    assert item.count(" and the specificity of 0.9 that was asked for covid19 (0.800 on the test split)") == 1
    undefined = Figure(value=None, low=None, high=None, note="n/a (no covid19 image)")
    reached = assessment(point("sensitivity", 0.95, Figure(value=0.95, low=0.9, high=1)), point("specificity", 0.9, undefined))
    assert (shortfalls(reached, TEST), shortfall_gaps(reached, TEST)) == ([], [])
