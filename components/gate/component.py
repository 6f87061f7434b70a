"""The node `gate`: the one place where a model is blessed."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.gate import executor
from components.gate.config import GateConfig


class GateSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of Gate."""

    INPUTS = {
        "slices": component_spec.ChannelParameter(type=artifacts.SliceMetrics),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "baseline_model": component_spec.ChannelParameter(type=standard_artifacts.Model, optional=True),
        "audit": component_spec.ChannelParameter(type=artifacts.Audit, optional=True),
    }
    OUTPUTS = {"blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing)}
    PARAMETERS = {
        "config": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }


class Gate(base_component.BaseComponent):
    """Blesses a model that meets every threshold; Pusher and the Resolver take its blessing."""

    SPEC_CLASS = GateSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(
        self,
        slices: channel.BaseChannel,
        model: channel.BaseChannel,
        config: GateConfig,
        code_digest: str,
        baseline_model: channel.BaseChannel | None = None,
        audit: channel.BaseChannel | None = None,
    ):
        """Wire the component.

        Args:
          slices: channel of SliceMetrics, from SliceTable.
          model: channel of Model, from Trainer.
          config: the thresholds.
          code_digest: digest of the source behind this node, so that the cache sees code.
          baseline_model: channel of Model, the last blessed one, from the Resolver; it may be empty, and only the blessing's
            properties name it: its metrics are in `slices`.
          audit: channel of Audit, from Auditor; without it, what the configuration asks of an audit is not met.
        Outputs:
          blessing: channel of ModelBlessing (`BLESSED` or `NOT_BLESSED`, and `gate.json`).
        """
        spec = GateSpec(
            slices=slices,
            model=model,
            baseline_model=baseline_model,
            audit=audit,
            config=config.model_dump_json(),
            code_digest=code_digest,
            blessing=channel.Channel(type=standard_artifacts.ModelBlessing),
        )
        super().__init__(spec=spec)
