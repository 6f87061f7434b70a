"""Write every input folder of the reporter, as the other rooms do, from a simulated model, and render its report."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from components.evaluator.slices import BASELINE, CANDIDATE, Slices
from components.reporter.collect import Folders, collect
from components.reporter.collect_nodes import Node
from components.reporter.collect_provenance import describe_provenance
from components.reporter.render import render_html, render_json
from tests.components.reporter.simulated import CLASSES, Scenario, simulate, slice_rows
from tests.components.reporter.written_data import write_protos, write_records
from tests.components.reporter.written_pictures import write_concepts, write_explanations
from tests.components.reporter.written_training import write_training
from tests.components.reporter.written_verdict import write_assessment, write_audit, write_gate

NODES = (
    Node("import_example_gen", "complete", 3.2, 0.0),
    Node("statistics_gen", "complete", 11.0, 1.0),
    Node("transform", "cached", 64.0, 2.0),
    Node("trainer", "complete", 190.5, 3.0),
)


def write_inputs(root: Path, scenario: Scenario) -> Folders:
    random = np.random.default_rng(2020)
    folders = Folders(
        **{
            name: root / name
            for name in (
                *("statistics", "anomalies", "model_run", "slices", "assessment", "audit"),
                *("predictions", "explanations", "concepts", "blessing"),
            )
        },
        inferred_schema=root / "inferred",
        curated_schema=root / "curated",
        records=root / "records",
        tuning=root / "tuning" if scenario.searched else None,
    )
    for folder in vars(folders).values():
        if folder is not None:
            folder.mkdir(parents=True)
    table = simulate(scenario, random)
    write_records(folders.records, scenario)
    write_protos(folders, scenario)
    write_training(folders, scenario)
    table.save(folders.predictions)
    test = table.subset(table.split == "test")
    models = {CANDIDATE: slice_rows(test)}
    if scenario.baseline:
        models[BASELINE] = slice_rows(replace(test, probabilities=np.roll(test.probabilities, 1, axis=0)))
    slices = Slices(CLASSES, models)
    slices.save(folders.slices)
    write_assessment(folders.assessment, scenario, table)
    audit = write_audit(folders.audit, scenario, test, random)
    write_gate(folders.blessing, scenario, slices, audit)
    write_explanations(folders.explanations, scenario, test, random)
    write_concepts(folders.concepts, scenario, random)
    return folders


@dataclass(frozen=True)
class Made:
    """One report: its page, the parsed `report.json`, and the inputs."""

    html: str
    numbers: dict
    folders: Folders


def report_of(root: Path, scenario: Scenario) -> Made:
    folders = write_inputs(root, scenario)
    provenance = describe_provenance("20260101-120000", 7, "0123456789abcdef", scenario.config_yaml, NODES, scenario.openings)
    content, pictures = collect(folders, provenance, scenario.phantom, scenario.pushed_version if scenario.blessed else "")
    return Made(render_html(content, pictures), json.loads(render_json(content)), folders)


@pytest.fixture(scope="session")
def write_folders() -> Callable[[Path, Scenario], Folders]:
    return write_inputs


@pytest.fixture(scope="session")
def make_report() -> Callable[[Path, Scenario], Made]:
    return report_of


@pytest.fixture(scope="session")
def scenario_class() -> type[Scenario]:
    return Scenario


@pytest.fixture(scope="session")
def plain_report(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return report_of(tmp_path_factory.mktemp("plain"), Scenario())
