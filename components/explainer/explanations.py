"""Explain a sample of test predictions and write what is seen: explanations.json, images, overlays and maps."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.errors import UserError
from components.base.plural import plural
from components.explainer.config import KIND_NAMES, GradcamConfig
from components.explainer.configured import configured_maps
from components.explainer.faithfulness.measures import MARK
from components.explainer.known_truth import Masks, find_known
from components.explainer.overlay import image_png, overlay_png
from components.explainer.phantom_truth import Phantom
from components.explainer.sample import choose_images
from components.explainer.trained_model import TrainedModel
from components.explainer.transformed_images import read_images
from components.predictions.table import Predictions

_TEST = "test"

Flags = npt.NDArray[np.bool_]


def test_rows(predictions: Predictions, model: TrainedModel) -> Predictions:
    """Take the rows of the test split.

    Raises:
      UserError: there is none, or the predictions are of other classes than the model.
    """
    if list(predictions.classes) != list(model.classes):
        raise UserError(
            f"the predictions are of classes {', '.join(predictions.classes)}, the model of {', '.join(model.classes)}; "
            "run predictions again"
        )
    table = predictions.subset(predictions.split == _TEST)
    if not len(table):
        raise UserError("the predictions hold no image of the test split; add data or change ingest.split")
    return table


def write_explanations(
    trained: TrainedModel,
    table: Predictions,
    files: Collection[Path],
    raw_files: Collection[Path],
    phantom: Phantom | None,
    config: GradcamConfig,
    seed: int,
    folder: Path,
) -> dict[str, Any]:
    """Explain the predicted class of a stratified sample of the test split.

    Args:
      trained: the model.
      table: predictions of the test split, of the same model.
      files: gzip TFRecords of the transformed test examples.
      raw_files: gzip TFRecords of the ingested test examples, with the boxes that radiologists drew, where there are any.
      phantom: the built-in phantom, where that is the data.
      config: how many images, which layer.
      seed: of the sample.
      folder: receives explanations.json, images/ID.png, overlays/ID.png and maps.npz (ID to float32 [image_px, image_px],
        range [0, 1]).
    Returns:
      What explanations.json holds.
    Raises:
      UserError: something is missing, or model and predictions do not belong together.
    """
    model, classes, image_px = trained.network, list(trained.classes), trained.image_px
    predicted = table.predicted_index
    correct = predicted == table.label_index
    rows, cells = choose_images(
        table.id.tolist(), table.source.tolist(), table.label.tolist(), correct.tolist(), config.images_per_cell, config.max_images, seed
    )
    ids = [str(table.id[row]) for row in rows]
    images, metadata = read_images(files, ids, image_px)
    others = [metadata] if len(model.inputs) > 1 else []
    found = configured_maps(model, config, images[..., None].astype(np.float32) / 255, predicted[rows], others)
    known = find_known(ids, image_px, trained.harmonise, phantom, raw_files)
    evidence = {name: masks for name, masks in known.evidence.items() if name != MARK}
    _write_arrays(folder, ids, images, found.maps, _any_of(evidence, (len(ids), image_px, image_px)))
    document = {
        "method": KIND_NAMES[config.kind],
        "against": config.against,
        "layer": found.layer,
        "image_px": image_px,
        "classes": classes,
        "examples": [
            {
                "id": image_id,
                "source": str(table.source[row]),
                "label": str(table.label[row]),
                "predicted": classes[predicted[row]],
                "correct": bool(correct[row]),
                "probabilities": {name: float(value) for name, value in zip(classes, table.probabilities[row], strict=True)},
                "explained_class": classes[predicted[row]],
                "outlined": [name for name, masks in evidence.items() if masks[place].any()],
                "image": f"images/{image_id}.png",
                "overlay": f"overlays/{image_id}.png",
            }
            for place, (image_id, row) in enumerate(zip(ids, rows, strict=True))
        ],
        "cells": [cell.to_json() for cell in cells],
    }
    (folder / "explanations.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    progress.notice("explainer", f"{KIND_NAMES[config.kind]} of {len(ids)} of {plural(len(table), 'test image')} at layer {found.layer}")
    return document


def _any_of(evidence: Masks, shape: tuple[int, int, int]) -> Flags:
    return np.logical_or.reduce(list(evidence.values())) if evidence else np.zeros(shape, np.bool_)


def _write_arrays(folder: Path, ids: list[str], images: npt.NDArray[np.uint8], maps: npt.NDArray[np.float32], outlined: Flags) -> None:
    for name, draw in (("images", lambda image, *_: image_png(image)), ("overlays", overlay_png)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for image_id, image, strength, mask in zip(ids, images, maps, outlined, strict=True):
            (folder / name / f"{image_id}.png").write_bytes(draw(image, strength, mask))
    np.savez_compressed(folder / "maps.npz", **dict(zip(ids, maps, strict=True)))
