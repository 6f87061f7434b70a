import pytest

from components.base.errors import UsageError
from components.evaluator.slices import Slices, make_row
from components.gate.config import ChangeThreshold, GateConfig, ValueThreshold
from components.gate.decide import decide, decision, is_blessed, threshold_slices, validate_metric_name, validate_thresholds

CLASSES = ("normal", "covid19")


def whole(right, wrong, where=None):
    """A slice whose two classes have the same recall: right of right + wrong."""
    return make_row(where or {}, CLASSES, [[right, wrong], [wrong, right]], {"normal": 0.9, "covid19": 0.9})


COHEN = make_row({"source": "cohen"}, CLASSES, [[0, 0], [1, 3]], {})
SLICES = Slices(CLASSES, {"candidate": [whole(88, 12), COHEN]})
CLOSE = Slices(CLASSES, {"candidate": [whole(70, 30)], "baseline": [whole(80, 20)]})
AGAINST = Slices(CLASSES, {"candidate": [whole(88, 12), COHEN], "baseline": [whole(90, 10), COHEN]})


def thresholds(**given):
    """Thresholds alone: what asks for an audit has tests of its own."""
    return GateConfig(min_gap_over_blind_floors=None, **given)


def value(metric="macro_recall", bound=0.5, **more):
    return thresholds(value_thresholds=(ValueThreshold(metric=metric, lower_bound=bound, **more),), change_thresholds=())


def change(metric="macro_recall", drop=0.02, **more):
    return thresholds(value_thresholds=(), change_thresholds=(ChangeThreshold(metric=metric, max_drop=drop, **more),))


@pytest.mark.parametrize(
    ("slices", "config", "passed", "text"),
    [
        (SLICES, value(bound=0.88), True, "macro_recall of the whole test split is 0.880 on 200 images, at least 0.880."),
        (SLICES, value(bound=0.89), False, "macro_recall of the whole test split is 0.880 on 200 images, below 0.890."),
        (SLICES, value(bound=0.88004), False, "macro_recall of the whole test split is 0.88000 on 200 images, below 0.88004."),
        (SLICES, value(min_images=200), True, "macro_recall of the whole test split is 0.880 on 200 images, at least 0.500."),
        (SLICES, value(min_images=201), False, "The whole test split has 200 images, fewer than the 201 that the threshold asks for."),
        (SLICES, value(slice={"source": "nih"}), False, "No test image is in the slice source=nih."),
        (
            SLICES,
            value(slice={"source": "cohen"}),
            False,
            "macro_recall of the slice source=cohen is undefined (one class) on 4 images.",
        ),
        (
            SLICES,
            value("recall/covid19", 0.7, slice={"source": "cohen"}),
            True,
            "recall/covid19 of the slice source=cohen is 0.750 on 4 images, at least 0.700.",
        ),
        (
            SLICES,
            value("recall/covid19"),
            True,
            "recall/covid19 of the whole test split is 0.880 on 200 images, 100 of them covid19, at least 0.500.",
        ),
        (SLICES, change(slice={"source": "nih"}), False, "No test image is in the slice source=nih."),
        (
            AGAINST,
            change(),
            True,
            "macro_recall of the whole test split is 0.880 on 200 images "
            "after 0.900 of the earlier blessed model, no more than 0.02 lower.",
        ),
        (
            AGAINST,
            change(drop=0.01),
            False,
            "macro_recall of the whole test split is 0.880 on 200 images after 0.900 of the earlier blessed model, more than 0.01 lower.",
        ),
        (
            AGAINST,
            change("macro_auc", slice={"source": "cohen"}),
            False,
            "macro_auc of the slice source=cohen is undefined (one class) on 4 images.",
        ),
    ],
)
def test_thresholds(slices, config, passed, text):
    (check,) = decide(slices, config)
    assert (check.passed, check.text) == (passed, text)
    assert is_blessed([check]) is passed


def test_a_drop_of_exactly_the_limit_is_allowed():
    assert 0.8 - 0.1 > 0.7  # in binary
    assert is_blessed(decide(CLOSE, change(drop=0.1)))
    assert not is_blessed(decide(CLOSE, change(drop=0.0999)))


def test_decision_holds_what_was_measured():
    (check,) = decision(decide(AGAINST, change()))["checks"]
    assert check == {
        "kind": "change",
        "metric": "macro_recall",
        "slice": {},
        "bound": 0.02,
        "value": 0.88,
        "baseline": 0.9,
        "n": 200,
        "passed": True,
        "text": check["text"],
        "not_compared": "",
    }


def test_a_gate_without_any_threshold_blesses_nothing():
    assert not is_blessed([])


def test_without_an_earlier_model_there_is_nothing_to_compare_with():
    (check,) = made = decide(SLICES, change())
    assert (check.passed, check.failed, check.result) == (False, False, "nothing to compare")
    assert check.not_compared == "no earlier model was blessed on these data"
    assert check.text == "macro_recall of the whole test split: no earlier model was blessed on these data."
    assert (check.value, check.baseline) == (0.88, None)
    content = decision(made)
    assert content["blessed"] is False, "of this model nothing could be checked"
    assert content["checks"][0]["not_compared"] == check.not_compared
    assert is_blessed([check, *decide(SLICES, value(bound=0.5))])
    assert not is_blessed([check, *decide(SLICES, value(bound=0.99))])


def test_a_metric_that_only_the_earlier_model_lacks_did_not_drop():
    never = make_row({}, CLASSES, [[5, 0], [5, 0]], {"normal": 0.5, "covid19": 0.5})
    slices = Slices(CLASSES, {"candidate": [whole(5, 5)], "baseline": [never]})
    (check,) = decide(slices, change("precision/covid19"))
    assert (check.passed, check.failed, check.baseline) == (False, False, None)
    assert check.not_compared == "precision/covid19 of the whole test split is undefined for the earlier blessed model"
    assert check.text == f"{check.not_compared}: there is nothing to compare with."


def test_one_failure_is_enough():
    config = thresholds(
        value_thresholds=(ValueThreshold(metric="accuracy", lower_bound=0.5), ValueThreshold(metric="accuracy", lower_bound=0.99)),
        change_thresholds=(),
    )
    assert decision(decide(SLICES, config))["blessed"] is False
    assert decision(decide(SLICES, thresholds()))["blessed"] is True


def test_metric_names():
    for name in ("accuracy", "macro_auc", "recall/covid19", "auc/normal", "f1/normal"):
        validate_metric_name(name, CLASSES)
    with pytest.raises(UsageError, match="unknown metric 'macro_recal'; did you mean 'macro_recall'"):
        validate_metric_name("macro_recal", CLASSES)
    with pytest.raises(UsageError, match="did you mean 'recall/covid19'"):
        validate_metric_name("recall/covid", CLASSES)
    with pytest.raises(UsageError, match="it is one of accuracy, "):
        validate_metric_name("zzz", CLASSES)
    with pytest.raises(UsageError, match="unknown metric 'f2'"):
        decide(SLICES, value("f2"))


def test_slices_that_the_table_cannot_hold_are_refused_and_the_others_are_asked_for():
    config = value(slice={"source": "nih", "label": "flu"})
    with pytest.raises(UsageError, match=r"no class 'flu' for the slice source=nih, label=flu; the classes are normal, covid19"):
        validate_thresholds(config, CLASSES)
    assert threshold_slices(config) == [("label", "source")]
    for kind in (value, change):
        with pytest.raises(UsageError, match="gate: thresholds by age_band cannot be set"):
            validate_thresholds(kind(slice={"age_band": "0-17"}), CLASSES)
        with pytest.raises(UsageError, match="by 'quality' must name the flag; it is one of quality/flat, quality/inverted, "):
            validate_thresholds(kind(slice={"quality": "1"}), CLASSES)
    assert threshold_slices(GateConfig()) == []
