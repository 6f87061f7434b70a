"""The node that explains predictions."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base.artifacts import Explanations, Predictions
from components.explainer import executor


class ExplainerSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of the node."""

    PARAMETERS = {
        "config": component_spec.ExecutionParameter(type=str),
        "seed": component_spec.ExecutionParameter(type=int),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }
    INPUTS = {
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "transformed_examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "predictions": component_spec.ChannelParameter(type=Predictions),
    }
    OUTPUTS = {"explanations": component_spec.ChannelParameter(type=Explanations)}


class Explainer(base_component.BaseComponent):
    """Explain a stratified sample of the test split's predictions."""

    SPEC_CLASS = ExplainerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(
        self,
        model: channel.BaseChannel,
        transformed_examples: channel.BaseChannel,
        predictions: channel.BaseChannel,
        config: str,
        seed: int,
        code_digest: str,
    ) -> None:
        """Wire the node.

        Args:
          model: a channel of type `standard_artifacts.Model`, with `keras/model.keras` and `keras/model.json` in it.
          transformed_examples: a channel of type `standard_artifacts.Examples` with the split "test".
          predictions: a channel of type `cxr.Predictions`, of the same model.
          config: `ExplainerConfig` as JSON.
          seed: of the sample of images.
          code_digest: digest of the source behind this node, so that the cache sees code.
        """
        spec = ExplainerSpec(
            model=model,
            transformed_examples=transformed_examples,
            predictions=predictions,
            config=config,
            seed=seed,
            code_digest=code_digest,
            explanations=channel.Channel(type=Explanations),
        )
        super().__init__(spec=spec)
