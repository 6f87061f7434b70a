"""The node `data_gate`: ExampleValidator only writes anomalies down; this node stops the run on them."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.data_gate import executor


class DataGateSpec(component_spec.ComponentSpec):
    """Inputs, outputs and properties of DataGate."""

    INPUTS = {"anomalies": component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies)}
    OUTPUTS = {"approval": component_spec.ChannelParameter(type=artifacts.DataApproval)}
    PARAMETERS = {"code_digest": component_spec.ExecutionParameter(type=str)}


class DataGate(base_component.BaseComponent):
    """Approves data without anomalies; whatever trains on the data waits for the approval."""

    SPEC_CLASS = DataGateSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(executor.Executor)

    def __init__(self, anomalies: channel.BaseChannel, code_digest: str):
        """Wire the component.

        Args:
          anomalies: channel of ExampleAnomalies, from ExampleValidator.
          code_digest: digest of the source behind this node, so that the cache sees code.
        Outputs:
          approval: channel of DataApproval (`approval.json`); the node fails with DataRefusedError instead where a split has an anomaly.
        """
        spec = DataGateSpec(anomalies=anomalies, code_digest=code_digest, approval=channel.Channel(type=artifacts.DataApproval))
        super().__init__(spec=spec)
