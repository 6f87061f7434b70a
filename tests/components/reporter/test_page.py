import hashlib
import json
import re
from pathlib import Path

import pytest

from components.reporter import formats
from components.reporter.collect_explanations import data_uri
from tests.components.reporter.outline import NUMBER, Outline, as_written, numbers_in, numbers_in_cells

ORDER = [
    "verdict",
    "within",
    "slices",
    "audit",
    "calibration",
    "confusion",
    "limits",
    "data",
    "schema",
    "augmentation",
    "search",
    "training",
    "experiments",
]
ORDER += ["explanations", "concepts", "passport", "provenance"]


@pytest.fixture(scope="session")
def other_report(tmp_path_factory, make_report, scenario_class):
    """Everything that the plain report lacks: not blessed, phantom, no search, anomalies, an earlier model."""
    scenario = scenario_class(blessed=False, phantom=True, searched=False, anomaly="Unexpected value at /data/ward 7/x.png", baseline=True)
    return make_report(tmp_path_factory.mktemp("other"), scenario)


@pytest.fixture(params=["plain_report", "other_report"])
def report(request: pytest.FixtureRequest):
    return request.getfixturevalue(request.param)


def test_elements_nest_and_ids_are_unique(report) -> None:
    outline = Outline(report.html)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_every_entry_of_the_contents_has_its_section(report) -> None:
    outline = Outline(report.html)
    anchors = [address.removeprefix("#") for address in outline.addresses if address.startswith("#")]
    assert set(anchors) <= set(outline.ids)
    assert [name for name in outline.ids if name in ORDER] == ORDER
    assert [anchor for anchor in anchors if anchor in ORDER][1 : len(ORDER) + 1] == ORDER


def test_nothing_is_loaded_from_elsewhere(report) -> None:
    outline = Outline(report.html)
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    assert not re.search(r"https?://|url\(|@import|//[a-z]+\.", report.html)
    assert "default-src 'none'" in report.html


def test_every_picture_has_a_text(report) -> None:
    images = Outline(report.html).images
    assert len(images) > 10
    assert all(image.get("alt") or image.get("aria-label") for image in images)


def test_no_patient_and_no_path_in_any_output(report) -> None:
    text = report.html + json.dumps(report.numbers)
    assert "deadbeefdeadbeef" not in text
    assert "aaaabbbb" not in text
    without_pictures = re.sub(r'"data:[^"]*"', "", text)
    assert str(report.folders.records.parent) not in without_pictures
    assert not re.search(r"/(home|work|tmp|data|root)/", without_pictures)


def test_the_verdict_comes_first(plain_report, other_report) -> None:
    good, bad = Outline(plain_report.html).visible(), Outline(other_report.html).visible()
    alone = "that could be made (no earlier model was blessed on these data)"
    assert f"It is blessed: it passed both checks of the gate {alone}, and was pushed as version 3." in good
    checks = good[good.index("Checks of the gate") :]
    assert checks.index("nothing to compare") < checks.index("Data")
    assert checks[: checks.index("Data")].count("passed") == 2
    first = bad[: bad.index("Checks of the gate")]
    assert "It is not blessed and was not pushed, since 2 of 7 checks failed:" in first
    assert "Recall/covid19 of the slice source=covid-cxnet, label=covid19 is" in first
    assert "AUC within sources, whole test split: The excess in AUC" in first
    assert "below the 0.900 of gate.min_excess_within_source" in first
    assert "<title>Not blessed" in other_report.html


def test_phantom_data_are_named_before_the_verdict(plain_report, other_report) -> None:
    text = Outline(other_report.html).visible()
    assert text.index("nothing here says anything about patients") < text.index("Not blessed")
    assert "phantom" not in Outline(plain_report.html).visible()


def test_what_is_undefined_is_said(plain_report) -> None:
    text = Outline(plain_report.html).visible()
    assert "n/a (one class)" in text
    assert "no test image" in text
    assert "Trial 3 failed: ResourceExhausted at [path] line 3" in text
    assert not re.search(r"\b(None|nan|Undefined)\b", text)


def test_confounded_sources_are_named(plain_report) -> None:
    text = Outline(plain_report.html).visible()
    assert "The source gives away the class. Normal exists at nih only; covid-cxnet holds only covid19." in text
    assert "Images exist, and none is in the test split: pneumonia at cohen." in text


def test_the_network_its_start_and_its_balance_are_said(plain_report) -> None:
    assert "Network own_cnn , from random weights. Balance class_weight ." in Outline(plain_report.html).visible()


def test_anomalies_and_their_absence(plain_report, other_report) -> None:
    assert "no anomalies" in Outline(plain_report.html).visible()
    text = Outline(other_report.html).visible()
    assert "1 anomaly against the curated schema." in text
    assert "No search is on record for this run." in text


def test_markup_in_the_data_stays_text(tmp_path: Path, make_report, scenario_class) -> None:
    attack = '<script>alert("x")</script><img src=x onerror=alert(1)>"\'&'
    cells = {(attack, label): (10, 4, 6) for label in ("normal", "pneumonia", "covid19")}
    scenario = scenario_class(
        cells=cells,
        blessed=False,
        noise=2.5,
        reason=attack,
        anomaly=attack,
        config_yaml=f"note: {attack}</pre>",
        worst_source=attack,
        audit_words=(attack,),
    )
    page = make_report(tmp_path, scenario).html
    outline = Outline(page)
    assert outline.tags.count("script") == 1
    assert "onerror" not in re.sub(r"&lt;img src=x onerror", "", page)
    assert attack in outline.visible()


def test_report_json_repeats_its_inputs(plain_report) -> None:
    numbers, folders = plain_report.numbers, plain_report.folders
    summary = json.loads((folders.records / "summary.json").read_text())
    assert numbers["data"]["cells"] == summary["cells"]
    assert numbers["data"]["counts"] == summary["counts"]
    assert numbers["assessment"] == json.loads((folders.assessment / "assessment.json").read_text())
    assert numbers["audit"] == json.loads((folders.audit / "audit.json").read_text())
    history = json.loads((folders.model_run / "history.json").read_text())
    assert {name: numbers["training"][name] for name in history} == history
    of_audit = hashlib.sha256((folders.audit / "audit.json").read_bytes()).hexdigest()
    assert numbers["digests"]["audit.json"] == of_audit[:16]
    assert f"<code>{of_audit[:16]}</code>" in plain_report.html
    gate = json.loads((folders.blessing / "gate.json").read_text())
    assert numbers["verdict"]["checks"] == gate["checks"]
    trials = json.loads((folders.tuning / "trials.json").read_text())["trials"]
    assert sorted(trial["score"] or 0 for trial in numbers["search"]["trials"]) == sorted(trial["score"] or 0 for trial in trials)


def test_every_number_in_a_table_is_in_report_json(report) -> None:
    known = set()
    for value in numbers_in(report.numbers):
        known |= as_written(value)
        known |= {formats.signed(value), formats.whole_percent(value), f"{value:.1f}", *formats.duration(value).split(" ")}
    known |= {text for entry in report.numbers["passport"]["card"] for text in re.findall(NUMBER, " ".join(entry["sentences"]))}
    shown = numbers_in_cells(report.html)
    assert len(shown) > 100
    assert shown - known == set()


def test_a_loss_that_is_not_a_number_is_shown_and_kept_out_of_the_json(tmp_path: Path, make_report, scenario_class) -> None:
    made = make_report(tmp_path, scenario_class(last_loss=float("nan")))
    assert made.numbers["training"]["epochs"][-1]["loss"] is None
    assert "n/a" in Outline(made.html).visible()
    assert not re.search(r"\b(nan|NaN)\b", re.sub(r'"data:[^"]*"|Number.isNaN', "", made.html))


def test_a_large_picture_is_shrunk_to_its_budget(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(3).integers(0, 255, (900, 900, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    Image.fromarray(noise[:8, :8]).save(tmp_path / "small.png")
    large, small = (data_uri(tmp_path / f"{name}.png", 66_000) for name in ("large", "small"))
    assert large.startswith("data:image/jpeg;base64,")
    assert len(large) < 66_000 * 1.4
    assert small.startswith("data:image/png;base64,")


def test_a_report_of_sixty_large_pictures_stays_below_15_mb(tmp_path: Path, make_report, scenario_class) -> None:
    made = make_report(tmp_path, scenario_class(pictures=60, image_px=320, noise=2.5))
    assert made.html.count("<img") > 80
    assert len(made.html.encode()) < 15e6


def test_a_marker_that_contradicts_the_gate_is_refused(tmp_path: Path, make_report, scenario_class) -> None:
    made = make_report(tmp_path / "a", scenario_class())
    (made.folders.blessing / "BLESSED").rename(made.folders.blessing / "NOT_BLESSED")
    from components.reporter.collect_gate import read_verdict

    with pytest.raises(ValueError, match="holds no file BLESSED"):
        read_verdict(made.folders.blessing)


def test_how_often_the_test_split_was_opened_is_said_at_the_top(plain_report) -> None:
    text = Outline(plain_report.html).visible()
    assert "Test opened 12 times in this output folder, for 3 models; 7 times with exactly these data." in text
    assert text.index("Test opened") < text.index("Within sources Each pair")
    assert "The test split was opened 12 times for 3 models." in text
    assert plain_report.numbers["provenance"]["openings"]["by_node"]["evaluator"] == 4
    assert (
        "what reads test images without these nodes, here or elsewhere, as pipeline.experiments and the scoring of a pushed model" in text
    )


def test_which_mask_blacked_the_lungs_out_is_said_of_real_data_too(plain_report) -> None:
    text = Outline(plain_report.html).visible()
    assert "The lungs were blacked out by two fixed ellipses, 49 % of the image, the same for every image whatever lungs it shows" in text


def test_no_figure_of_a_slice_stands_in_two_tables_of_slices(plain_report) -> None:
    section = plain_report.html.split('id="slices"')[1].split("</section>")[0]
    assert [re.sub("<[^>]*>", "", title) for title in re.findall("<h3>(.*?)</h3>", section)] == [
        "By class, on the whole test split",
        *(f"By {kind}" for kind in ("source", "view", "sex", "age band", "quality flag", "source and class")),
    ]
    assert section.count("whole test split</th>") == 1


def test_pairs_that_no_source_holds_are_not_identifiable(plain_report) -> None:
    section = plain_report.html.split('id="within"')[1].split("</section>")[0]
    assert section.count("not identifiable from this data") == 2
    assert section.count('class="interval-plot"') == 2


def test_changes_beside_the_last_blessed_model_are_said_to_have_no_interval(other_report) -> None:
    text = Outline(other_report.html).visible()
    assert "Each change is the difference of two point values, without an interval" in text
    assert "python -m components.reporter compare RUN_A RUN_B" in text


def test_experiments_are_said_to_be_elsewhere(plain_report, other_report) -> None:
    for report, data in ((plain_report, " --data READER=DIR"), (other_report, "")):
        section = report.html[report.html.index('<section id="experiments"') :].partition("</section>")[0]
        assert "This run is one training with one seed, 7." in section
        assert "holds no result of an experiment" in section
        assert f"pipeline.experiments run pipeline/configs/experiments/ablation.yaml{data} --results RESULTS" in section
        assert "python -m pipeline.experiments compare RESULTS" in section
        assert ("The search before it" in section) is (report is plain_report)
