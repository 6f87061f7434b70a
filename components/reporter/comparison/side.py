"""One of the two runs of a comparison, read from its artifacts. Neither TensorFlow nor TFX is imported."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.auditor.audit import Audit
from components.evaluator.assessment import Assessment
from components.evaluator.config import EvaluatorConfig
from components.predictions.table import Predictions
from components.reporter.collect_data import Data, read_data
from components.reporter.collect_gate import Verdict, read_verdict
from components.reporter.collect_nodes import read_nodes
from components.reporter.collect_openings import Openings, read_openings
from components.reporter.collect_training import Training, read_training
from components.reporter.comparison.configuration import flatten
from components.reporter.run_outputs import REPORTER, RunOutputs

_READ = ("model_run", "predictions", "assessment", "audit", "blessing")
# Of the evaluator's section, what measuring slices anew depends on.
_MEASURING = ("slices", "draws", "least_in_pair")


@dataclass(frozen=True)
class Side:
    """What is compared of one run.

    Attributes:
      run_id: its id.
      phantom: the images are synthetic.
      seed: of the run.
      configuration: dotted key to its value as text.
      evaluator: how its slices were measured; operating points are left out.
      records: folder of the records.
      data: what was ingested.
      training: of the model.
      predictions: of the test split alone.
      assessment: of the test split.
      audit: of the model.
      verdict: of the gate.
      openings: of the test split in its output folder, by now; None where they are not on record.
      code: node to the digest of the source of ours behind it.
      versions: package to version, as its report names them; empty where it has no report.
    """

    run_id: str
    phantom: bool
    seed: int
    configuration: dict[str, str]
    evaluator: EvaluatorConfig
    records: Path
    data: Data
    training: Training
    predictions: Predictions
    assessment: Assessment
    audit: Audit
    verdict: Verdict
    openings: Openings | None
    code: dict[str, str]
    versions: dict[str, str]


def read_side(run: RunOutputs) -> Side:
    """Read one run.

    Raises:
      UserError: the run did not come so far, or an artifact was removed or is damaged.
    """
    folders = run.inputs(*_READ)
    content: dict[str, Any] = yaml.safe_load(run.configuration)
    section = content.get("evaluator") or {}
    table = Predictions.load(folders["predictions"])
    return Side(
        run_id=run.run_id,
        phantom=run.phantom,
        seed=int(content["seed"]),
        configuration=flatten(content),
        evaluator=EvaluatorConfig.model_validate({key: section[key] for key in _MEASURING if key in section}),
        records=run.records,
        data=read_data(run.records),
        training=read_training(folders["model_run"]),
        predictions=table.subset(table.split == "test"),
        assessment=Assessment.load(folders["assessment"]),
        audit=Audit.load(folders["audit"]),
        verdict=read_verdict(folders["blessing"], run.pushed_version),
        openings=read_openings(str(run.metadata), run.run_id),
        code={node.node_id: node.code_digest for node in read_nodes(str(run.metadata), run.run_id) if node.code_digest},
        versions=_versions(run.found.get((REPORTER, "report"))),
    )


def _versions(report: Path | None) -> dict[str, str]:
    if report is None or not (report / "report.json").is_file():
        return {}
    versions = json.loads((report / "report.json").read_text(encoding="utf-8"))["provenance"]["versions"]
    return {str(name): str(version) for name, version in versions.items()}
