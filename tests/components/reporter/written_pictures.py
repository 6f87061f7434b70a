"""Write what the explainer writes of a scenario."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from components.explainer.config import ExplainerConfig
from components.predictions.table import Predictions
from tests.components.reporter.simulated import CLASSES, Scenario

STRIKING = {"kind": "doubt", "text": "94 % source cohen (all segments 33 %): a reason to distrust the model"}


def write_explanations(folder: Path, scenario: Scenario, test: Predictions, random: np.random.Generator) -> None:
    (folder / "images").mkdir()
    (folder / "overlays").mkdir()
    chosen, cells = [], []
    for source, label in scenario.cells:
        for correct in (True, False):
            where = (test.source == source) & (test.label == label) & ((test.predicted_index == test.label_index) == correct)
            index = np.flatnonzero(where)
            shown = index[: max(1, scenario.pictures // (2 * len(scenario.cells)))]
            chosen += shown.tolist()
            cells.append({"source": source, "label": label, "correct": correct, "available": len(index), "shown": len(shown)})
    examples = []
    for index in chosen:
        image_id = str(test.id[index])
        picture = radiograph(scenario.image_px, random)
        picture.save(folder / "images" / f"{image_id}.png")
        _overlay(picture, random).save(folder / "overlays" / f"{image_id}.png")
        predicted = CLASSES[test.predicted_index[index]]
        examples.append(
            {
                "id": image_id,
                "source": str(test.source[index]),
                "label": str(test.label[index]),
                "predicted": predicted,
                "correct": bool(predicted == test.label[index]),
                "probabilities": {name: float(value) for name, value in zip(CLASSES, test.probabilities[index], strict=True)},
                "explained_class": predicted,
                "outlined": ["lesion"] if str(test.label[index]) == "covid19" else [],
                "image": f"images/{image_id}.png",
                "overlay": f"overlays/{image_id}.png",
            }
        )
    content = {
        "method": "Grad-CAM",
        "against": "others",
        "layer": "stage_3_add",
        "image_px": scenario.image_px,
        "classes": CLASSES,
        "examples": examples,
        "cells": cells,
    }
    (folder / "explanations.json").write_text(json.dumps(content))


def write_concepts(folder: Path, scenario: Scenario, random: np.random.Generator) -> None:
    (folder / "covid19").mkdir()
    radiograph(scenario.image_px, random).save(folder / "covid19" / "concept-1.png")
    tcav = {"mean": 0.9, "standard_error": 0.02, "interval": {"low": 0.8, "high": 0.95}, "effect": 1.25, "q": 0.001}
    tcav |= {"random_mean": 0.5, "one_gradient": False, "effect_error": 0.07, "effect_interval": {"low": 1.1, "high": 1.4}}
    tcav |= {"verdict": "for the class", "accuracy": 0.93, "weak": 1, "vectors": 20}
    concept = {"name": "concept 1", "striking": STRIKING, "place": "top left", "picture": "covid19/concept-1.png", "segments": 40}
    concept |= {
        "rule": "in more than half of the images",
        "images": 12,
        "stability": 0.8,
        "drawn": 5,
        "lost": 1,
        "dissolves": False,
        "gradcam_share": 0.4,
        "area_share": 0.1,
    }
    concept |= {"tcav": tcav, "crossing": _crossing()}
    quiet = concept | {"name": "concept 2", "striking": None, "place": "scattered", "crossing": _crossing("fewer than 10 patients")}
    quiet |= {"stability": 0.443, "lost": 3, "dissolves": True}
    no_ends = {"low": None, "high": None}
    quiet |= {"tcav": tcav | {"verdict": "dissolves", "one_gradient": True, "interval": None, "effect_interval": no_ends}}
    curve = {"share": [1.0, 1.0, 1.0], "probability": [0.1, 0.5, 0.9]}
    random_orders = {"mean": curve, "low": curve | {"probability": [0.1, 0.2, 0.9]}, "high": curve | {"probability": [0.1, 0.8, 0.9]}}
    curves = dict.fromkeys(("adding", "removing"), curve) | {f"random_{name}": random_orders for name in ("adding", "removing")}
    row = {"method": "ACE", "measure": "pointing_game", "truth": "lesion", "value": 0.75, "low": 0.5, "high": 0.9, "images": 12}
    row |= {"patients": 11, "without_map": 1, "without_truth": 0, "why_none": ""}
    study = {
        "images": 12,
        "patients": 11,
        "layer": "stage_2",
        "gradcam_method": "Grad-CAM",
        "gradcam_layer": "stage_3",
        "segments": 300,
        "random_sets": 20,
    }
    study |= {
        "random_examples": 40,
        "against": "others",
        "untrained": [0.1, 0.25],
        "significant": 1,
        "dropped": {"too few segments to learn from": 2},
        "concepts": [concept, quiet],
        "truth": {"lesion": 12},
    }
    study |= {"curves": curves | {"sufficient": 1, "destroying": None, "covered": 0.4}}
    comparison = {"p": 0.01, "corrected_p": 0.01, "patients": 11, "why_none": "", "sentence": "ACE is better than a random map."}
    untested = {"p": None, "corrected_p": None, "patients": 8, "why_none": "fewer than 10 patients", "sentence": "Nothing follows."}
    study |= {"faithfulness": {"rows": [row], "comparisons": [comparison, untested, untested]}}
    stage = {"likeness": 0.2, "low": None, "high": None, "images": 12, "patients": 11, "why_none": ""}
    stages = [
        stage | {"layer": layer, "correlation": value, "by_network": [value, value], "overflows": [False] * 2}
        for layer, value in (("logits", 0.4), ("stem", 0.1))
    ]
    stages_of_ace = [stage | {"layer": "stem", "correlation": 0.05, "by_network": [0.05, None], "overflows": [False] * 2}]
    study |= {
        "randomisation": {"networks": 2, "layers": 9, "methods": {"Grad-CAM": stages, "ACE": stages_of_ace}, "not_run": {}, "concepts": []}
    }
    content = {"classes": {"covid19": study}, "left_out": {"normal": "not asked for (explainer.ace.max_classes)"}}
    of_control = row | {"method": "image centre", "value": 0.25}
    of_gradcam = row | {"method": "Grad-CAM", "value": 0.125, "images": 9}
    content |= {"places": {"pneumonia": {"images": 11, "answered_right": 9, "rows": [of_gradcam, of_control]}}}
    content |= {"settings": ExplainerConfig().model_dump(mode="json"), "mark_shortcut": 0.0}
    (folder / "concepts.json").write_text(json.dumps(content))


def _crossing(why_none: str = "") -> dict:
    columns = (("source", "cohen", 0.94, 0.33), ("source", "rsna", 0.06, 0.67), ("view", "PA", 0.5, 0.4), ("answer", "right", 1.0, 1.0))
    values = []
    for column, value, share, base in columns:
        ends = {"low": None, "high": None} if why_none else {"low": 0.75 * share / base, "high": 1.25 * share / base}
        lift = {"value": share / base, **ends, "groups": 11, "undefined": 0.0, "why_none": why_none, "note": ""}
        values.append({"column": column, "value": value, "segments": round(40 * share), "share": share, "base": base, "lift": lift})
    regions = [
        {"region": name, "inside": inside, "base": base, "covered": covered, "base_covered": 0.06}
        for name, inside, base, covered in (("border", 0.88, 0.36, 0.2), ("lung", 0.05, 0.41, 0.01), ("lesion", 0.0, 0.0, None))
    ]
    return {"values": values, "regions": regions, "centre": [0.2, 0.1], "spread": 0.12}


def radiograph(side: int, random: np.random.Generator) -> Image.Image:
    image = Image.new("L", (4 * side, 4 * side), 150)
    draw = ImageDraw.Draw(image)
    for left in (0.14, 0.54):
        box = np.array([left, 0.15, left + 0.32, 0.85]) * 4 * side + random.normal(scale=2 * side / 48, size=4)
        draw.ellipse(box.tolist(), fill=45)
    draw.rectangle([1.9 * side, 0, 2.1 * side, 4 * side], fill=200)
    pixels = np.asarray(image.resize((side, side)), np.float32) + random.normal(scale=9, size=(side, side))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _overlay(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    pixels = np.repeat(np.asarray(picture, np.float32)[:, :, None], 3, axis=2)
    side = pixels.shape[0]
    y, x = np.mgrid[:side, :side] / side
    heat = np.exp(-((x - random.uniform(0.2, 0.8)) ** 2 + (y - random.uniform(0.3, 0.8)) ** 2) / 0.02)[:, :, None]
    mixed = pixels * (1 - 0.6 * heat) + np.array([255.0, 90.0, 20.0]) * 0.6 * heat
    return Image.fromarray(mixed.astype(np.uint8))
