import pytest

from components.explainer.faithfulness.summary import Row
from components.reporter.measure_table import measure_table


def measured(method, measure, truth="", value=0.5, images=12, without_map=0, why_none=""):
    return Row(method, measure, truth, value, 0.4, 0.6, images, 11, without_map, 0, why_none)


def test_a_line_a_measure_and_truth_and_a_column_a_method():
    rows = [measured(method, "pointing_game", truth) for method in ("Grad-CAM", "ACE", "image centre") for truth in ("lesion", "mark")]
    rows += [measured("chance", "pointing_game", "lesion"), measured("Grad-CAM", "deletion_auc"), measured("ACE", "deletion_auc", images=9)]
    table = measure_table(rows)
    assert table.methods == ("Grad-CAM", "ACE", "image centre", "chance")
    assert [(line.truth, line.images) for line in table.lines] == [("lesion", "12"), ("mark", "12"), ("", "9 to 12")]
    assert [cell.method if cell else None for cell in table.lines[1].cells] == ["Grad-CAM", "ACE", "image centre", None]
    assert [line.words for line in table.lines] == [
        "score of the pointing game (higher is better)",
        "score of the pointing game (neither is better)",
        "area under the deletion curve (lower is better)",
    ]
    assert table.notes == ()


def test_the_lungs_are_a_column_where_they_are_known_and_a_note_says_why():
    rows = [measured(method, "relevance_mass", "lesion") for method in ("Grad-CAM", "image centre", "the lungs")]
    table = measure_table([*rows, measured("Grad-CAM", "relevance_mass", "mark")])
    assert [[cell and cell.method for cell in line.cells] for line in table.lines] == [
        ["Grad-CAM", "image centre", "the lungs"],
        ["Grad-CAM", None, None],
    ]
    assert "a method that is not better may have found the lungs alone" in "".join(table.notes)


def test_the_agreement_of_two_methods_is_no_column():
    table = measure_table(
        [measured("Grad-CAM", "increase"), measured("ACE", "increase"), measured("Grad-CAM, ACE", "rank_correlation", value=0.1)]
    )
    assert table.methods == ("Grad-CAM", "ACE", "both")
    assert table.lines[-1].words == "Grad-CAM and ACE agree: rank correlation"
    assert [cell and cell.value for cell in table.lines[-1].cells] == [None, None, 0.1]
    assert [cell and cell.value for cell in table.lines[0].cells] == [0.5, 0.5, None]


def test_agreement_and_randomisation_have_no_better_side():
    rows = [measured("Grad-CAM, ACE", measure) for measure in ("rank_correlation", "top_overlap")]
    rows += [measured("Grad-CAM", measure) for measure in ("last_layer_random", "all_layers_random")]
    assert not [line.words for line in measure_table(rows).lines if "higher is" in line.words or "lower is" in line.words]


@pytest.mark.parametrize(
    ("measure", "values", "said"),
    [
        ("increase", (0, 0, 0), "(higher is better; saturated: all are near 0, so that it tells none from another)"),
        ("average_drop", (0.996, 0.933, 1), "(lower is better; saturated: all are near 1, so that it tells none from another)"),
        ("average_drop", (0.6, 0.95, 1), "average drop (lower is better)"),
        ("increase", (0, 1, 0), "share of images with higher confidence (higher is better)"),
        ("pointing_game", (0, 0, 0), "score of the pointing game (higher is better)"),
    ],
)
def test_what_is_saturated_is_said(measure, values, said):
    methods = ("Grad-CAM", "ACE", "random map")
    (line,) = measure_table([measured(method, measure, value=value) for method, value in zip(methods, values, strict=True)]).lines
    assert line.words.endswith(said)


def test_what_is_missing_is_said_once():
    rows = [measured(method, "increase", without_map=2, why_none="fewer than 10 patients") for method in ("Grad-CAM", "ACE")]
    assert measure_table(rows).notes == (
        "Grad-CAM has no map of 2 images: nothing in it speaks for the class.",
        "ACE has no map of 2 images: nothing in it speaks for the class.",
        "No intervals: fewer than 10 patients.",
    )
