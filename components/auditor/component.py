"""The node that audits a model."""

import json
from collections.abc import Sequence

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.auditor import executor
from components.auditor.config import AuditorConfig
from components.base.artifacts import Audit, Predictions
from components.phantom.config import PhantomConfig


class AuditorSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of the node."""

    PARAMETERS = {
        "config": component_spec.ExecutionParameter(type=str),
        "seed": component_spec.ExecutionParameter(type=int),
        "least_in_pair": component_spec.ExecutionParameter(type=int),
        "phantom": component_spec.ExecutionParameter(type=str),
        "slices": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "transformed_examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "predictions": component_spec.ChannelParameter(type=Predictions),
    }
    OUTPUTS = {"audit": component_spec.ChannelParameter(type=Audit)}


class Auditor(base_component.BaseComponent):
    """Say what can be scored without looking at the lungs, and how far the model exceeds it."""

    SPEC_CLASS = AuditorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        transformed_examples: channel.BaseChannel,
        model: channel.BaseChannel,
        predictions: channel.BaseChannel,
        config: AuditorConfig,
        seed: int,
        least_in_pair: int,
        phantom: PhantomConfig | None,
        slices: Sequence[Sequence[str]],
        code_digest: str,
    ) -> None:
        """Wire the node.

        Args:
          examples: a channel of type `standard_artifacts.Examples`, as ingested, with the splits train, eval and test.
          transformed_examples: a channel of the same type and splits, of the same images.
          model: a channel of type `standard_artifacts.Model`, with `keras/model.keras` and `keras/model.json` in it.
          predictions: a channel of type `cxr.Predictions`, of the same model.
          config: of the audit.
          seed: of the images that floors are trained on, where there are too many, and of the draws of patients.
          least_in_pair: images of each of two classes that a source needs for a comparison inside it, as the assessor has it.
          phantom: of the built-in phantom, whose lungs are known; None for other data.
          slices: crossings of features whose intervals the gate asks for, see `components.gate.decide.threshold_slices`.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          audit: a channel of type `cxr.Audit`.
        """
        spec = AuditorSpec(
            examples=examples,
            transformed_examples=transformed_examples,
            model=model,
            predictions=predictions,
            config=config.model_dump_json(),
            seed=seed,
            least_in_pair=least_in_pair,
            phantom=phantom.model_dump_json() if phantom else "",
            slices=json.dumps([list(names) for names in slices]),
            code_digest=code_digest,
            audit=channel.Channel(type=Audit),
        )
        super().__init__(spec=spec)
