import json
import re
from dataclasses import replace

import numpy as np
import pytest
import yaml

from components.base.layers import load_layers
from components.evaluator.assessment import Figure
from components.external.made_with import MadeWith
from components.external.page import NUMBERS, PAGE, render_html, write_report
from components.reporter import formats
from tests.components.external.written import CONFIG, NONE, content_of, own_run
from tests.components.reporter.outline import Outline, as_written, numbers_in, numbers_in_cells

ORDER = ["verdict", "within", "slices", "calibration", "confusion", "limits", "left_out", "origin"]
ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)>"\'&'


@pytest.fixture(scope="module")
def whole_page(table) -> str:
    return render_html(content_of(table, own=own_run(table)))


@pytest.fixture(scope="module")
def bare_page(table) -> str:
    """Of a model whose run is not here, and which carries no fingerprints."""
    return render_html(content_of(table, shared=0, not_looked_for=dict.fromkeys(("near copy", "same patient"), "only digests travel")))


@pytest.fixture(params=["whole_page", "bare_page"])
def page(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue(request.param)


def section(page: str, anchor: str) -> str:
    return Outline(page.split(f'<section id="{anchor}"')[1].split("</section>")[0].split(">", 1)[1]).visible()


def test_elements_nest_and_the_contents_lead_to_all_sections(page) -> None:
    outline = Outline(page)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    anchors = [address.removeprefix("#") for address in outline.addresses if address.startswith("#")]
    assert set(anchors) <= set(outline.ids)
    assert [name for name in outline.ids if name in ORDER] == ORDER == anchors[1 : len(ORDER) + 1]


def test_nothing_is_loaded_and_every_picture_has_a_text(page) -> None:
    outline = Outline(page)
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    assert not re.search(r"https?://|url\(|@import|//[a-z]+\.", page)
    assert "default-src 'none'" in page
    assert len(outline.images) > 10
    assert all(image.get("aria-label") for image in outline.images)


def test_no_patient_no_image_and_no_path_is_on_it(table, page) -> None:
    text = page + json.dumps(content_of(table).origin.__dict__)
    assert not re.search(r"\b0{8}[0-9a-f]{8}\b", text)
    assert "ward" not in text
    assert not re.search(r"\b(None|nan|Undefined)\b", Outline(page).visible())


def test_what_was_left_out_stands_with_its_reasons(whole_page, bare_page) -> None:
    text = section(whole_page, "left_out")
    assert "near copy 4 same patient 0" in text
    assert ": 2 groups here" in text
    assert "train split 4" in text
    assert "empty 2" in text
    assert "label is in no class 1" in text
    assert re.search(r"cohen covid19 \d+ 4 \d+", text)
    text = section(bare_page, "left_out")
    assert "near copy not looked for same patient not looked for" in text
    assert "Not looked for: near copy , since only digests travel." in text


def test_no_comparison_is_claimed_where_none_was_made(table) -> None:
    text = section(render_html(content_of(table, shared=0, not_looked_for=dict.fromkeys(NONE, "no fingerprints"))), "left_out")
    assert "Nothing could be looked for" in text
    assert "were compared" not in text


def test_the_models_own_figures_stand_beside(whole_page, bare_page, table) -> None:
    text = section(whole_page, "verdict")
    own = own_run(table).assessment.slices[0].metrics["accuracy"]
    assert f"Accuracy {own.value:.3f} {own.low:.3f} to {own.high:.3f}" in text
    assert "Own test split" not in bare_page
    assert "The figures of the model on its own test split are not beside these" in bare_page


def test_thresholds_are_applied_as_they_were_chosen(whole_page, table) -> None:
    text = section(whole_page, "calibration")
    eval_split = own_run(table).assessment.splits["eval"]
    assert (
        f"Thresholds chosen on eval: {eval_split['images']} images ({eval_split['patients']} patients), among them 14 images (8 patients)"
        " of covid19, 0 images (0 patients) of pneumonia. Applied to the scored images; the intervals hold them as they are: that other"
        " images of eval would have given other thresholds is in none."
    ) in text
    alone = section(render_html(content_of(table, own=own_run(table, None))), "calibration")
    assert f"chosen on eval: {eval_split['images']} images ({eval_split['patients']} patients). Applied" in alone
    for point in content_of(table).assessment.operating_points:
        assert f"{point.aim} {point.wanted:g} {formats.threshold(point.threshold)} " in text


def test_a_predictive_value_below_1_is_not_written_as_1(table) -> None:
    made = content_of(table, own=own_run(table))
    sure = Figure(value=0.99972, low=0.9991, high=0.9999999)
    points = [point.model_copy(update={"negative_predictive_value": sure}) for point in made.assessment.operating_points]
    page = render_html(replace(made, assessment=made.assessment.model_copy(update={"operating_points": points})))
    assert "0.9997 0.999 to > 0.999999" in section(page, "calibration")


def test_the_sources_of_the_model_and_a_phantom_among_them_are_on_the_page(whole_page, bare_page, table) -> None:
    assert "Sources of these cohen, vienna" in section(whole_page, "origin")
    assert "Sources of these not known here" in section(bare_page, "origin")
    assert 'class="banner"' not in whole_page
    page = render_html(content_of(table, made=MadeWith(("phantom_site_a",), ("phantom_site_a",))))
    assert page.count('class="banner"') == 1
    text = Outline(page).visible()
    assert "A model of synthetic phantom images. It was made with images of phantom_site_a, a site of the built-in phantom" in text
    assert "Chest radiograph classifier made with phantom images" in text
    assert text.count("A model of synthetic images") == 1
    assert "Sources of these phantom_site_a; others are not known here" in section(
        render_html(content_of(table, made=MadeWith(None, ("phantom_site_a",)))), "origin"
    )


def test_markup_in_the_data_stays_text(table) -> None:
    sources = np.where(table.source == "nih", ATTACK, table.source)
    settings = {"seed": 3, "note": f"{ATTACK}</pre>"}
    made = content_of(
        replace(table, source=sources),
        own=own_run(table, (ATTACK,)),
        settings=settings,
        summary={"quarantined": {ATTACK: 1}, "skipped": {ATTACK: 1}, "absent": {ATTACK: 1}},
        not_looked_for={"same patient": ATTACK},
        eval_choices=ATTACK,
    )
    page = render_html(made)
    outline = Outline(page)
    assert outline.tags.count("script") == 1
    assert "onerror" not in re.sub(r"&lt;img src=x onerror", "", page)
    assert outline.visible().count(ATTACK) > 10


def test_every_number_in_a_table_is_in_report_json(table, tmp_path) -> None:
    made = content_of(table, own=own_run(table))
    assert write_report(made, tmp_path) == tmp_path / PAGE
    numbers = json.loads((tmp_path / NUMBERS).read_text())
    known = set()
    for value in numbers_in(numbers):
        known |= as_written(value)
    data, read = made.data, made.read
    known |= {str(number) for source in read.sources for number in (read.images(source), read.images(source) - data.images(source))}
    known |= {str(sum(made.outcome.excluded.values())), str(sum(made.outcome.trained_on.values()))}
    known |= {str(data.images()), str(read.images()), "0"}
    shown = numbers_in_cells((tmp_path / PAGE).read_text())
    assert len(shown) > 100
    assert shown - known == set()


def test_the_configuration_on_it_can_be_given_again(table, tmp_path) -> None:
    (tmp_path / "external.yaml").write_text(content_of(table).origin.configuration)
    tree = load_layers(tmp_path / "external.yaml", {}, ())
    assert tree["evaluator"] == yaml.safe_load(yaml.safe_dump(CONFIG.model_dump(mode="json")))
    assert tree["seed"] == 3


def test_the_command_names_readers_and_no_folders(table) -> None:
    origin = content_of(table, own=own_run(table)).origin
    assert origin.version == "12"
    assert origin.commands[1] == (
        "python -m components.evaluator --model MODEL --run RUN --data covidx,version=9A=DIR --data manifest=DIR"
        " --config external.yaml --output OUT"
    )
