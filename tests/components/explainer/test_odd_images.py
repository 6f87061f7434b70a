"""The command says of an image what the ingest would flag."""

import importlib.util
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from components.explainer.odd_images import ODD
from components.ingest.quality import _CHEST as CHEST
from schemas import features
from tests.components.explainer.command import call

_SPEC = importlib.util.spec_from_file_location("dicom_files", Path(__file__).resolve().parents[2] / "fuzz" / "seeds.py")
seeds = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(seeds)
dicom = seeds.dicom


def chest():
    """As the mean chest of components.ingest.quality, enlarged."""
    return cv2.resize(((CHEST - CHEST.min()) / np.ptp(CHEST) * 255).astype(np.uint8), (60, 60))


def coloured(gray):
    image = np.dstack([gray] * 3)
    image[:8, :8] = (255, 0, 0)
    return Image.fromarray(image)


@pytest.mark.parametrize(
    ("made", "flags", "said"),
    [
        (lambda: Image.fromarray(chest()), [], []),
        (lambda: Image.fromarray(255 - chest()), ["inverted"], ["gray scale looks inverted"]),
        (lambda: Image.fromarray(100 + chest() // 8), ["flat"], ["hardly any contrast"]),
        (lambda: coloured(chest()), ["colour_overlay"], ["parts are in colour"]),
        (lambda: dicom(chest(), ViewPosition="PA"), [], []),
        (lambda: dicom(chest(), ViewPosition="LL"), ["lateral"], ["lateral view"]),
        (lambda: dicom(255 - chest(), BurnedInAnnotation="YES"), ["burnt_in", "inverted"], ["annotations are burnt", "looks inverted"]),
    ],
)
def test_what_the_ingest_flags_is_said_and_stands_in_the_json(place, capsys, made, flags, said):
    image, file = made(), place / "odd.png"
    if isinstance(image, bytes):
        file.write_bytes(image)
    else:
        image.save(file)
    assert call(place, "--format", "json", images=["odd.png", "other.jpg"]) == 0
    captured = capsys.readouterr()
    assert [json.loads(line)["flags"] for line in captured.out.splitlines()] == [flags, []]
    lines = [line for line in captured.err.splitlines() if line.startswith(f"{file}: ")]
    assert len(lines) == len(said)
    assert all(text in line for text, line in zip(said, lines, strict=True))
    # Of the header's name and number nothing is told.
    assert not [told for told in ("P-17", "Somebody") if told in captured.out + captured.err]


def test_every_flag_has_its_words():
    assert set(ODD) == set(features.QUALITY_FLAGS)
