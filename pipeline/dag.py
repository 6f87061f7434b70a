"""The wiring: every node of the pipeline, in the order of the data."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from tfx.components.evaluator.component import Evaluator
from tfx.components.example_gen.import_example_gen.component import ImportExampleGen
from tfx.components.example_validator.component import ExampleValidator
from tfx.components.pusher.component import Pusher
from tfx.components.schema_gen.component import SchemaGen
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.statistics_gen.component import StatisticsGen
from tfx.components.trainer.component import Trainer
from tfx.components.transform.component import Transform
from tfx.components.tuner.component import Tuner
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.orchestration import metadata
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import example_gen_pb2, pusher_pb2, trainer_pb2, transform_pb2
from tfx.types import standard_artifacts
from tfx.types.channel import Channel
from tfx_bsl.public.proto import slicing_spec_pb2

from components.auditor.component import Auditor
from components.base.source_digest import source_digest
from components.data_gate.component import DataGate
from components.evaluator.assessor import Assessor
from components.evaluator.component import SliceTable
from components.evaluator.eval_config import make_eval_config
from components.explainer.component import Explainer
from components.gate.component import Gate
from components.gate.decide import threshold_slices
from components.predictions.component import PredictionsWriter
from components.reporter.component import Reporter
from pipeline.config import Config
from schemas import features
from tuning.space import search_identity

BEAM_ARGS = ["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner", "--direct_num_workers=1"]


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes; every path is absolute."""

    output: Path
    records: Path
    schema: Path
    tuning: Path

    @property
    def metadata(self) -> Path:
        """The ML Metadata database."""
        return self.output / "metadata.sqlite"

    @property
    def pipeline_root(self) -> Path:
        """The folder of TFX's artifacts."""
        return self.output / "pipeline"

    @property
    def serving(self) -> Path:
        """The folder that TensorFlow Serving could load."""
        return self.output / "serving"


def create_pipeline(config: Config, places: Places, name: str, phantom: Path | None) -> Pipeline:
    """Wire every node.

    Args:
      config: the whole configuration.
      places: where the run reads and writes.
      name: the pipeline's name; it carries the identity of the data, so that no baseline crosses data sets.
      phantom: folder of the built-in phantom where that is the data, which the report must say.
    """
    classes = list(config.data.class_map.names)
    example_gen = ImportExampleGen(
        input_base=str(places.records / "examples"),
        input_config=example_gen_pb2.Input(
            splits=[example_gen_pb2.Input.Split(name=split, pattern=f"{split}/*") for split in features.SPLITS]
        ),
    ).with_id("import_example_gen")
    examples = example_gen.outputs["examples"]

    statistics_gen = StatisticsGen(examples=examples, stats_options=_stats_options(config)).with_id("statistics_gen")
    schema_gen = SchemaGen(statistics=statistics_gen.outputs["statistics"], infer_feature_shape=False).with_id("schema_gen")
    curated = ImportSchemaGen(schema_file=str(places.schema)).with_id("curated_schema")
    schema = curated.outputs["schema"]
    validator = ExampleValidator(statistics=statistics_gen.outputs["statistics"], schema=schema).with_id("example_validator")
    data_gate = DataGate(
        anomalies=validator.outputs["anomalies"],
        statistics=statistics_gen.outputs["statistics"],
        gate=config.gate,
        code_digest=source_digest("components.data_gate"),
    ).with_id("data_gate")

    transform = Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn="components.transform.preprocess.preprocessing_fn",
        splits_config=transform_pb2.SplitsConfig(analyze=["train"], transform=list(features.SPLITS)),
        disable_statistics=True,
        custom_config=_settings(config, "transform", code="components.transform.preprocess"),
    ).with_id("transform")
    transform.add_upstream_node(data_gate)
    model_inputs = {
        "examples": transform.outputs["transformed_examples"],
        "transform_graph": transform.outputs["transform_graph"],
        "schema": schema,
        "train_args": trainer_pb2.TrainArgs(splits=["train"]),
        "eval_args": trainer_pb2.EvalArgs(splits=["eval"]),
    }
    tuner = Tuner(
        tuner_fn="tuning.tuner.tuner_fn",
        custom_config={
            **_settings(config, "transform", "tuning", "trainer", code="tuning.tuner"),
            "directory": str(places.tuning),
        },
        **model_inputs,
    ).with_id("tuning")
    trainer = Trainer(
        run_fn="components.trainer.run.run_fn",
        hyperparameters=tuner.outputs["best_hyperparameters"],
        custom_config={
            **_settings(config, "transform", "trainer", code="components.trainer.run"),
            "records": str(places.records),
            "fingerprints": config.data.fingerprints,
        },
        **model_inputs,
    ).with_id("trainer")
    model = trainer.outputs["model"]

    baseline = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=standard_artifacts.Model, producer_component_id="trainer", output_key="model"),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing, producer_component_id="gate", output_key="blessing"),
    ).with_id("baseline")
    evaluator = Evaluator(
        examples=examples,
        example_splits=["test"],
        model=model,
        baseline_model=baseline.outputs["model"],
        schema=schema,
        eval_config=make_eval_config(classes, config.evaluator, threshold_slices(config.gate)),
    ).with_id("evaluator")
    slices = SliceTable(
        evaluation=evaluator.outputs["evaluation"], classes=classes, code_digest=source_digest("components.evaluator")
    ).with_id("slices")
    predictions = PredictionsWriter(
        examples=examples, model=model, classes=classes, code_digest=source_digest("components.predictions")
    ).with_id("predictions")
    auditor = Auditor(
        examples=examples,
        transformed_examples=transform.outputs["transformed_examples"],
        model=model,
        predictions=predictions.outputs["predictions"],
        config=config.auditor,
        seed=config.seed,
        least_in_pair=config.evaluator.least_in_pair,
        phantom=config.phantom if phantom else None,
        slices=threshold_slices(config.gate),
        code_digest=source_digest("components.auditor"),
    ).with_id("auditor")
    gate = Gate(
        slices=slices.outputs["slices"],
        model=model,
        baseline_model=baseline.outputs["model"],
        config=config.gate,
        audit=auditor.outputs["audit"],
        code_digest=source_digest("components.gate"),
    ).with_id("gate")
    assessor = Assessor(
        predictions=predictions.outputs["predictions"],
        model=model,
        config=config.evaluator,
        classes=classes,
        seed=config.seed,
        code_digest=source_digest("components.evaluator"),
    ).with_id("assessor")
    explainer = Explainer(
        examples=examples,
        model=model,
        transformed_examples=transform.outputs["transformed_examples"],
        predictions=predictions.outputs["predictions"],
        config=config.explainer.model_dump_json(),
        seed=config.seed,
        phantom=config.phantom if phantom else None,
        phantom_dir=str(phantom) if phantom else "",
        code_digest=source_digest("components.explainer"),
    ).with_id("explainer")
    pusher = Pusher(
        model=model,
        model_blessing=gate.outputs["blessing"],
        push_destination=pusher_pb2.PushDestination(filesystem=pusher_pb2.PushDestination.Filesystem(base_directory=str(places.serving))),
    ).with_id("pusher")
    reporter = Reporter(
        statistics=statistics_gen.outputs["statistics"],
        inferred_schema=schema_gen.outputs["schema"],
        curated_schema=schema,
        anomalies=validator.outputs["anomalies"],
        model_run=trainer.outputs["model_run"],
        slices=slices.outputs["slices"],
        assessment=assessor.outputs["assessment"],
        audit=auditor.outputs["audit"],
        predictions=predictions.outputs["predictions"],
        explanations=explainer.outputs["explanations"],
        concepts=explainer.outputs["concepts"],
        blessing=gate.outputs["blessing"],
        pushed_model=pusher.outputs["pushed_model"],
        records_dir=str(places.records),
        tuning_dir=str(places.tuning),
        config_yaml=config.to_yaml(with_paths=False),
        metadata_path=str(places.metadata),
        phantom=int(phantom is not None),
        seed=config.seed,
        code_digest=source_digest("components.reporter"),
    ).with_id("reporter")
    return Pipeline(
        pipeline_name=name,
        pipeline_root=str(places.pipeline_root / name),
        metadata_connection_config=metadata.sqlite_metadata_connection_config(str(places.metadata)),
        enable_cache=True,
        beam_pipeline_args=BEAM_ARGS,
        components=[
            example_gen,
            statistics_gen,
            schema_gen,
            curated,
            validator,
            data_gate,
            transform,
            tuner,
            trainer,
            baseline,
            evaluator,
            slices,
            predictions,
            assessor,
            auditor,
            gate,
            explainer,
            pusher,
            reporter,
        ],
    )


def tuning_folder(config: Config, output: Path, records_digest: str) -> Path:
    """Name the folder of a search by all that its trials depend on, so that another data set's trials are never reloaded.

    The number of trials is not among that: a longer search goes on from a shorter one.
    """
    identity = search_identity(_settings(config, "transform", "tuning", "trainer", code="tuning.tuner"))
    preprocessing = source_digest("components.transform.preprocess")
    return output / "tuning" / sha256(f"{identity} {preprocessing} {records_digest}".encode()).hexdigest()[:16]


def _stats_options(config: Config) -> tfdv.StatsOptions:
    return tfdv.StatsOptions(
        feature_allowlist=_shown_features(config),
        # The report compares the sources; all images together are a slice of their own, which the other nodes take.
        slicing_config=slicing_spec_pb2.SlicingConfig(slicing_specs=[slicing_spec_pb2.SlicingSpec(feature_keys=[features.SOURCE])]),
        num_histogram_buckets=features.HISTOGRAM_BUCKETS,
    )


def _shown_features(config: Config) -> list[str]:
    shown = [
        features.SOURCE, features.VIEW, features.LABEL, features.LABEL_INDEX, features.SPLIT,
        features.HEIGHT_PX, features.WIDTH_PX, features.MODE, features.FORMAT,
        features.AGE, features.SEX, features.FOLLOW_UP, features.FINDINGS_PRESENT, features.FOLD,
    ]  # fmt: skip
    shown += [features.quality(flag) for flag in features.QUALITY_FLAGS]
    return shown + [features.extra(column) for column in config.data.columns]


def _settings(config: Config, *sections: str, code: str) -> dict[str, Any]:
    """What a function of ours inside a stock component is told; the code's digest makes the cache see code."""
    weights = config.trainer.weights_file
    return {
        # A path says nothing of the weights in its file.
        "initial_weights_digest": sha256(weights.read_bytes()).hexdigest()[:16] if weights is not None else "",
        "seed": config.seed,
        "augmentation": config.augmentation,
        "classes": list(config.data.class_map.names),
        **{section: getattr(config, section).model_dump(mode="json") for section in sections},
        "code_digest": source_digest(code),
    }
