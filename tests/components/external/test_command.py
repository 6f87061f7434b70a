"""`python -m components.evaluator --model DIR --data DIR` as a user runs it."""

import csv
import json
import shutil
from collections import Counter

import numpy as np
import pytest

from components.base.temperature import ModelTemperature
from components.evaluator.assessment import Assessment
from components.trainer.training_data import FILE_NAME, FOLDER, load_training_data

QUICK = ("--set", "evaluator.draws=100", "--set", "ingest.workers=1")


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """One output folder for the tests of this module, so that the ingest is made once."""
    return tmp_path_factory.mktemp("external")


@pytest.fixture
def on_mixture(command, trained, mixture, output):
    private = f"data.private_dir={trained.private}"
    return command("--model", trained.model, "--data", mixture.root, "--output", output / "mixture", "--set", private, *QUICK)


def test_what_is_shared_is_left_out_and_counted(on_mixture, mixture, output):
    code, out, err = on_mixture
    assert code == 0, err
    found = json.loads((output / "mixture" / "external.json").read_text())
    assert found["excluded"] == {"identical pixels": 2, "near copy": 1, "same patient": 1, "patient or copy of one of these": 1}
    assert (found["excluded_groups"], list(found["not_looked_for"]), found["eval_choices"]) == (4, ["same patient"], "")
    assert "no source of the model's data is named =elsewhere" in found["not_looked_for"]["same patient"]
    assert any(line.startswith("not looked for: same patient: no source of the model's data is named =elsewhere") for line in out)
    page = (output / "mixture" / "report.html").read_text()
    assert "give the source its name there" in page
    assert '1 <span class="tag warn">not looked for everywhere</span>' in page
    assert sum(found["found_in"].values()) == 4
    listed = mixture.new + 6
    assert found["counts"] == {"listed": listed, "written": listed - 1, "quarantined": 0, "skipped": 1, "absent": 0}
    assert found["skipped"] == {"label is in no class": 1}
    assert found["scored"]["images"] == mixture.new
    assert found["without_patient"] == 0
    assert "skipped: label is in no class: 1" in out
    assert out[-1] == str(output / "mixture" / "report.html")


def test_the_predictions_are_of_the_others_alone(on_mixture, mixture, output):
    with (output / "mixture" / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "source", "label", "probability/normal", "probability/pneumonia", "probability/covid19"]
    assert len(rows) == mixture.new == len({row["id"] for row in rows})
    sums = [sum(float(row[f"probability/{name}"]) for name in ("normal", "pneumonia", "covid19")) for row in rows]
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    assessed = Assessment.load(output / "mixture")
    assert assessed.slices[0].class_counts == Counter(row["label"] for row in rows)
    guesses = [max(("normal", "pneumonia", "covid19"), key=lambda name: float(row[f"probability/{name}"])) for row in rows]
    right = np.mean([guess == row["label"] for guess, row in zip(guesses, rows, strict=True)])
    assert assessed.slices[0].metrics["accuracy"].value == pytest.approx(right)
    text = (output / "mixture" / "predictions.csv").read_text() + (output / "mixture" / "external.json").read_text()
    assert not any(name in text for name in ("equal0", "by_name", "copy.jpg", "phantom_site_a_", "tuberculosis", str(output)))


def test_the_report_says_what_was_scored_and_left_out(on_mixture, mixture, output):
    page, numbers = ((output / "mixture" / name).read_text() for name in ("report.html", "report.json"))
    assert f"{mixture.new} images of 3 sources scored, 5 left out" in page
    found = json.loads(numbers)
    assert found["outcome"] == json.loads((output / "mixture" / "external.json").read_text())
    assert found["assessment"] == json.loads((output / "mixture" / "assessment.json").read_text())
    assert [line["name"] for line in found["beside"]].count("Macro recall") == 1
    named = ("equal0", "by_name", "copy.jpg", "phantom_site_a_", "tuberculosis", str(output))
    assert not any(name in text for name in named for text in (page, numbers))


def test_thresholds_and_temperature_come_from_the_run(on_mixture, mixture, trained, output):
    assessed = Assessment.load(output / "mixture")
    earlier = Assessment.load(trained.output / "runs" / "20260101-000000-00")
    assert assessed.temperature.value == earlier.temperature.value
    assert [point.threshold for point in assessed.operating_points] == [point.threshold for point in earlier.operating_points]
    assert assessed.operating_points[0].sensitivity.value != earlier.operating_points[0].sensitivity.value
    assert assessed.splits["eval"] == earlier.splits["eval"]
    assert assessed.splits["test"]["images"] == mixture.new


def test_the_same_command_again_reuses_the_ingest_and_says_the_same(on_mixture, command, trained, mixture, output):
    results = ("predictions.csv", "assessment.json", "external.json")
    before = {name: (output / "mixture" / name).read_bytes() for name in results}
    folders = sorted((output / "mixture" / "records").iterdir())
    private = f"data.private_dir={trained.private}"
    code, out, err = command("--model", trained.model, "--data", mixture.root, "--output", output / "mixture", "--set", private, *QUICK)
    assert (code, out) == (0, on_mixture[1])
    assert not any("decoded" in line for line in err)
    assert {name: (output / "mixture" / name).read_bytes() for name in results} == before
    assert sorted((output / "mixture" / "records").iterdir()) == folders


def test_the_slices_can_be_shown_again(on_mixture, command, output):
    code, out, _ = command("slices", output / "mixture", "--by", "source", "--format", "csv")
    assert code == 0
    assert {line.split(",")[0] for line in out[1:]} == {"phantom_site_a", "phantom_site_b", "phantom_site_c"}


def test_another_phantom_is_scored_whole(command, trained, elsewhere, tmp_path):
    copied = tmp_path / "copied"
    copied.mkdir()
    (copied / "model").symlink_to(trained.model)
    words = ("--model", copied / "model", "--data", elsewhere, "--output", tmp_path / "out", *QUICK)
    code, out, err = command(*words, "--set", "evaluator.operating_points=[{label: covid19, specificity: 0.5}]")
    assert code == 0, err
    found = json.loads((tmp_path / "out" / "external.json").read_text())
    assert set(found["excluded"].values()) == {0}
    assert found["scored"]["images"] == 36
    assert found["not_looked_for"] == {"same patient": "the patients of this model have pseudonyms of another private key"}
    assert "left out as shared with the model's data: nothing" in out


def test_a_temperature_in_the_model_needs_no_run(command, trained, elsewhere, tmp_path):
    model = shutil.copytree(trained.model, tmp_path / "model")
    carried = ModelTemperature(value=1.5, note="", applied=True, eval_images=9)
    facts = load_training_data(model).model_copy(update={"temperature": carried})
    (model / FOLDER / FILE_NAME).write_text(facts.model_dump_json())
    code, out, err = command("--model", model, "--data", elsewhere, "--output", tmp_path / "out", *QUICK)
    assert code == 0, err
    temperature = Assessment.load(tmp_path / "out").temperature
    assert (temperature.value, temperature.exported, temperature.after) == (1.5, True, [])
    assert "no thresholds: the run of the model is not here; name it with --run" in out
    assert any(line.startswith("temperature 1.500 of eval in the model's probabilities: log loss here ") for line in out)


def test_the_data_of_the_model_are_refused_and_no_older_result_stays(command, trained, tmp_path):
    (tmp_path / "out").mkdir()
    earlier = [tmp_path / "out" / name for name in ("assessment.json", "report.html", "report.json")]
    for path in earlier:
        path.write_text("of an earlier command")
    code, out, err = command("--model", trained.model, "--data", trained.phantom, "--output", tmp_path / "out", *QUICK)
    assert (code, out) == (3, [])
    assert err[-1] == "error: all 36 images are shared with the data of this model (identical pixels: 36); give data that it never saw"
    assert not any(path.exists() for path in earlier)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "the following arguments are required: --model, --data"),
        (("--model", "no/such"), "required: --data"),
        (("--model", "no/such", "--data", "."), "--model no/such: no such folder"),
        (("--model", "MODEL", "--data", "no/such"), "no such folder"),
        (("--model", "MODEL", "--data", "manifst=."), "did you mean 'manifest'?"),
        (
            ("--model", "MODEL", "--data", ".", "--set", "data.classes=[normal, covid19]"),
            "this model knows normal, pneumonia, covid19 alone",
        ),
        (("--model", "MODEL", "--data", ".", "--set", "ingest.max_side_px=100"), "stored with 512 px for this model"),
        (("--model", "MODEL", "--data", ".", "--set", "evaluator.draws=1"), "configuration key 'evaluator.draws'"),
        (("--model", "MODEL", "--data", ".", "--set", "evaluator.slices=[[scaner]]"), "no slices by 'scaner'"),
        (("--model", "MODEL", "--data", ".", "--set", "seed=-1"), "configuration key 'seed'"),
        (("--model", "MODEL", "--data", ".", "--output", "OUTPUT"), "is the output folder of a pipeline"),
        (("--model", "MODEL", "--data", ".", "--run", "no/such"), "no/such: no such folder"),
    ],
)
def test_mistakes_end_with_2_and_one_line(command, trained, tmp_path, words, text):
    names = {"MODEL": trained.model, "OUTPUT": trained.output}
    words = [names.get(word, word) for word in words]
    code, out, err = command(*words, *([] if "--output" in words else ["--output", tmp_path / "out"]))
    assert (code, out, len(err)) == (2, [], 1), err
    assert text in err[0]
    assert not (tmp_path / "out").exists()
