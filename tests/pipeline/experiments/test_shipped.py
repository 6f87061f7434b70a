"""The experiments that come with the program: each plans, at its own size and at the size that its header names."""

import json
import re
from pathlib import Path

import pytest

from components.trainer.networks import check_parameters
from pipeline.config import load_config
from pipeline.experiments.described import describe
from pipeline.experiments.experiment import assignments, leaves, load_experiment
from pipeline.experiments.result import EXPERIMENT_FILE
from pipeline.experiments.run import Request, run
from pipeline.experiments.variants import variant_configs
from schemas import features
from schemas.label_map import load_label_map

SHIPPED = sorted((Path(__file__).parents[3] / "pipeline" / "configs" / "experiments").glob("*.yaml"))
RESULTS = Path(__file__).parents[3] / "docs" / "results"
shipped = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)


def header(path):
    return "\n".join(line for line in path.read_text().splitlines() if line.startswith("#"))


def named_sets(path):
    """The --set texts of a header; a sentence may end behind one."""
    return re.findall(r"--set (\S*\w)", header(path))


@shipped
def test_every_training_of_what_is_shipped_is_planned(path, stub_images, tmp_path, capfd):
    experiment = load_experiment(path)
    division = experiment.division
    judged = {"splits": 1, "folds": (division.judged_folds or division.folds) * len(division.by)}
    divided = judged.get(division.kind) or len(division.sources)
    request = Request(experiment, (), (), tmp_path / "output", tmp_path / "results", {}, dry_run=True)
    assert run(request) == 0
    lines = capfd.readouterr().err.splitlines()
    planned = [line for line in lines if line.endswith("images to train on")]
    assert len(planned) == len(set(planned)) == len(experiment.all_variants) * len(experiment.seeds) * divided
    for name in experiment.all_variants:
        assert sum(line.startswith(f"  {name}, seed ") for line in planned) == len(experiment.seeds) * divided


@shipped
def test_the_header_says_the_command_and_the_file_bears_the_name(path):
    assert load_experiment(path).name == path.stem
    assert path.read_text().startswith(f"# python -m pipeline.experiments run pipeline/configs/experiments/{path.name}")


@shipped
@pytest.mark.parametrize("at", ["its own size", "the size of the paper"])
def test_a_row_is_what_its_name_says(path, at):
    given = named_sets(path) if at == "the size of the paper" else []
    assert given or at == "its own size"
    configs = variant_configs(load_experiment(path), given, {}, ())
    for name, config in configs.items():
        check_parameters(config.trainer)
        size = re.search(r"(\d+) px", name)
        assert size is None or config.transform.image_px == int(size[1])
        assert ("frozen" in name or "logistic" in name) == (config.trainer.is_pretrained and config.trainer.body_rate == 0.0)
    wanted = dict(text.split("=") for text in given)
    if "transform.image_px" in wanted:
        assert {config.transform.image_px for config in configs.values()} >= {int(wanted["transform.image_px"])}


@pytest.mark.parametrize(
    ("stem", "epochs"), [("darkcovidnet", 100), ("darkcovidnet_binary", 100), ("closed_source", 100), ("darkcovidnet_224", None)]
)
def test_the_header_names_the_size_of_darkcovidnet(stem, epochs):
    (path,) = [path for path in SHIPPED if path.stem == stem]
    wanted = dict(text.split("=") for text in named_sets(path))
    assert wanted == {"transform.image_px": "256"} | ({"trainer.epochs": str(epochs)} if epochs else {})


def test_the_shipped_multilabel_file_takes_every_image_of_nih_whatever_was_found():
    experiment = load_experiment(next(path for path in SHIPPED if path.stem == "multilabel"))
    classes = load_config(None, {}, assignments(experiment.settings)).data.class_map
    labels = load_label_map("nih_chestxray14", {})
    for label in ("No Finding", *features.FINDINGS, "Effusion|Infiltration", "Mass|Pneumonia"):
        found, why = labels.read(label)
        assert why == ""
        assert found in classes.by_label


SEVERAL_SWITCHES = {
    "frozen, low resolution": "a loss of resolution is of pixels and of compression",
    "frozen, border masked": "marks stand at the border, and the crop makes it alike",
    "frozen, all": "all switches at once is what the row is for",
    "fine-tuned, all": "the same, trained further: there is no fine-tuned row without them",
}


def switches(experiment, name, target):
    """Name the configuration keys in which a variant differs from the one that it is compared with."""
    mine, theirs = (dict(leaves(experiment.all_variants[one])) for one in (name, target))
    return {key for key in mine | theirs if mine.get(key) != theirs.get(key)}


def test_every_switch_on_a_frozen_body_is_compared_with_that_body():
    experiment = load_experiment(next(path for path in SHIPPED if path.stem == "leave_one_source_out"))
    targets = {name: target for target, names in experiment.references.items() for name in names}
    for name in experiment.all_variants:
        own = name == "frozen" or name.startswith("own CNN")
        assert (name in targets) is not own, name
    several = {name for name, target in targets.items() if len(switches(experiment, name, target)) != 1}
    assert several == set(SEVERAL_SWITCHES)


@shipped
def test_what_lies_beside_the_shipped_results_is_what_the_file_says(path, tmp_path):
    kept = RESULTS / path.stem / EXPERIMENT_FILE
    if not kept.exists():
        pytest.skip("no results are shipped")
    content = json.loads(kept.read_text())
    describe(tmp_path, load_experiment(path), content["planned"])
    assert json.loads((tmp_path / EXPERIMENT_FILE).read_text()) == content
