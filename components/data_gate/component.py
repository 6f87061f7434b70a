"""The node `data_gate`: stops the run on what ExampleValidator only writes down, and on thresholds that no test image can meet."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.data_gate import executor
from components.gate.config import GateConfig


class DataGateSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of DataGate."""

    INPUTS = {
        "anomalies": component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies),
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
    }
    OUTPUTS = {"approval": component_spec.ChannelParameter(type=artifacts.DataApproval)}
    PARAMETERS = {
        "gate": component_spec.ExecutionParameter(type=str),
        "code_digest": component_spec.ExecutionParameter(type=str),
    }


class DataGate(base_component.BaseComponent):
    """Approves data without anomalies whose test split holds what the gate asks for; whatever trains on the data waits for the approval."""

    SPEC_CLASS = DataGateSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(self, anomalies: channel.BaseChannel, statistics: channel.BaseChannel, gate: GateConfig, code_digest: str):
        """Wire the component.

        Args:
          anomalies: channel of ExampleAnomalies, from ExampleValidator.
          statistics: channel of ExampleStatistics, from StatisticsGen, divided by source.
          gate: the thresholds that the model will have to meet.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          approval: channel of DataApproval (`approval.json`). Instead the node fails with DataRefusedError where a split has an anomaly,
            and with UsageError where a threshold names a slice without a test image.
        """
        spec = DataGateSpec(
            anomalies=anomalies,
            statistics=statistics,
            gate=gate.model_dump_json(),
            code_digest=code_digest,
            approval=channel.Channel(type=artifacts.DataApproval),
        )
        super().__init__(spec=spec)
