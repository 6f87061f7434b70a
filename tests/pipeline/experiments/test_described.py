import json
from pathlib import Path

from pipeline.experiments.described import compare_folder, describe
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.result import EXPERIMENT_FILE

REFERENCE = "balance=class_weight"
VARIANTS = {REFERENCE: {}, "frozen": {"seed": 1}, "frozen, lungs": {"seed": 2}}


def test_what_a_run_leaves_beside_the_results_names_the_references(tmp_path: Path, make_cell) -> None:
    for name in VARIANTS:
        make_cell(variant=name).save(tmp_path / f"{name}.json")
    experiment = Experiment(name="ablation", title="some", variants=VARIANTS, metrics=("accuracy",))
    describe(tmp_path, experiment, dict.fromkeys(VARIANTS, 1))
    assert [row.against for row in compare_folder(tmp_path).rows] == ["", REFERENCE, REFERENCE]
    # The file of an experiment that was run before references could be named.
    content = json.loads((tmp_path / EXPERIMENT_FILE).read_text())
    del content["references"]
    (tmp_path / EXPERIMENT_FILE).write_text(json.dumps(content))
    assert not compare_folder(tmp_path).named
    # A later run writes it anew, though nothing is left to train.
    describe(tmp_path, experiment.model_copy(update={"references": {"frozen": ("frozen, lungs",)}}), dict.fromkeys(VARIANTS, 1))
    assert [row.against for row in compare_folder(tmp_path).rows] == ["", REFERENCE, "frozen"]


def test_the_title_reaches_the_comparison(tmp_path: Path, make_cell) -> None:
    make_cell().save(tmp_path / "one.json")
    describe(tmp_path, Experiment(name="ablation", title="What helps", variants=VARIANTS, metrics=("accuracy",)), {REFERENCE: 1})
    assert compare_folder(tmp_path).title == "What helps"
    content = json.loads((tmp_path / EXPERIMENT_FILE).read_text())
    del content["title"]
    (tmp_path / EXPERIMENT_FILE).write_text(json.dumps(content))
    assert compare_folder(tmp_path).title == "ablation"
