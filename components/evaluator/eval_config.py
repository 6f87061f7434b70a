"""TFMA's configuration: which metrics, on which slices.

It holds no threshold. TFMA can express neither a bound on the macro recall by argmax, nor a least number of images, nor a
slice that is absent; the gate decides from the slice table instead, and Evaluator writes no blessing of its own.
"""

import json
from collections.abc import Sequence

from tensorflow_model_analysis.proto import config_pb2

from components.base.source_digest import source_digest
from components.evaluator.config import EvaluatorConfig
from components.evaluator.slice_names import AGE_BAND, expand, slice_feature
from schemas import features

_AUC_MODULE = "components.evaluator.auc"


def make_eval_config(
    classes: Sequence[str], config: EvaluatorConfig, further_slices: Sequence[Sequence[str]] = ()
) -> config_pb2.EvalConfig:
    """Make the configuration of TFX's Evaluator.

    The one ModelSpec has no name: TFMA then names it "candidate" and adds "baseline" where the Resolver finds a blessed
    model, and leaves both names out where it does not.

    Args:
      classes: class names; `label_index` counts in their order.
      config: the evaluator's section; a name that is no feature of ours is an extra csv column. Crossings with age bands are
        left out: TFMA slices by what the examples hold, which is the age in years.
      further_slices: crossings that thresholds need besides; `components.gate.decide.validate_thresholds` refuses age bands there.
    """
    crossings = expand(crossing for crossing in (*config.slices, *further_slices) if crossing and AGE_BAND not in crossing)
    auc = {"class_count": len(classes), "code_digest": source_digest(_AUC_MODULE)}
    return config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                model_type="tf_generic",
                signature_name="serving_default",
                prediction_key="probabilities",
                label_key=features.LABEL_INDEX,
            )
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=[slice_feature(name) for name in crossing]) for crossing in crossings),
        ],
        metrics_specs=[
            config_pb2.MetricsSpec(
                metrics=[
                    config_pb2.MetricConfig(class_name="ExampleCount"),
                    config_pb2.MetricConfig(class_name="SparseCategoricalAccuracy"),
                    # Without the threshold 0 an image whose best probability is below 0.5 would count as not predicted.
                    config_pb2.MetricConfig(class_name="MultiClassConfusionMatrixAtThresholds", config='{"thresholds": [0.0]}'),
                    config_pb2.MetricConfig(class_name="ExactAuc", module=_AUC_MODULE, config=json.dumps(auc)),
                ]
            ),
        ],
    )
