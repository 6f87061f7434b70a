"""The Reporter component."""

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, component_spec, standard_artifacts

from components.base import artifacts
from components.reporter.executor import Executor


class ReporterSpec(component_spec.ComponentSpec):
    """Inputs, outputs and parameters of Reporter."""

    PARAMETERS = {
        "code_digest": component_spec.ExecutionParameter(type=str),
        "records_dir": component_spec.ExecutionParameter(type=str),
        "tuning_dir": component_spec.ExecutionParameter(type=str),
        "config_yaml": component_spec.ExecutionParameter(type=str),
        "metadata_path": component_spec.ExecutionParameter(type=str),
        "phantom": component_spec.ExecutionParameter(type=int),
        "seed": component_spec.ExecutionParameter(type=int),
    }
    INPUTS = {
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        "inferred_schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
        "curated_schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
        "anomalies": component_spec.ChannelParameter(type=standard_artifacts.ExampleAnomalies),
        "model_run": component_spec.ChannelParameter(type=standard_artifacts.ModelRun),
        "slices": component_spec.ChannelParameter(type=artifacts.SliceMetrics),
        "assessment": component_spec.ChannelParameter(type=artifacts.Assessment),
        "audit": component_spec.ChannelParameter(type=artifacts.Audit),
        "predictions": component_spec.ChannelParameter(type=artifacts.Predictions),
        "explanations": component_spec.ChannelParameter(type=artifacts.Explanations),
        "concepts": component_spec.ChannelParameter(type=artifacts.Concepts),
        "blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
        "pushed_model": component_spec.ChannelParameter(type=standard_artifacts.PushedModel, optional=True),
    }
    OUTPUTS = {"report": component_spec.ChannelParameter(type=artifacts.Report)}


class Reporter(base_component.BaseComponent):
    """Render one self-contained HTML report of a run.

    Component `outputs` contains:
      - `report`: Channel of type `artifacts.Report`: `report.html`, and `report.json` with every number on it.
    """

    SPEC_CLASS = ReporterSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        statistics: channel.BaseChannel,
        inferred_schema: channel.BaseChannel,
        curated_schema: channel.BaseChannel,
        anomalies: channel.BaseChannel,
        model_run: channel.BaseChannel,
        slices: channel.BaseChannel,
        assessment: channel.BaseChannel,
        audit: channel.BaseChannel,
        predictions: channel.BaseChannel,
        explanations: channel.BaseChannel,
        concepts: channel.BaseChannel,
        blessing: channel.BaseChannel,
        code_digest: str,
        records_dir: str,
        tuning_dir: str,
        config_yaml: str,
        metadata_path: str,
        phantom: int,
        seed: int,
        pushed_model: channel.BaseChannel | None = None,
    ):
        """Wire the component.

        Args:
          statistics: Channel of type `standard_artifacts.ExampleStatistics`.
          inferred_schema: Channel of type `standard_artifacts.Schema`, of SchemaGen.
          curated_schema: Channel of type `standard_artifacts.Schema`, of ImportSchemaGen.
          anomalies: Channel of type `standard_artifacts.ExampleAnomalies`.
          model_run: Channel of type `standard_artifacts.ModelRun`, of Trainer.
          slices: Channel of type `artifacts.SliceMetrics`.
          assessment: Channel of type `artifacts.Assessment`.
          audit: Channel of type `artifacts.Audit`.
          predictions: Channel of type `artifacts.Predictions`.
          explanations: Channel of type `artifacts.Explanations`.
          concepts: Channel of type `artifacts.Concepts`.
          blessing: Channel of type `standard_artifacts.ModelBlessing`, of the gate.
          code_digest: digest of the reporter's source, so that the cache sees changes.
          records_dir: folder that ingest wrote.
          tuning_dir: folder that holds `trials.json`; "" where nothing was searched.
          config_yaml: configuration of the whole run, YAML, without paths of data.
          metadata_path: SQLite file of ML Metadata, for the table of nodes and the openings of the test split; "" where there is none.
          phantom: 1 where the images are synthetic, else 0.
          seed: seed of the run.
          pushed_model: Channel of type `standard_artifacts.PushedModel`; it may hold nothing, where the model was not blessed.
        """
        super().__init__(
            ReporterSpec(
                statistics=statistics,
                inferred_schema=inferred_schema,
                curated_schema=curated_schema,
                anomalies=anomalies,
                model_run=model_run,
                slices=slices,
                assessment=assessment,
                audit=audit,
                predictions=predictions,
                explanations=explanations,
                concepts=concepts,
                blessing=blessing,
                pushed_model=pushed_model,
                code_digest=code_digest,
                records_dir=records_dir,
                tuning_dir=tuning_dir,
                config_yaml=config_yaml,
                metadata_path=metadata_path,
                phantom=phantom,
                seed=seed,
                report=channel.Channel(type=artifacts.Report),
            )
        )
