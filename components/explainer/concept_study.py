"""Study the concepts of a model on the test split, judge both methods on the same images, and write what is found."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.plural import plural
from components.evaluator.intervals import resample
from components.explainer.ace import ClassConcepts, explain_class
from components.explainer.concept_maps import label_map, relevance_by_concept
from components.explainer.concept_pictures import examples_png
from components.explainer.concept_tree import concept_tree, curves_tree, dropped_tree
from components.explainer.config import KIND_NAMES, ExplainerConfig
from components.explainer.configured import Maps, configured_maps, contrast, layer_name
from components.explainer.faithfulness.comparison import correct_together
from components.explainer.faithfulness.explained import Explained
from components.explainer.faithfulness.judge import judge, judge_places
from components.explainer.faithfulness.measures import LUNG, MARK
from components.explainer.known_truth import find_known
from components.explainer.layer_view import LayerView
from components.explainer.material import Subjects
from components.explainer.phantom_truth import Phantom
from components.explainer.randomisation import gradcam_anew, stage_names
from components.explainer.randomisation_check import AceAnew, RandomisationCheck, ace_anew, check_randomisation, spread_out
from components.explainer.sample import choose_images
from components.explainer.scored_concepts import as_pixels, place
from components.explainer.trained_model import TrainedModel
from components.explainer.transformed_images import read_images
from components.explainer.untrained import untrained_views
from components.predictions.table import Predictions

ACE = "ACE"
FILE_NAME = "concepts.json"
# Fewer have neither concepts that recur nor patients to draw.
_LEAST_IMAGES = 4
_PICTURED = 8


@dataclass(frozen=True)
class Study:
    """What a study needs.

    Attributes:
      model: the trained model.
      table: predictions of the test split, of the same model.
      files: gzip TFRecords of the transformed test examples.
      raw_files: gzip TFRecords of the ingested test examples.
      phantom: the built-in phantom, where that is the data.
      config: of both methods and the measures.
      seed: decides everything that is drawn.
    """

    model: TrainedModel
    table: Predictions
    files: Collection[Path]
    raw_files: Collection[Path]
    phantom: Phantom | None
    config: ExplainerConfig
    seed: int


def write_concepts(study: Study, folder: Path) -> dict[str, Any]:
    """Study the classes that the configuration asks for.

    Args:
      study: model, images and configuration.
      folder: receives concepts.json, CLASS/concept-N.png and CLASS.npz (ids, and float32 maps [n, image_px, image_px] of both methods).
    Returns:
      What concepts.json holds.
    Raises:
      UserError: something is missing, or model and data do not belong together.
    """
    names = list(study.model.classes)
    count = study.config.ace.max_classes or len(names)
    wanted = names[::-1][:count]
    folder.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {
        "settings": study.config.model_dump(mode="json"),
        "mark_shortcut": None if study.phantom is None else study.phantom.config.shortcut,
        "classes": {},
        "places": _judge_places(study),
        "left_out": {name: "not asked for (explainer.ace.max_classes)" for name in names if name not in wanted},
    }
    for name in wanted:
        rows = _rows_of_class(study, name)
        if len(rows) < _LEAST_IMAGES:
            document["left_out"][name] = f"{plural(len(rows), 'test image')}, and {_LEAST_IMAGES} are needed"
            continue
        document["classes"][name] = _study_class(study, name, rows, folder)
    correct_together(tree["faithfulness"] for tree in document["classes"].values())
    # json has no NaN, and nothing here may be one.
    (folder / FILE_NAME).write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return document


def _rows_of_class(study: Study, name: str) -> list[int]:
    """Draw images of a class, each source in turn."""
    table = study.table
    of_class = np.flatnonzero(table.label == name)
    part = table.subset(of_class)
    if not len(part):
        return []
    # One cell a source: right and wrong answers come as they are, so that a concept is not one of right answers.
    limit = study.config.ace.images
    drawn, _ = choose_images(part.id.tolist(), part.source.tolist(), part.label.tolist(), [True] * len(part), limit, limit, study.seed)
    return [int(of_class[row]) for row in drawn]


def _study_class(study: Study, name: str, rows: Sequence[int], folder: Path) -> dict[str, Any]:
    table, config, model = study.table.subset(np.array(rows)), study.config, study.model
    class_index = model.classes.index(name)
    subjects = _subjects(study, table)
    random = study.table.subset(np.array(_random_rows(study)))
    random_images, random_others = _read(study, random)
    layer, batch_size, against = layer_name(model.network, config.ace.layer), config.ace.batch_size, contrast(config.gradcam)
    view = LayerView(model.network, layer, batch_size, setting="explainer.ace.layer")
    # Others than those of the randomisation check, whose maps are painted beside.
    first = study.seed + config.faithfulness.randomisations
    untrained = untrained_views(model.network, view.layer, batch_size, range(first, first + config.ace.untrained))
    found = explain_class(view, subjects, class_index, random_images, random_others, config.ace, study.seed, against, untrained)
    progress.notice(
        "explainer", f"ACE of {name}: {plural(len(found.found), 'concept')} in {plural(len(rows), 'image')} at layer {found.layer}"
    )

    pixels = as_pixels(subjects.images)
    explained_class = np.full(len(rows), class_index)
    gradcam = configured_maps(model.network, config.gradcam, pixels, explained_class, subjects.others)
    maps = gradcam.maps
    explained = Explained(view.probabilities, pixels, explained_class, subjects.others, config.faithfulness.batch_size)
    judgement = judge(
        explained,
        {KIND_NAMES[config.gradcam.kind]: maps, ACE: found.maps},
        subjects.truth,
        subjects.groups,
        config.faithfulness,
        study.seed,
        table.predicted_index == class_index,
        subjects.anatomy.get(LUNG),
    )
    check = _randomisation(study, view, found, gradcam, pixels, explained_class)
    judgement.rows.extend(check.rows())
    progress.notice("explainer", f"measured both methods on {plural(len(rows), 'image')} of {name}")

    np.savez_compressed(folder / f"{name}.npz", ids=table.id, gradcam=maps, ace=found.maps)
    return {
        "images": len(rows),
        "patients": len(np.unique(table.group)),
        "answered_right": int((table.predicted_index == class_index).sum()),
        "sources": {str(source): int(number) for source, number in zip(*np.unique(table.source, return_counts=True), strict=True)},
        "layer": found.layer,
        "gradcam_method": KIND_NAMES[config.gradcam.kind],
        "gradcam_layer": gradcam.layer,
        "segments": len(found.segments),
        "near_duplicates": found.segments.duplicates,
        "random_images": len(random),
        "random_sets": config.ace.random_sets,
        "random_examples": found.material.random_examples,
        "against": config.gradcam.against,
        "untrained": list(found.untrained),
        "significant": found.seen.significant,
        "dropped": dropped_tree(found),
        "concepts": _concepts(name, found, subjects, maps, folder),
        "curves": None if found.sufficiency is None else curves_tree(found.sufficiency),
        "truth": {truth: int(masks.any(axis=(1, 2)).sum()) for truth, masks in subjects.truth.items()},
        "randomisation": check.to_json(),
        "faithfulness": judgement.to_json(),
    }


def _judge_places(study: Study) -> dict[str, Any]:
    """Hold Grad-CAM of every class, studied or not, against what is known of the images that a study of it takes."""
    config, model = study.config, study.model
    drawn = {name: _rows_of_class(study, name) for name in model.classes}
    every = study.table.subset(np.array([row for rows in drawn.values() for row in rows]))
    # All at once, since boxes are looked for in all files of the split.
    known = find_known(every.id.tolist(), model.image_px, model.harmonise, study.phantom, study.raw_files)
    method, found = KIND_NAMES[config.gradcam.kind], {}
    for index, name in enumerate(model.classes):
        own = every.label == name
        truths = {truth: masks[own] for truth, masks in known.evidence.items() if truth != MARK and masks[own].any()}
        if not truths:
            continue
        table = every.subset(own)
        images, others = _read(study, table)
        explained_class, right = np.full(len(table), index), table.predicted_index == index
        maps = configured_maps(model.network, config.gradcam, as_pixels(images), explained_class, others).maps
        lungs = known.anatomy[LUNG][own] if LUNG in known.anatomy else None
        rows = judge_places({method: maps}, truths, table.group, config.faithfulness, study.seed, right, lungs)
        found[name] = {"images": len(table), "answered_right": int(right.sum()), "rows": [row.to_json() for row in rows]}
    return found


def _subjects(study: Study, table: Predictions) -> Subjects:
    images, others = _read(study, table)
    answers = ["right" if right else "wrong" for right in table.predicted_index == table.label_index]
    known = find_known(table.id.tolist(), study.model.image_px, study.model.harmonise, study.phantom, study.raw_files)
    columns = {"source": table.source.tolist(), "view": table.view.tolist(), "answer": answers}
    return Subjects(images, others, table.group, columns, known.evidence, known.anatomy)


def _random_rows(study: Study) -> list[int]:
    """Draw images for the random sets, each class and source in turn."""
    table = study.table
    limit = 2 * study.config.ace.images
    right = [True] * len(table)
    drawn, _ = choose_images(table.id.tolist(), table.source.tolist(), table.label.tolist(), right, limit, limit, study.seed)
    return drawn


def _read(study: Study, table: Predictions) -> tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.float32]]]:
    images, metadata = read_images(study.files, table.id.tolist(), study.model.image_px)
    return images, [metadata] if len(study.model.network.inputs) > 1 else []


def _concepts(name: str, found: ClassConcepts, subjects: Subjects, maps: npt.NDArray[np.float32], folder: Path) -> list[dict[str, Any]]:
    if not found.found:
        return []
    (folder / name).mkdir(exist_ok=True)
    segments = found.segments
    placed = place(segments, [each.concept for each in found.found])
    labels = label_map(placed, [each.score.effect for each in found.found], (len(maps), *segments.image_shape))
    number = len(found.found)
    seen = maps.max(axis=(1, 2)) > 0
    # Images without a map have no mass to share out.
    shares = relevance_by_concept(maps[seen], labels[seen], number).mean(axis=0) if seen.any() else np.zeros(number + 1)
    areas = relevance_by_concept(np.ones_like(maps), labels, number).mean(axis=0)
    trees = []
    for row, each in enumerate(found.found):
        picture = f"{name}/concept-{row + 1}.png"
        (folder / picture).write_bytes(examples_png(subjects.images, segments, each.concept.examples[:_PICTURED]))
        trees.append(concept_tree(each, picture, float(shares[row]), float(areas[row])))
    return trees


def _randomisation(
    study: Study, view: LayerView, found: ClassConcepts, gradcam: Maps, pixels: npt.NDArray[np.float32], classes: npt.NDArray[np.int64]
) -> RandomisationCheck:
    """Compare the maps of both methods with those of networks whose weights are random from the last layer down to each."""
    config, network, subjects = study.config, study.model.network, found.material.subjects
    how = (layer_name(network, config.gradcam.layer), subjects.others, config.gradcam.kind, contrast(config.gradcam))
    methods, not_run = {}, {}
    anew: AceAnew | None = None
    if gradcam.maps.any():
        methods[KIND_NAMES[config.gradcam.kind]] = gradcam_anew(gradcam.maps, pixels, classes, *how)
    else:
        not_run[KIND_NAMES[config.gradcam.kind]] = "nothing in its maps of the trained network speaks for the class"
    stages = spread_out(stage_names(network), config.faithfulness.ace_stages)
    if not stages:
        not_run[ACE] = "not asked for (explainer.faithfulness.ace_stages)"
    elif not found.maps.any():
        not_run[ACE] = (
            "no concept of the trained network is known to be beyond untrained ones, so that its maps are flat and agree with none"
        )
    else:
        anew = ace_anew(view, found, config.ace, study.seed, stages)
        methods[ACE] = anew.remade
    seeds = [study.seed + number for number in range(config.faithfulness.randomisations)]
    resampling = resample(subjects.groups, config.faithfulness.draws, study.seed)
    check = check_randomisation(network, seeds, methods, not_run, resampling)
    return check if anew is None else replace(check, concepts=anew.all_random())
