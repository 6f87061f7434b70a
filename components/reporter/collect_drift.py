"""Drift between the splits and between the sources: what the curated schema compares, from TensorFlow Data Validation's statistics."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from tensorflow_metadata.proto.v0 import schema_pb2

from components.reporter.collect_data import Data
from components.reporter.collect_schema import read_schema
from components.reporter.collect_statistics import Column, Columns, read_columns
from components.reporter.drift import MEASURES, Floats, by_chance, common_bins
from components.reporter.drift_words import difference_in_words, stated_words
from schemas.features import SPLITS

# Smaller values are written as 0.000.
_SHOWN = 0.0005
NORM, DIVERGENCE = "L-infinity norm", "Jensen-Shannon divergence"


@dataclass(frozen=True)
class Side:
    """Images on one side of a comparison: their name, their columns, and the number of groups (patients) that they come from."""

    name: str
    columns: Columns
    groups: int


@dataclass(frozen=True)
class Drift:
    """One feature on two sides.

    Attributes:
      feature: its name; "age (stated or not)" where that is compared.
      between: "splits" or "sources".
      first, second: names of the sides.
      measure: "L-infinity norm" or "Jensen-Shannon divergence" (bits).
      value: range [0, 1]; None where a side has no values, and `words` says so.
      chance: what two draws of as many patients from both sides together stay below in 95 % of the draws; None without a value.
      threshold: of the curated schema.
      marked: the value is above both.
      words: the striking difference where it is marked, or why there is no value.
    """

    feature: str
    between: Literal["splits", "sources"]
    first: str
    second: str
    measure: str
    value: float | None
    chance: float | None
    threshold: float
    marked: bool
    words: str


@dataclass(frozen=True)
class DriftView:
    """Of each feature and measure the two sides furthest apart, and two of which one has no values; and what differs nowhere."""

    rows: tuple[Drift, ...]
    alike: tuple[str, ...]


@dataclass(frozen=True)
class _Counted:
    """One measure of one feature on a side: what is counted, for the measure and for the words."""

    feature: str
    measure: str
    threshold: float
    kind: Literal["values", "flag", "stated", "numbers"]
    name: str


def read_drift(statistics_folder: Path, schema_folder: Path, data: Data, seed: int) -> tuple[Drift, ...]:
    """Compare train with every other split, and every two sources, in each feature that the curated schema has a comparator for.

    A source is looked at in the train split; one that has no image there, in the first split where it has.

    Args:
      statistics_folder: an ExampleStatistics artifact, sliced by source.
      schema_folder: the curated schema.
      data: counts of groups.
      seed: decides the draws of chance.
    Returns:
      The comparisons; those that are marked first, and among them the furthest above their threshold.
    """
    schema = read_schema(schema_folder)
    splits, sources = read_columns(statistics_folder)
    of_splits = [Side(split, columns, _groups(data, split=split)) for split, columns in splits.items()]
    of_sources = [_source_side(source, by_split, data) for source, by_split in sources.items()]
    pairs = [(of_splits[0], other) for other in of_splits[1:] if of_splits[0].name == SPLITS[0]]
    found = [*_compare("splits", pairs, schema, seed), *_compare("sources", combinations(of_sources, 2), schema, seed)]
    return tuple(sorted(found, key=_least_striking_last))


def drift_view(rows: Sequence[Drift]) -> DriftView:
    """Choose what is shown of the comparisons between splits, or between sources, in their order."""
    of_feature: dict[tuple[str, str], list[Drift]] = {}
    for row in rows:
        of_feature.setdefault((row.feature, row.measure), []).append(row)
    shown, alike = set[Drift](), []
    for same in of_feature.values():
        missing = [row for row in same if row.value is None]
        if not missing and (same[0].value or 0.0) < _SHOWN:
            alike.append(same[0].feature)
        else:
            shown |= {same[0], *missing[:1]}
    return DriftView(tuple(row for row in rows if row in shown), tuple(dict.fromkeys(alike)))


def _least_striking_last(row: Drift) -> tuple[bool, bool, float]:
    return not row.marked, row.value is None, -(row.value or 0.0) / max(row.threshold, 1e-9)


def _source_side(source: str, by_split: dict[str, Columns], data: Data) -> Side:
    split = next(iter(by_split))
    name = source if split == SPLITS[0] else f"{source} ({split})"
    return Side(name, by_split[split], _groups(data, source=source, split=split))


def _groups(data: Data, split: str, source: str | None = None) -> int:
    # A patient with images of two classes is counted twice: Data knows groups by class alone.
    return max(1, sum(cell.groups for cell in data.cells if cell.split == split and source in (None, cell.source)))


def _compare(
    between: Literal["splits", "sources"], pairs: Iterable[tuple[Side, Side]], schema: schema_pb2.Schema, seed: int
) -> Iterator[Drift]:
    for first, second in pairs:
        for feature in schema.feature:
            for counted in _counted(feature, feature.drift_comparator if between == "splits" else feature.skew_comparator):
                yield _drift(between, (first, second), counted, seed)


def _counted(feature: schema_pb2.Feature, comparator: schema_pb2.FeatureComparator) -> Iterator[_Counted]:
    number = feature.type == schema_pb2.INT
    flag = number and (feature.int_domain.min, feature.int_domain.max) == (0, 1)
    if comparator.HasField("infinity_norm"):
        kind: Literal["values", "flag", "stated"] = "flag" if flag else "stated" if number else "values"
        name = f"{feature.name} (stated or not)" if kind == "stated" else feature.name
        yield _Counted(feature.name, NORM, comparator.infinity_norm.threshold, kind, name)
    if comparator.HasField("jensen_shannon_divergence"):
        yield _Counted(feature.name, DIVERGENCE, comparator.jensen_shannon_divergence.threshold, "numbers", feature.name)


def _drift(between: Literal["splits", "sources"], sides: tuple[Side, Side], counted: _Counted, seed: int) -> Drift:
    columns = [side.columns.get(counted.feature) for side in sides]
    names = [side.name for side in sides]
    empty = [name for name, column in zip(names, columns, strict=True) if column is None or not _size(column, counted)]
    value = chance = None
    words = f"n/a (no values in {' and '.join(empty)})" if empty else ""
    marked = False
    first, second = columns
    if first is not None and second is not None and not empty:
        labels, counts = _counts(first, second, counted)
        value = float(MEASURES[counted.measure](*counts))
        # Images of a patient are alike: only as many values as there are patients are independent.
        sizes = [max(1, min(side.groups, _size(column, counted))) for side, column in zip(sides, (first, second), strict=True)]
        chance = by_chance(counts[0], counts[1], (sizes[0], sizes[1]), counted.measure, seed)
        marked = value > counted.threshold and value > chance
        if marked:
            words = stated_words((first, second)) if counted.kind == "numbers" else difference_in_words(labels, counts, names)
    return Drift(counted.name, between, names[0], names[1], counted.measure, value, chance, counted.threshold, marked, words)


def _size(column: Column, counted: _Counted) -> int:
    return column.stated if counted.kind == "numbers" else column.present


def _counts(first: Column, second: Column, counted: _Counted) -> tuple[Sequence[str], tuple[Floats, Floats]]:
    """Count the same values on both sides: their names (none for bins), and float64 [values] each."""
    if counted.kind == "numbers":
        return (), common_bins(first.buckets, second.buckets)
    if counted.kind == "values":
        labels = sorted(first.counts.keys() | second.counts.keys())
        return labels, (_values(first, labels), _values(second, labels))
    answers = ("yes", "no") if counted.kind == "flag" else ("stated", "not stated")
    return answers, (_two(first, counted), _two(second, counted))


def _values(column: Column, labels: Sequence[str]) -> Floats:
    return np.array([column.counts.get(label, 0.0) for label in labels])


def _two(column: Column, counted: _Counted) -> Floats:
    up = column.stated if counted.kind == "stated" else (column.mean or 0.0) * column.present
    return np.array([up, column.present - up])
