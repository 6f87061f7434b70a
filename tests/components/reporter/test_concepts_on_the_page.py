"""The sections of the page on explanations and concepts."""

import re

import pytest

from tests.components.reporter.outline import Outline


def test_gradcam_is_held_against_the_truth_in_classes_that_were_not_studied(plain_report) -> None:
    section = plain_report.html.split('id="explanations"')[1].split("</section>")[0]
    assert "Does Grad-CAM lie where the finding is?" in section
    assert "pneumonia: 9 of 11 images answered right" in section
    assert [cell.split("</b>")[0] for cell in section.split('class="number figure"><b>')[1:]] == ["0.125", "0.250"]
    (places,) = plain_report.numbers["concepts"]["places"]
    assert (places["label"], places["measures"][0]["value"]) == ("pneumonia", 0.125)


def test_concepts_are_shown_with_their_evidence(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    dropped = "Clusters that are no concepts: 2 (too few segments to learn from)."
    for text in ("effect <b>+1.250</b>", "0.900 ± 0.020", "Not run for normal", "better than a random map", dropped):
        assert text in section
    assert "0.500 to 0.900" in section
    assert "1 of 3 differences could be tested: fewer than 10 patients (8). Corrected by Holm for all of them.</p>" in section
    assert "ace.resolutions 15 and 50 (15, 50 and 80)" in section
    assert "Grad-CAM, made anew after 2 of 9 layers of 2 random networks" in section
    assert "ACE is flat in 1 of 2 networks (all layers random): no concept was told from random there." in section
    assert section.count("data:image") == 2
    assert plain_report.numbers["concepts"]["classes"][0]["concepts"][0]["effect"] == 1.25


def test_an_effect_has_its_interval_or_its_error_and_its_stability_a_word(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    first, quiet = section.split('<figure class="concept"')[1:3]
    assert "effect <b>+1.250</b> (+1.100 to +1.400 over patients), q" in first
    assert "0.900 ± 0.020, 0.800 to 0.950 over patients" in first
    assert "0.800, lost in 1 of 5 reclusterings</td>" in first
    # One gradient for all images: the score has neither error nor interval.
    assert "effect <b>+1.250</b> ± 0.070, q" in quiet
    assert "0.900 of the vectors: all images have one gradient</td>" in quiet
    assert "its standard error (±) over the concept's segments and the random sets, which says nothing of other patients" in section
    assert [each["effect_error"] for each in plain_report.numbers["concepts"]["classes"][0]["concepts"]] == [0.07, 0.07]
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
