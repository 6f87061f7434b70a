from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from components.reporter.collect_data import parse_summary
from components.reporter.collect_drift import Drift, drift_view, read_drift
from components.reporter.collect_statistics import read_columns
from schemas.curated import curated_schema
from tests.components.reporter.written_statistics import add_numbers, add_values

CELLS = [("a", "train"), ("b", "train"), ("a", "test"), ("b", "test"), ("c", "test")]
DATA = parse_summary(
    {
        "digest": "0",
        "classes": ["normal", "covid19"],
        "counts": {},
        "cells": [{"source": source, "label": "normal", "split": split, "images": 100, "groups": 80} for source, split in CELLS],
    }
)


def fill(part, sex: dict[str, int], ages: list[tuple[float, float, float]], mean: float, flagged: float) -> None:
    add_values(part, "sex", sex)
    add_numbers(part, "age", ages, mean)
    add_numbers(part, "quality/lateral", [(0, 1, 100)], flagged)


@pytest.fixture
def statistics(tmp_path: Path) -> Path:
    for split, names in (("train", "ab"), ("test", "abc")):
        message = statistics_pb2.DatasetFeatureStatisticsList()
        old = [(-1, -0.2, 50), (60, 80, 50)]
        whole = {"F": 50, "M": 50} if split == "train" else {"F": 48, "M": 52}
        fill(message.datasets.add(name="All Examples"), whole, [(20, 80, 100)], 50, 0.1)
        parts = {"a": ({"F": 50, "M": 50}, [(20, 80, 100)], 50, 0.0), "b": ({"unknown": 100}, old, 34.5, 0.3)}
        for name in names:
            part = message.datasets.add(name=f"source_{name}")
            if name == "c":
                add_numbers(part, "age", [(-1, -1, 100)], -1)
            else:
                fill(part, *parts[name])
        folder = tmp_path / f"Split-{split}"
        folder.mkdir()
        (folder / "FeatureStats.pb").write_bytes(message.SerializeToString())
    return tmp_path


@pytest.fixture
def found(statistics: Path) -> dict[tuple[str, str, str], Drift]:
    (statistics / "schema.pbtxt").write_text(text_format.MessageToString(curated_schema(["normal", "covid19"], [])))
    return {(row.feature, row.first, row.second): row for row in read_drift(statistics, statistics, DATA, 7)}


def test_a_value_of_one_source_alone_is_striking(found) -> None:
    row = found["sex", "a", "b"]
    assert (row.between, row.measure, row.value, row.threshold) == ("sources", "L-infinity norm", 1, 0.2)
    assert (row.marked, row.words) == (True, "unknown in b only (100.0 %)")
    flag = found["quality/lateral", "a", "b"]
    assert (flag.value, flag.marked, flag.words) == (pytest.approx(0.3), True, "yes in b only (30.0 %)")


def test_splits_that_chance_explains_are_not_marked(found) -> None:
    row = found["sex", "train", "test"]
    assert (row.value, row.words, row.marked) == (pytest.approx(0.02), "", False)
    assert 0.02 < row.chance < 0.2
    assert found["age", "train", "test"].value == 0


@pytest.mark.parametrize(("groups", "marked"), [(3, False), (800, True)])
def test_few_patients_differ_by_luck(tmp_path: Path, groups: int, marked: bool) -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="sex", type=schema_pb2.BYTES).drift_comparator.infinity_norm.threshold = 0.1
    (tmp_path / "schema.pbtxt").write_text(text_format.MessageToString(schema))
    for split, women in (("train", 600), ("test", 400)):
        message = statistics_pb2.DatasetFeatureStatisticsList()
        add_values(message.datasets.add(), "sex", {"F": women, "M": 1000 - women})
        (tmp_path / f"Split-{split}").mkdir()
        (tmp_path / f"Split-{split}" / "FeatureStats.pb").write_bytes(message.SerializeToString())
    cells = tuple(replace(cell, groups=groups) for cell in DATA.cells if cell.source == "a")
    (row,) = read_drift(tmp_path, tmp_path, replace(DATA, cells=cells), 7)
    assert row.value == pytest.approx(0.2)
    assert (row.marked, row.chance > 0.2) == (marked, not marked)
    assert row.words == ("F: 60.0 % and 40.0 %" if marked else "")


def test_an_age_that_is_not_stated_is_none(found) -> None:
    assert found["age (stated or not)", "a", "b"].value == pytest.approx(0.5)
    assert found["age (stated or not)", "a", "b"].words == "not stated in b only (50.0 %)"
    # (34.5 * 100 + 50) / 50 = 70 is the mean of the stated ages.
    assert found["age", "a", "b"].words == "mean 50 (about 20 to 80) and mean 70 (about 60 to 80)"


def test_what_a_source_lacks_is_said(found) -> None:
    for feature in ("sex", "age", "quality/lateral"):
        row = found[feature, "b", "c (test)"]
        assert (row.value, row.chance, row.marked, row.words) == (None, None, False, "n/a (no values in c (test))")
    assert found["view", "a", "b"].words == "n/a (no values in a and b)"
    assert found["age (stated or not)", "a", "c (test)"].words == "stated in a only (100.0 %)"


def test_the_striking_come_first_and_of_each_feature_the_widest(found) -> None:
    rows = [row for row in found.values() if row.between == "sources"]
    marked = [row.marked for row in rows]
    assert marked == sorted(marked, reverse=True)
    assert all(row.value is None for row in rows[-3:])
    view = drift_view(rows)
    shown = {(row.feature, row.measure, row.second): row for row in view.rows}
    assert shown["age (stated or not)", "L-infinity norm", "c (test)"].value == 1
    assert {key[2] for key in shown if key[0] == "sex"} == {"b", "c (test)"}, "the widest, and what has no values"
    assert len([key for key in shown if key[0] == "view"]) == 1
    assert view.alike == ()
    between_splits = drift_view([row for row in found.values() if row.between == "splits"])
    assert between_splits.alike == ("age (stated or not)", "age", "quality/lateral")
    assert "sex" in {row.feature for row in between_splits.rows}


def test_long_lists_of_values_are_not_named(tmp_path: Path, statistics: Path) -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="extra/ward", type=schema_pb2.BYTES).drift_comparator.infinity_norm.threshold = 0.1
    (tmp_path / "schema.pbtxt").write_text(text_format.MessageToString(schema))
    for split, wards in (("train", range(13)), ("test", range(2))):
        message = statistics_pb2.DatasetFeatureStatisticsList()
        add_values(message.datasets.add(), "extra/ward", {f"Dr {ward}": 100 for ward in wards})
        (tmp_path / f"Split-{split}" / "FeatureStats.pb").write_bytes(message.SerializeToString())
    (row,) = read_drift(tmp_path, tmp_path, DATA, 7)
    assert (row.marked, row.words) == (True, "one value: 7.7 % and 50.0 %")


def test_slices_without_the_whole_are_refused(statistics: Path) -> None:
    path = statistics / "Split-train" / "FeatureStats.pb"
    message = statistics_pb2.DatasetFeatureStatisticsList.FromString(path.read_bytes())
    del message.datasets[0]
    path.write_bytes(message.SerializeToString())
    with pytest.raises(ValueError, match="2 slices and none of all examples"):
        read_columns(statistics)


def test_the_measures_are_those_of_tfdv(tmp_path: Path) -> None:
    import pandas as pd
    import tensorflow_data_validation as tfdv

    generator = np.random.default_rng(4)
    frames = [
        pd.DataFrame(
            {
                "mode": generator.choice(["L", "RGB"], 300, p=[share, 1 - share]),
                "height_px": np.concatenate([[0, 1000], generator.normal(mean, 80, 298).clip(1, 999).round()]).astype(int),
            }
        )
        for share, mean in ((0.8, 400), (0.5, 550))
    ]
    measured = [tfdv.generate_statistics_from_dataframe(frame) for frame in frames]
    schema = tfdv.infer_schema(measured[0])
    for feature in schema.feature:
        if feature.name == "mode":
            feature.drift_comparator.infinity_norm.threshold = 0.1
        else:
            feature.drift_comparator.jensen_shannon_divergence.threshold = 0.1
    info = tfdv.validate_statistics(measured[1], schema, previous_statistics=measured[0]).drift_skew_info
    expected = {entry.path.step[0]: entry.drift_measurements[0].value for entry in info}
    (tmp_path / "schema.pbtxt").write_text(text_format.MessageToString(schema))
    for split, message in zip(("train", "test"), measured, strict=True):
        (tmp_path / f"Split-{split}").mkdir()
        (tmp_path / f"Split-{split}" / "FeatureStats.pb").write_bytes(message.SerializeToString())
    found = {row.feature: row.value for row in read_drift(tmp_path, tmp_path, DATA, 7)}
    assert found["mode"] == pytest.approx(expected["mode"])
    assert found["height_px"] == pytest.approx(expected["height_px"], abs=0.01)
