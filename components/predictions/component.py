"""The node `predictions`: what intervals, auditor and report read, written once."""

import json
from collections.abc import Sequence

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.predictions import executor


class PredictionsWriterSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of PredictionsWriter."""

    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
    }
    OUTPUTS = {"predictions": component_spec.ChannelParameter(type=artifacts.Predictions)}
    PARAMETERS = {
        "classes": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }


class PredictionsWriter(base_component.BaseComponent):
    """Writes probabilities and embedding of every eval and test image."""

    SPEC_CLASS = PredictionsWriterSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(self, examples: channel.BaseChannel, model: channel.BaseChannel, classes: Sequence[str], code_digest: str):
        """Wire the component.

        Args:
          examples: channel of Examples, the raw ones, from ImportExampleGen.
          model: channel of Model, from Trainer.
          classes: class names in the order of `label_index`.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          predictions: channel of Predictions (`predictions.npz`).
        """
        spec = PredictionsWriterSpec(
            examples=examples,
            model=model,
            classes=json.dumps(list(classes)),
            code_digest=code_digest,
            predictions=channel.Channel(type=artifacts.Predictions),
        )
        super().__init__(spec=spec)
