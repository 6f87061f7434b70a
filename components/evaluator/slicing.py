"""Slices of a table of predictions."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from components.base.errors import UserError
from components.evaluator.slice_names import AGE_BAND, expand
from components.predictions.table import Predictions
from schemas import features

NOT_STATED = "not stated"
# Years, lower bounds: children, young adults, and the decades in which pneumonia kills.
_BANDS = {0: "0-17", 18: "18-39", 40: "40-59", 60: "60-79", 80: "80+"}

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Slice:
    """Some rows: `where` is feature to value, empty for all rows; `mask` is bool [n] with at least one row."""

    where: dict[str, str]
    mask: npt.NDArray[np.bool_]


def make_slices(table: Predictions, crossings: Sequence[Sequence[str]]) -> list[Slice]:
    """Cut a table.

    Args:
      table: n rows.
      crossings: names of slices (components.evaluator.slice_names), one sequence a crossing.
    Returns:
      All rows first, then the cells of each crossing that have rows, labels and age bands in their own order, others by name. A
      flag that `quality` stands for and no row has up makes no slice: it would repeat the whole.
    Raises:
      UserError: the table is empty, or lacks a column.
    """
    if not len(table):
        raise UserError("The predictions hold no test image: the test split is empty. Give data whose test split has images.")
    slices = [Slice({}, np.ones(len(table), np.bool_))]
    asked_for = {tuple(crossing) for crossing in crossings}
    for crossing in expand(crossings):
        columns = [column(table, name) for name in crossing]
        nowhere_up = [
            name.startswith(features.QUALITY_PREFIX) and "1" not in values for name, values in zip(crossing, columns, strict=True)
        ]
        if any(nowhere_up) and crossing not in asked_for:
            continue
        orders = [_order(table, name, values) for name, values in zip(crossing, columns, strict=True)]
        for cell in itertools.product(*orders):
            mask = np.logical_and.reduce([values == value for values, value in zip(columns, cell, strict=True)])
            if mask.any():
                names = [name.removeprefix(features.EXTRA_PREFIX) for name in crossing]
                slices.append(Slice(dict(zip(names, cell, strict=True)), mask))
    return slices


def column(table: Predictions, name: str) -> Texts:
    """Read what a slice's name means of each row, as text [n]."""
    if name in (features.SOURCE, features.LABEL, features.VIEW):
        values: Texts = getattr(table, name)
        return values
    if name == AGE_BAND and features.AGE in table.attributes:
        return age_bands(table.attributes[features.AGE].astype(np.int64))
    if name in table.attributes:
        texts = table.attributes[name].astype(np.str_)
        return np.where(texts == str(features.NOT_STATED), NOT_STATED, texts)
    extra = table.extra.get(name.removeprefix(features.EXTRA_PREFIX))
    if extra is None:
        raise UserError(f"The predictions hold no {name!r}, by which evaluator.slices asks for slices: run the predictions node again.")
    return np.where(extra == "", NOT_STATED, extra)


def age_bands(years: npt.NDArray[np.int64]) -> Texts:
    """Name the band of each age: text [n]; "not stated" where the age is below 0."""
    bands = np.array([NOT_STATED, *_BANDS.values()])
    return np.asarray(bands[np.searchsorted(list(_BANDS), years, side="right")])


def _order(table: Predictions, name: str, values: Texts) -> list[str]:
    present = set(values.tolist())
    if name == features.LABEL:
        return [str(label) for label in table.classes if label in present]
    if name == AGE_BAND:
        return [band for band in (*_BANDS.values(), NOT_STATED) if band in present]
    return sorted(present)
