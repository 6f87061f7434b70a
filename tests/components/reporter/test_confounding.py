import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.reporter.collect_data import Data, parse_summary
from components.reporter.confounding import measure_confounding, source_only_recall


def data_of(cells: dict[tuple[str, str], tuple[int, int]], classes: tuple[str, ...] = ("normal", "covid19")) -> Data:
    listed = [
        {"source": source, "label": label, "split": split, "images": count, "groups": count}
        for (source, label), counts in cells.items()
        for split, count in zip(("train", "test"), counts, strict=True)
        if count
    ]
    summary = {"digest": "d", "classes": classes, "columns": [], "counts": {}, "quarantined": {}, "skipped": {}, "cells": listed}
    return parse_summary(summary)


def test_separate_sources_give_the_class_away() -> None:
    found = measure_confounding(data_of({("a", "normal"): (10, 5), ("b", "covid19"): (3, 2)}))
    assert found.level == "gives away"
    assert found.single_source_classes == {"normal": "a", "covid19": "b"}
    assert found.single_class_sources == {"a": "normal", "b": "covid19"}
    assert found.source_only_recall == 1
    assert found.chance_recall == 0.5


def test_complete_sources_with_like_shares_give_nothing_away() -> None:
    cells = {(source, label): (10, 5) for source in "ab" for label in ("normal", "covid19")}
    found = measure_confounding(data_of(cells))
    assert found.level == "none"
    assert found.complete_sources == ("a", "b")
    assert found.source_only_recall == 0.5


def test_complete_sources_with_unlike_shares_hint() -> None:
    cells = {("a", "normal"): (90, 9), ("a", "covid19"): (10, 1), ("b", "normal"): (10, 1), ("b", "covid19"): (90, 9)}
    found = measure_confounding(data_of(cells))
    assert found.level == "hints at"
    assert found.source_only_recall == pytest.approx(0.9)
    assert found.single_source_classes == {}


def test_one_source_can_give_nothing_away() -> None:
    found = measure_confounding(data_of({("a", "normal"): (10, 5), ("a", "covid19"): (3, 2)}))
    assert (found.level, found.single_source_classes, found.single_class_sources) == ("none", {}, {})


def test_the_rule_weighs_classes_by_their_size() -> None:
    # Source a holds more normal images, but the larger share of covid19: the rule answers covid19 there.
    cells = {("a", "normal"): (30, 3), ("a", "covid19"): (9, 8), ("b", "normal"): (70, 7), ("b", "covid19"): (1, 2)}
    assert source_only_recall(data_of(cells)) == pytest.approx((7 / 10 + 8 / 10) / 2)


def test_a_source_that_is_only_tested_is_named() -> None:
    cells = {("a", "normal"): (10, 0), ("a", "covid19"): (10, 0), ("b", "normal"): (0, 4), ("b", "covid19"): (0, 4)}
    assert measure_confounding(data_of(cells)).unseen_test_sources == ("b",)


def test_one_tested_class_has_no_recall() -> None:
    found = measure_confounding(data_of({("a", "normal"): (10, 5), ("a", "covid19"): (10, 0)}))
    assert found.source_only_recall is None
    assert found.chance_recall is None


@settings(deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from(("normal", "covid19"))), st.tuples(st.integers(0, 9), st.integers(0, 9))
    )
)
def test_recall_is_a_share(cells: dict) -> None:
    recall = source_only_recall(data_of(cells))
    assert recall is None or 0 <= recall <= 1
