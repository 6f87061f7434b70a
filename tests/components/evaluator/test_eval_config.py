import pytest

from components.base.errors import UsageError
from components.evaluator.config import EvaluatorConfig
from components.evaluator.eval_config import make_eval_config
from components.evaluator.slice_names import slice_feature, validate_slice_names


def test_slices_of_the_configuration():
    config = make_eval_config(("a", "b"), EvaluatorConfig(slices=(("source",), ("sex", "label"))), [("source",), ("view",)])
    assert [list(spec.feature_keys) for spec in config.slicing_specs] == [[], ["source"], ["extra/sex", "label"], ["view"]]
    assert slice_feature("extra/sex") == "extra/sex"


def test_no_threshold_and_no_name():
    config = make_eval_config(("a", "b"), EvaluatorConfig())
    assert [spec.name for spec in config.model_specs] == [""]
    assert not any(metric.HasField("threshold") for spec in config.metrics_specs for metric in spec.metrics)


def test_slices_by_unknown_names_are_refused():
    validate_slice_names([("source", "label"), ("sex",), ("extra/sex",)], ["sex"])
    with pytest.raises(UsageError, match="no slices by 'sorce'; did you mean 'source'"):
        validate_slice_names([("label", "sorce")], [])
    with pytest.raises(UsageError, match="no slices by 'zzzz'; there are source, "):
        validate_slice_names([("zzzz",)], ["sex"])
