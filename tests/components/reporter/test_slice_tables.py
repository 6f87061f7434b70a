import pytest

from components.evaluator.assessment import Assessment, Figure, SliceFigures, Temperature
from components.reporter.slice_tables import by_source, row_name, slice_tables, source_matrix, undivided, whole

KNOWN, UNKNOWN = Figure(value=0.5, low=0.4, high=0.6), Figure(value=None, low=None, high=None, note="n/a (one class)")
METRICS = ("within_source_auc/normal/covid19", "accuracy", "macro_recall", "macro_f1", "macro_auc")


def row(n: int = 5, known: tuple[str, ...] = METRICS, **where: str) -> SliceFigures:
    metrics = {name: KNOWN if name in known else UNKNOWN for name in METRICS}
    named = {name.replace("__", "/"): value for name, value in where.items()}
    return SliceFigures(slice=named, n=n, patients=4, class_counts={"normal": n}, metrics=metrics, confusion=[], confusion_shares=[])


def assessment(*rows: SliceFigures) -> Assessment:
    nothing = Temperature(value=None, note="no eval", eval_log_loss=None, after=[])
    empty = {"splits": {}, "within_source": [], "operating_points": [], "calibration": [], "temperature": nothing}
    return Assessment(classes=("normal", "covid19"), draws=100, seed=7, level=0.95, slices=list(rows), **empty)


def test_one_table_a_kind_with_the_whole_first() -> None:
    found = slice_tables(assessment(row(10), row(source="a"), row(source="b"), row(view="AP", sex="F"), row(age_band="80+")))
    assert [(table.kind, len(table.rows)) for table in found] == [("", 1), ("source", 2), ("view and sex", 1), ("age band", 1)]


def test_columns_without_any_value_are_named_and_left_out() -> None:
    _, table = slice_tables(assessment(row(10), row(source="a", known=("accuracy", "macro_f1")), row(source="b", known=("accuracy",))))
    assert table.within == ()
    assert table.pooled == ("accuracy", "macro_f1")
    assert table.silent == ("within_source_auc/normal/covid19", "macro_recall", "macro_auc")
    assert table.drawn == "accuracy"
    assert slice_tables(assessment(row(10)))[0].drawn == "macro_recall"


def test_single_classes_and_the_crossing_make_no_table() -> None:
    found = assessment(row(10), row(label="normal"), row(label="normal", source="a"), row(source="a"), row(source="b"))
    assert [table.kind for table in slice_tables(found)] == ["", "source"]
    assert source_matrix(found) == {"a": {"normal": found.slices[2]}}
    assert by_source(found) == tuple(found.slices[3:])


def test_what_is_the_same_for_all_is_said_and_makes_no_table() -> None:
    found = assessment(row(10), row(10, sex="unknown"), row(4, view="AP"))
    assert undivided(found) == {"sex": "unknown"}
    assert [table.kind for table in slice_tables(found)] == ["", "view"]


def test_flags_share_a_table_in_words() -> None:
    flags = [row(quality__inverted="1"), row(quality__inverted="0"), row(quality__burnt_in="1")]
    (_, table) = slice_tables(assessment(row(10), *flags))
    assert table.kind == "quality flag"
    assert [row_name(each) for each in table.rows] == ["inverted: yes", "inverted: no", "burnt in: yes"]
    assert row_name(row(10)) == "whole test split"


def test_an_assessment_without_the_whole_is_refused() -> None:
    with pytest.raises(ValueError, match="no slice of the whole test split"):
        whole(assessment(row(view="AP")))
