from dataclasses import replace

import numpy as np
import pytest

from components.base.errors import UserError
from components.evaluator.slicing import age_bands, column, make_slices
from components.predictions.table import Predictions

CLASSES = ("normal", "pneumonia", "covid19")


def test_the_whole_comes_first_and_crossings_share_out_the_rows(table: Predictions) -> None:
    slices = make_slices(table, [("source", "label"), ("sex",), ("age_band",)])
    assert slices[0].where == {}
    assert slices[0].mask.all()
    for names in (["source", "label"], ["sex"], ["age_band"]):
        masks = [part.mask for part in slices if list(part.where) == names]
        np.testing.assert_array_equal(np.sum(masks, axis=0), 1)
    cells = [tuple(part.where.values()) for part in slices if len(part.where) == 2]
    expected = [("cohen", "covid19"), *((source, label) for source in ("nih", "rsna") for label in CLASSES[:2])]
    assert cells == expected


def test_ages_by_hand(table: Predictions) -> None:
    assert age_bands(np.array([-1, 0, 17, 18, 39, 40, 59, 60, 79, 80, 90])).tolist() == [
        *("not stated", "0-17", "0-17", "18-39", "18-39", "40-59", "40-59", "60-79", "60-79", "80+", "80+")
    ]
    bands = [part.where["age_band"] for part in make_slices(table, [("age_band",)])[1:]]
    assert bands == ["0-17", "18-39", "40-59", "60-79", "80+", "not stated"]


def test_flags_that_are_nowhere_up_make_no_slice(table: Predictions) -> None:
    wheres = [part.where for part in make_slices(table, [("quality",)])]
    assert wheres == [{}, {"quality/inverted": "0"}, {"quality/inverted": "1"}]
    assert [part.where for part in make_slices(table, [("quality/flat",), ("quality",)])][1] == {"quality/flat": "0"}  # asked for by name


def test_csv_columns_by_either_name(table: Predictions) -> None:
    for name in ("scanner", "extra/scanner"):
        assert [part.where for part in make_slices(table, [(name,)])[1:]] == [{"scanner": "new"}, {"scanner": "not stated"}]
    assert column(table, "scanner")[0] == "not stated"


@pytest.mark.parametrize("name", ["age_band", "sex", "vendor"])
def test_a_column_that_is_missing_is_named(name: str, table: Predictions) -> None:
    with pytest.raises(UserError, match=f"hold no '{name}'"):
        make_slices(replace(table, attributes={}), [(name,)])


def test_no_image_is_refused(table: Predictions) -> None:
    with pytest.raises(UserError, match="test split is empty"):
        make_slices(table.subset(np.zeros(len(table), np.bool_)), [])
