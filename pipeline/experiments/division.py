"""Divide the images of an experiment: what is trained on, what early stopping goes by, what is judged."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from components.base.errors import DataRefusedError, UsageError
from pipeline.experiments.experiment import DivisionConfig

Rows = NDArray[np.int64]
Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Division:
    """One division.

    Attributes:
      name: "eval", "fold 0 by patient", "without kermany_guangzhou", ...
      train: int64, ascending rows to train on.
      inner_eval: int64, rows that early stopping goes by.
      judged: int64, rows that are judged.
    """

    name: str
    train: Rows
    inner_eval: Rows
    judged: Rows


def divisions(config: DivisionConfig, groups: NDArray[np.int64], labels: Texts, sources: Texts, splits: Texts) -> list[Division]:
    """List the divisions of an experiment, in order; the same images give the same divisions on every machine.

    No group (patient, or group of copies) is on two sides, but for folds by image.

    Args:
      config: kind and seed.
      groups: int64 [n].
      labels: text [n].
      sources: text [n].
      splits: text [n], of the ingest.
    Raises:
      UsageError: a source to leave out is not there.
      DataRefusedError: a side is empty.
    """
    if config.kind == "splits":
        train, evaluation = np.flatnonzero(splits == "train"), np.flatnonzero(splits == "eval")
        found = [Division(config.judge, train, evaluation, np.flatnonzero(splits == config.judge))]
    elif config.kind == "folds":
        found = list(_folds(config, groups, labels, sources, splits))
    else:
        found = list(_without_sources(config, groups, labels, sources))
    for division in found:
        for side in ("train", "inner_eval", "judged"):
            if not len(getattr(division, side)):
                raise DataRefusedError(f"division {division.name!r}: there are no images for {side.replace('_', ' ')}")
    return found


def _folds(config: DivisionConfig, groups: Rows, labels: Texts, sources: Texts, splits: Texts) -> Iterator[Division]:
    rows = np.flatnonzero(np.isin(splits, config.within))
    own = groups if config.by == "patient" else np.arange(len(groups))
    cells = np.char.add(np.char.add(sources, "\n"), labels)
    for number, (rest, judged) in enumerate(_split(rows, cells, own, config.folds, config.seed)):
        train, inner = _inner(rest, cells, own, config)
        yield Division(f"fold {number} by {config.by}", train, inner, judged)


def _without_sources(config: DivisionConfig, groups: Rows, labels: Texts, sources: Texts) -> Iterator[Division]:
    known = sorted(set(sources.tolist()))
    for source in config.sources or known:
        if source not in known:
            raise UsageError(f"division.sources: {source!r} is no source of these images; there are: {', '.join(known)}")
        judged = np.flatnonzero(sources == source)
        # A copy of a judged image may have come into another collection.
        rest = np.flatnonzero((sources != source) & ~np.isin(groups, groups[judged]))
        cells = np.char.add(np.char.add(sources, "\n"), labels)
        train, inner = _inner(rest, cells, groups, config) if len(rest) else (rest, rest)
        yield Division(f"without {source}", train, inner, judged)


def _inner(rows: Rows, cells: Texts, groups: Rows, config: DivisionConfig) -> tuple[Rows, Rows]:
    """Divide training rows into train and inner eval."""
    return next(iter(_split(rows, cells, groups, round(1 / config.inner_eval), config.seed + 1)))


def _split(rows: Rows, cells: Texts, groups: Rows, parts: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
    single = len(np.unique(groups[rows])) == len(rows)
    splitter: Any = StratifiedKFold(parts, shuffle=True, random_state=seed)
    if not single:
        splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # A cell of source x class with fewer images than folds cannot be in each of them; scikit-learn warns of it.
        warnings.filterwarnings("ignore", message="The least populated class")
        for rest, part in splitter.split(rows, cells[rows], groups[rows]):
            yield rows[rest], rows[part]
