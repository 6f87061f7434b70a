"""The images of an experiment, ingested and preprocessed once, in memory for every training.

What Transform computes is computed here by the same function, for every image as if it were of the train split, so that any image
can be trained on in one fold and judged in another. Images are named by their content, not by their pseudonym: the order, the
views and the folds are then the same on every machine, whatever its key.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf

from components.base import progress
from components.base.errors import DataRefusedError
from components.base.source_digest import source_digest
from components.trainer.examples import Examples, Integers
from components.trainer.metadata import metadata_input
from components.transform.preprocess import preprocessing_fn
from pipeline.config import Config
from pipeline.experiments.experiment import Select
from schemas import features

_BATCH: Final = 16
_FILE: Final = "arrays.npz"


@dataclass(frozen=True)
class Images:
    """The images of an experiment.

    Attributes:
      examples: ids are digests of the content; see components.trainer.examples.
      groups: int64 [n], patient or group of copies; a number of no meaning.
      splits: text [n], of the ingest.
      labels: text [n].
      digest: of ids, labels, sources and groups, whatever their splits: what a comparison must share.
    """

    examples: Examples
    groups: Integers
    splits: Any
    labels: Any
    digest: str


def load_images(records: Path, config: Config, select: tuple[Select, ...], cache: Path) -> Images:
    """Read the records of an ingest and preprocess them, or find that done.

    Args:
      records: folder of the ingest, `examples/SPLIT/*` in it.
      config: of a variant; what Transform depends on is used.
      select: which images take part.
      cache: folder for the preprocessed images.
    Raises:
      DataRefusedError: no image fits to the selection.
    """
    settings = {
        "seed": config.seed,
        # Of the switch, Transform sees whether there are views.
        "augmentation": "transform" if config.augmentation in ("transform", "both") else "off",
        "classes": list(config.data.class_map.names),
        "transform": config.transform.model_dump(mode="json"),
    }
    identity = {
        **settings,
        "records": records.name,
        "code": source_digest("components.transform.preprocess", "pipeline.experiments.arrays"),
    }
    place = cache / hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16] / _FILE
    if not place.exists():
        _write(place, _preprocess(records, settings))
    with np.load(place, allow_pickle=False) as content:
        columns = {name: content[name] for name in content.files}
    return _selected(columns, select)


def _preprocess(records: Path, settings: dict[str, Any]) -> dict[str, Any]:
    transform = tf.function(lambda columns: _transformed(columns, settings), autograph=False, reduce_retracing=True)
    parts: list[dict[str, Any]] = []
    files = sorted(str(path) for path in (records / "examples").glob("*/*"))
    total = json.loads((records / "summary.json").read_text(encoding="utf-8"))["counts"]["written"]
    for batch in _read(files):
        parts.append(transform(batch))
        progress.report("images", sum(len(part["groups"]) for part in parts), total, "images preprocessed")
    columns = {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}
    ids = [hashlib.sha256(content).hexdigest()[:16].encode() for content in columns.pop("encoded")]
    columns["ids"] = np.array(ids)
    # One radiograph twice, under two pseudonyms, is not refused by the ingest where both belong to one patient.
    order = np.argsort(columns["ids"], kind="stable")
    versions = columns.pop("versions")
    starts = np.cumsum(versions) - versions
    return {
        **{name: columns[name][order] for name in columns if name != "pixels"},
        "versions": versions[order],
        "first": starts[order],
        "pixels": columns["pixels"],
    }


def _read(files: list[str]) -> Iterator[dict[str, tf.Tensor]]:
    text, number = tf.io.FixedLenFeature([], tf.string), tf.io.FixedLenFeature([], tf.int64)
    wanted = dict.fromkeys((features.ENCODED, features.GROUP, features.SOURCE, features.LABEL, features.SPLIT), text)
    wanted |= {features.VIEW: text, features.SEX: text, features.AGE: number, features.LABEL_INDEX: number}
    wanted |= {features.FINDINGS_PRESENT: tf.io.FixedLenFeature([len(features.FINDINGS)], tf.int64)}
    for batch in tf.data.TFRecordDataset(files).batch(_BATCH):
        yield tf.io.parse_example(batch, wanted)


def _transformed(columns: dict[str, tf.Tensor], settings: dict[str, Any]) -> dict[str, tf.Tensor]:
    image_px = settings["transform"]["image_px"]
    # By the content: a view then depends on neither key nor pseudonym.
    names = tf.strings.as_string(tf.strings.to_hash_bucket_strong(columns[features.ENCODED], 2**62, key=[1, 2]))
    told = {**columns, features.ID: names, features.SPLIT: tf.fill(tf.shape(names), "train")}
    made = preprocessing_fn(told, settings)
    views = made[features.IMAGE_VIEWS]
    versions = tf.concat([made[features.IMAGE][:, tf.newaxis], views], axis=1)
    return {
        "encoded": columns[features.ENCODED],
        "groups": columns[features.GROUP],
        "labels": made[features.LABEL_INDEX],
        "label_names": columns[features.LABEL],
        "findings": columns[features.FINDINGS_PRESENT],
        "sources": columns[features.SOURCE],
        "splits": columns[features.SPLIT],
        "metadata": metadata_input(columns[features.AGE], columns[features.SEX], columns[features.VIEW]),
        "versions": versions.row_lengths(),
        "pixels": tf.reshape(tf.io.decode_raw(versions.flat_values, tf.uint8), [-1, image_px, image_px, 1]),
    }


def _write(place: Path, columns: dict[str, Any]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.draft")
    plain = {name: values.astype(np.bytes_) if values.dtype == object else values for name, values in columns.items()}
    with draft.open("wb") as file:
        np.savez(file, **plain)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(place)


def _selected(columns: dict[str, Any], select: tuple[Select, ...]) -> Images:
    texts = {name: np.char.decode(columns[name], "utf-8") for name in ("sources", "splits", "label_names")}
    rows = np.zeros(len(columns["ids"]), bool) if select else np.ones(len(columns["ids"]), bool)
    for wanted in select:
        fits = np.ones(len(rows), bool)
        if wanted.source is not None:
            fits &= texts["sources"] == wanted.source
        if wanted.label is not None:
            fits &= texts["label_names"] == wanted.label
        rows |= fits
    if not rows.any():
        raise DataRefusedError(
            f"No image fits to the selection of the experiment; the sources are {', '.join(sorted(set(texts['sources'])))}."
        )
    _, groups = np.unique(columns["groups"][rows], return_inverse=True)
    groups = _renumbered(groups)
    examples = Examples(
        ids=columns["ids"],
        labels=columns["labels"],
        findings=columns["findings"],
        sources=texts["sources"],
        metadata=columns["metadata"],
        pixels=tf.constant(columns["pixels"]),
        first=columns["first"],
        versions=columns["versions"],
    ).subset(rows)
    # A frozen body looks at all pixels that there are, so only those of the selection stay.
    examples = examples.compact()
    labels, splits = texts["label_names"][rows], texts["splits"][rows]
    facts = hashlib.sha256()
    for part in (examples.ids, labels, examples.sources, groups):
        facts.update(np.ascontiguousarray(part).tobytes())
    return Images(examples, groups, splits, labels, facts.hexdigest()[:16])


def _renumbered(groups: Integers) -> Integers:
    """Number the groups by their first image, so that the numbers do not depend on the pseudonyms."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    renumbered: Integers = rank[inverse]
    return renumbered
