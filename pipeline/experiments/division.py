"""Divide the images of an experiment: what is trained on, what early stopping goes by, what is judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.base.errors import DataRefusedError, UsageError
from components.ingest.split import assign_splits, count_cells
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

    @property
    def sides(self) -> tuple[Rows, Rows, Rows]:
        """Rows of train, inner eval and what is judged."""
        return self.train, self.inner_eval, self.judged


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
        found = [division for by in config.by for division in _folds(config, by, groups, labels, sources, splits)]
    else:
        found = list(_without_sources(config, groups, labels, sources, splits))
    for division in found:
        for side in ("train", "inner_eval", "judged"):
            if not len(getattr(division, side)):
                raise DataRefusedError(f"division {division.name!r}: there are no images for {side.replace('_', ' ')}")
    return found


def _folds(config: DivisionConfig, by: str, groups: Rows, labels: Texts, sources: Texts, splits: Texts) -> Iterator[Division]:
    rows = np.flatnonzero(np.isin(splits, config.within))
    own = groups if by == "patient" else np.arange(len(groups))
    shares = {str(number): 1 / config.folds for number in range(config.folds)}
    places = _assigned(rows, own, labels, sources, shares, config.seed)
    for number in list(shares)[: config.judged_folds or None]:
        train, inner = _inner(rows[places != number], own, labels, sources, config)
        yield Division(f"fold {number} by {by}", train, inner, rows[places == number])


def _without_sources(config: DivisionConfig, groups: Rows, labels: Texts, sources: Texts, splits: Texts) -> Iterator[Division]:
    known, open_rows = sorted(set(sources.tolist())), np.isin(splits, config.within)
    for source in config.sources or known:
        if source not in known:
            raise UsageError(f"division.sources: {source!r} is no source of these images; there are: {', '.join(known)}")
        judged = np.flatnonzero((sources == source) & open_rows)
        # A copy of a judged image may have come into another collection.
        rest = np.flatnonzero((sources != source) & open_rows & ~np.isin(groups, groups[sources == source]))
        train, inner = _inner(rest, groups, labels, sources, config)
        yield Division(f"without {source}", train, inner, judged)


def _inner(rows: Rows, groups: Rows, labels: Texts, sources: Texts, config: DivisionConfig) -> tuple[Rows, Rows]:
    """Divide training rows into train and inner eval."""
    shares = {"train": 1 - config.inner_eval, "inner": config.inner_eval}
    places = _assigned(rows, groups, labels, sources, shares, config.seed + 1)
    return rows[places == "train"], rows[places == "inner"]


def _assigned(rows: Rows, groups: Rows, labels: Texts, sources: Texts, shares: Mapping[str, float], seed: int) -> Texts:
    """Place each row by its group, in proportion within every label and source, as the ingest does."""
    names = groups[rows].astype(np.str_).tolist()
    cells = zip(labels[rows].tolist(), sources[rows].tolist(), strict=True)
    places = assign_splits(count_cells(zip(names, cells, strict=True)), shares, seed, {})
    return np.array([places[name] for name in names], np.str_)
