import pytest

from components.base.errors import UsageError
from components.evaluator.config import EvaluatorConfig, validate_labels
from components.evaluator.eval_config import make_eval_config
from components.evaluator.slice_names import slice_feature, validate_slice_names


def test_slices_of_the_configuration():
    config = make_eval_config(("a", "b"), EvaluatorConfig(slices=(("source",), ("scanner", "label"))), [("source",), ("view",)])
    assert [list(spec.feature_keys) for spec in config.slicing_specs] == [[], ["source"], ["extra/scanner", "label"], ["view"]]
    assert slice_feature("extra/scanner") == "extra/scanner"


def test_flags_are_written_out_and_age_bands_left_to_the_predictions():
    config = make_eval_config(("a", "b"), EvaluatorConfig(slices=(("sex",), ("age_band", "sex"), ("quality",))), [("sex",)])
    flags = [["quality/flat"], ["quality/inverted"], ["quality/colour_overlay"], ["quality/lateral"], ["quality/burnt_in"]]
    assert [list(spec.feature_keys) for spec in config.slicing_specs] == [[], ["sex"], *flags]


def test_no_threshold_and_no_name():
    config = make_eval_config(("a", "b"), EvaluatorConfig())
    assert [spec.name for spec in config.model_specs] == [""]
    assert not any(metric.HasField("threshold") for spec in config.metrics_specs for metric in spec.metrics)


def test_slices_by_unknown_names_are_refused():
    validate_slice_names([("source", "label"), ("sex",), ("scanner",), ("extra/scanner",), ("age_band",), ("quality",)], ["scanner"])
    with pytest.raises(UsageError, match="no slices by 'sorce'; did you mean 'source'"):
        validate_slice_names([("label", "sorce")], [])
    with pytest.raises(UsageError, match="no slices by 'zzzz'; there are source, "):
        validate_slice_names([("zzzz",)], ["scanner"])
    with pytest.raises(UsageError, match="take 'age_band'"):
        validate_slice_names([("age",)], [])
    with pytest.raises(UsageError, match="write 'extra/quality' for the column"):
        validate_slice_names([("quality",)], ["quality"])


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"operating_points": [{"label": "a"}]}, "wants a sensitivity or a specificity, and not both"),
        ({"operating_points": [{"label": "a", "sensitivity": 0.9, "specificity": 0.9}]}, "and not both"),
        ({"operating_points": [{"label": "a", "sensitivity": 0}]}, "greater than 0"),
        ({"prevalence": {"a": 1}}, "a share between 0 and 1, not 1"),
    ],
)
def test_aims_that_make_no_sense_are_refused(section, message):
    with pytest.raises(ValueError, match=message):
        EvaluatorConfig(**section)


def test_aims_for_other_classes_are_refused():
    config = EvaluatorConfig(operating_points=[{"label": "a", "sensitivity": 0.9}], prevalence={"c": 0.1})
    validate_labels(config, ("a", "c"))
    with pytest.raises(UsageError, match=r"evaluator.prevalence: 'c' is no class; there are a, b"):
        validate_labels(config, ("a", "b"))
    with pytest.raises(UsageError, match=r"evaluator.operating_points: 'a' is no class"):
        validate_labels(config, ("b", "c"))
