import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from components.reporter import formats
from components.reporter.collect_explanations import data_uri

VOID = {"meta", "link", "img"}
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


class Outline(HTMLParser):
    """Checks that elements nest, and gathers ids, addresses, text by element and the cells of tables."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.feed(page.replace("<wbr>", ""))
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.addresses += [named[key] for key in ("src", "href", "xlink:href", "srcset", "action") if key in named]
        self.images += [named] if tag == "img" or named.get("role") == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()} closes another element"

    def handle_data(self, text: str) -> None:
        if text.strip():
            self.text.append((self.open[-1] if self.open else "", text.strip()))

    def visible(self) -> str:
        return " ".join(text for tag, text in self.text if tag not in ("style", "script", "title"))


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
    alone = "that could be made (there is no earlier blessed model to compare with)"
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
    for value in _numbers(report.numbers):
        known |= {formats.score(value), formats.signed(value), formats.percent(value), formats.plain(value), formats.duration(value)}
        known |= {formats.whole_percent(value), f"{value:.1f}"}
        known |= {formats.count(value)} if isinstance(value, int) else set()
    cells = re.findall(r'<td class="number[^>]*>(.*?)</td>|<dd[^>]*>(.*?)</dd>', report.html, re.S)
    number = r"[+-]?\d[\d,.]*(?<=\d)(?:e-?\d+)?%?"
    known |= {text for entry in report.numbers["passport"]["card"] for text in re.findall(number, " ".join(entry["sentences"]))}
    shown = {text for cell in cells for text in re.findall(number, re.sub(r"<[^>]*>", " ", "".join(cell)))}
    pieces = {piece for text in known for piece in text.split(" ")}
    assert len(shown) > 100
    assert shown - pieces == set()


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


def _numbers(tree: object):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _numbers(value)
            yield from [int(key)] if str(key).isdigit() else []
    elif isinstance(tree, list):
        for value in tree:
            yield from _numbers(value)
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield tree


def test_gradcam_is_held_against_the_truth_in_classes_that_were_not_studied(plain_report) -> None:
    section = plain_report.html.split('id="explanations"')[1].split("</section>")[0]
    assert "Does Grad-CAM lie where the finding is?" in section
    assert "pneumonia: 9 of 11 images answered right" in section
    assert [cell.split("</b>")[0] for cell in section.split('class="number figure"><b>')[1:]] == ["0.125", "0.250"]
    (places,) = plain_report.numbers["concepts"]["places"]
    assert (places["label"], places["measures"][0]["value"]) == ("pneumonia", 0.125)


def test_concepts_are_shown_with_their_evidence(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    said = ("effect <b>+1.250</b>", "0.900 ± 0.020", "Not run for normal", "better than a random map")
    for text in said:
        assert text in section
    assert "0.500 to 0.900" in section
    assert "1 of 3 differences could be tested: fewer than 10 patients (8). Corrected by Holm for all of them.</p>" in section
    assert "ace.resolutions 15 and 50 (15, 50 and 80)" in section
    assert "Grad-CAM, made anew after 2 of 9 layers of 2 random networks" in section
    assert "ACE is flat in 1 of 2 networks (all layers random): no concept was told from random there." in section
    assert section.count("data:image") == 2
    assert plain_report.numbers["concepts"]["classes"][0]["concepts"][0]["effect"] == 1.25


def test_an_effect_has_its_interval_or_its_spread_and_its_stability_a_word(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    first, quiet = section.split('<figure class="concept"')[1:3]
    assert "effect <b>+1.250</b> (+1.100 to +1.400 over patients), q" in first
    assert "0.900 ± 0.020, 0.800 to 0.950 over patients" in first
    assert "0.800, lost in 1 of 5 reclusterings</td>" in first
    # One gradient for all images: the score has neither error nor interval.
    assert "effect <b>+1.250</b> (sd 0.070 over random sets), q" in quiet
    assert "0.900 of the vectors: all images have one gradient</td>" in quiet
    assert "0.443, lost in 3 of 5 reclusterings: <b>dissolves</b></td>" in quiet
    assert '<span class="tag">dissolves</span>' in quiet


def test_a_verdict_has_no_colour_of_approval(plain_report) -> None:
    """Above a reason to distrust the model, green would say that all is well."""
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    assert '<span class="tag">for the class</span>' in section
    assert not re.findall(r'class="tag [^"]', section)


def test_a_verdict_claims_neither_disease_nor_learning(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    assert "says what this network's answer depends on. It does not say that this is true of the disease" in section
    assert 'Whether it answers right stands in <a href="#slices">' in section


def test_the_charts_draw_the_probability_where_the_answers_are_flat(plain_report) -> None:
    (study,) = plain_report.numbers["concepts"]["classes"]
    assert study["curves"]["adding"] == study["curves"]["removing, random order"] == [0.1, 0.5, 0.9]
    assert "Mean probability of covid19, concepts added" in plain_report.html


def test_the_range_of_the_random_orders_is_a_band(plain_report) -> None:
    (study,) = plain_report.numbers["concepts"]["classes"]
    assert study["curves"]["adding, least of the random orders"] == [0.1, 0.2, 0.9]
    assert study["curves"]["removing, greatest of the random orders"] == [0.1, 0.8, 0.9]
    assert plain_report.html.count('<path class="band s1"') == 2
    assert plain_report.html.count("Band, in random order: at its widest from 0.2 to 0.8.") == 2
    assert "the mean over the orders, and their range as a band" in plain_report.html


def test_concepts_are_crossed_in_a_few_figures_each(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    blocks = [
        Outline(f"{figure}</figcaption>").visible()
        for figure in re.findall(r"<figcaption>\s*<p><b class=.*?(?=</figcaption>)", section, re.S)
    ]
    # Largest share and lift: 0.94 / 0.33, within 0.75 and 1.25 of it. A column of one value alone is not shown.
    assert "source cohen 94 % 33 % 2.8 (2.1 to 3.6) view" in blocks[0]
    assert "source cohen 94 % 33 % 2.8 a view PA 50 % 40 % 1.2 a Lies in" in blocks[1]
    for block in blocks:
        assert "rsna" not in block
        assert "answer" not in block
        assert "border 88 % 36 % 20 % lung 5 % 41 % 1 % lesion 0 % 0 % n/a image 6 %" in block
        assert "40 segments in 12 of 12 images" in block
    assert "fewer than 10 patients" not in "".join(blocks)
    assert section.count("no interval: fewer than 10 patients") == 1


def test_a_sentence_stands_only_where_a_concept_is_striking(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    assert section.count('class="striking doubt"') == section.count('class="striking ') == 1
    assert "94 % source cohen (all segments 33 %): a reason to distrust the model." in section
    assert 'A reason to distrust the model: <a href="#covid19-concept-1">concept 1</a>.</p>' in section
    assert 'id="covid19-concept-1"' in section


def test_every_number_of_a_crossing_is_in_the_json(plain_report) -> None:
    _, quiet = plain_report.numbers["concepts"]["classes"][0]["concepts"]
    assert [(share["column"], share["value"], share["segments"]) for share in quiet["values"]] == [
        ("source", "cohen", 38),
        ("source", "rsna", 2),
        ("view", "PA", 20),
        ("answer", "right", 40),
    ]
    assert quiet["values"][0]["lift"]["why_none"] == "fewer than 10 patients"
    assert quiet["values"][0]["lift"]["value"] == pytest.approx(0.94 / 0.33)
    assert quiet["regions"][1] == {"region": "lung", "inside": 0.05, "base": 0.41, "covered": 0.01, "base_covered": 0.06}
    assert quiet["regions"][2]["covered"] is None
    assert (quiet["centre"], quiet["spread"]) == ([0.2, 0.1], 0.12)


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
    assert "The lungs were blacked out by a fixed central mask, the same for every image whatever lungs it shows" in text


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
