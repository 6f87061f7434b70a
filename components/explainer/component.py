"""The node that explains predictions."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base.artifacts import Concepts, Explanations, Predictions
from components.explainer import executor
from components.phantom.config import PhantomConfig


class ExplainerSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of the node."""

    PARAMETERS = {
        "config": component_spec.ExecutionParameter(type=str),
        "seed": component_spec.ExecutionParameter(type=int),
        "phantom": component_spec.ExecutionParameter(type=str),
        "phantom_dir": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "transformed_examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "predictions": component_spec.ChannelParameter(type=Predictions),
    }
    OUTPUTS = {
        "explanations": component_spec.ChannelParameter(type=Explanations),
        "concepts": component_spec.ChannelParameter(type=Concepts),
    }


class Explainer(base_component.BaseComponent):
    """Explain predictions of the test split: Grad-CAM of a sample, concepts of classes, and how far both can be trusted."""

    SPEC_CLASS = ExplainerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(
        self,
        examples: channel.BaseChannel,
        model: channel.BaseChannel,
        transformed_examples: channel.BaseChannel,
        predictions: channel.BaseChannel,
        config: str,
        seed: int,
        phantom: PhantomConfig | None,
        phantom_dir: str,
        code_digest: str,
    ) -> None:
        """Wire the node.

        Args:
          examples: a channel of type `standard_artifacts.Examples`, as ingested, with the split "test", and any boxes.
          model: a channel of type `standard_artifacts.Model`, with `keras/model.keras` and `keras/model.json` in it.
          transformed_examples: a channel of type `standard_artifacts.Examples` with the split "test".
          predictions: a channel of type `cxr.Predictions`, of the same model.
          config: `ExplainerConfig` as JSON.
          seed: of the samples of images and of all that is drawn.
          phantom: of the built-in phantom, whose lungs are known; None for other data.
          phantom_dir: its folder, where its lesions and marks are known; empty for other data.
          code_digest: digest of the source behind this node, so that the cache sees code.
        """
        spec = ExplainerSpec(
            examples=examples,
            model=model,
            transformed_examples=transformed_examples,
            predictions=predictions,
            config=config,
            seed=seed,
            phantom=phantom.model_dump_json() if phantom else "",
            phantom_dir=phantom_dir,
            code_digest=code_digest,
            explanations=channel.Channel(type=Explanations),
            concepts=channel.Channel(type=Concepts),
        )
        super().__init__(spec=spec)
