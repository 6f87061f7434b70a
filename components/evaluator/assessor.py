"""The node `assessor`: everything that the predictions say of the model, with intervals."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec

from components.base import artifacts
from components.evaluator import assessor_executor
from components.evaluator.config import EvaluatorConfig


class AssessorSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of Assessor."""

    INPUTS = {"predictions": component_spec.ChannelParameter(type=artifacts.Predictions)}
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

    def __init__(self, predictions: channel.BaseChannel, config: EvaluatorConfig, seed: int, code_digest: str):
        """Wire the component.

        Args:
          predictions: channel of Predictions, from PredictionsWriter.
          config: the evaluator's section.
          seed: of all that is drawn.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          assessment: channel of Assessment (`assessment.json`).
        """
        spec = AssessorSpec(
            predictions=predictions,
            config=config.model_dump_json(),
            seed=seed,
            code_digest=code_digest,
            assessment=channel.Channel(type=artifacts.Assessment),
        )
        super().__init__(spec=spec)
