"""The node `slices`: the metrics of Evaluator as one table."""

import json
from collections.abc import Sequence

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.evaluator import executor


class SliceTableSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of SliceTable."""

    INPUTS = {"evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation)}
    OUTPUTS = {"slices": component_spec.ChannelParameter(type=artifacts.SliceMetrics)}
    PARAMETERS = {
        "classes": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }


class SliceTable(base_component.BaseComponent):
    """Writes the metrics by slice that the gate, the report and `python -m components.evaluator` read."""

    SPEC_CLASS = SliceTableSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(self, evaluation: channel.BaseChannel, classes: Sequence[str], code_digest: str):
        """Wire the component.

        Args:
          evaluation: channel of ModelEvaluation, from Evaluator run with `make_eval_config`.
          classes: class names in the order of `label_index`.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          slices: channel of SliceMetrics (`slices.json`).
        """
        spec = SliceTableSpec(
            evaluation=evaluation,
            classes=json.dumps(list(classes)),
            code_digest=code_digest,
            slices=channel.Channel(type=artifacts.SliceMetrics),
        )
        super().__init__(spec=spec)
