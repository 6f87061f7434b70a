"""The node `assessor`: everything that the predictions say of the model, with intervals."""

from collections.abc import Sequence

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.evaluator import assessor_executor
from components.evaluator.config import EvaluatorConfig, validate_labels


class AssessorSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of Assessor."""

    INPUTS = {
        "predictions": component_spec.ChannelParameter(type=artifacts.Predictions),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
    }
    OUTPUTS = {"assessment": component_spec.ChannelParameter(type=artifacts.Assessment)}
    PARAMETERS = {
        "config": component_spec.ExecutionParameter(type=str),
        "seed": component_spec.ExecutionParameter(type=int),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }


class Assessor(base_component.BaseComponent):
    """Writes the measures that the report, the gate and `python -m components.evaluator` read."""

    SPEC_CLASS = AssessorSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(assessor_executor.Executor)

    def __init__(
        self,
        predictions: channel.BaseChannel,
        model: channel.BaseChannel,
        config: EvaluatorConfig,
        classes: Sequence[str],
        seed: int,
        code_digest: str,
    ):
        """Wire the component.

        Args:
          predictions: channel of Predictions, from PredictionsWriter.
          model: channel of Model, from Trainer: the same model; whether its probabilities hold a temperature stands beside it.
          config: the evaluator's section.
          classes: class names, among which those of operating points and prevalences must be.
          seed: of all that is drawn.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          assessment: channel of Assessment (`assessment.json`).
        Raises:
          UsageError: the configuration names a class that is not there.
        """
        validate_labels(config, classes)
        spec = AssessorSpec(
            predictions=predictions,
            model=model,
            config=config.model_dump_json(),
            seed=seed,
            code_digest=code_digest,
            assessment=channel.Channel(type=artifacts.Assessment),
        )
        super().__init__(spec=spec)
