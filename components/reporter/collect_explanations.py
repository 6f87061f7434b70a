"""The gallery of explanations: radiograph and overlay of a sample of test images."""

import base64
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

# Base64 adds a third: the pictures of a report then stay under 11 MB, whatever their number and size.
PICTURE_BUDGET_BYTES = 8_000_000
_SHRUNK_SIDE_PX = 320
_JPEG_QUALITY = 85


@dataclass(frozen=True)
class Explained:
    """One image, what the model answered and where the evidence lies.

    Attributes:
      image_id: a pseudonym.
      outlined: what is known in it and outlined in its map, such as "lesion".
    """

    image_id: str
    source: str
    label: str
    predicted: str
    correct: bool
    probabilities: dict[str, float]
    explained_class: str
    outlined: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """How many images of a class at a source, answered right or wrong, there are and how many are shown."""

    source: str
    label: str
    correct: bool
    available: int
    shown: int


@dataclass(frozen=True)
class Gallery:
    """The explained images; wrong answers after right ones in each class and source."""

    method: str
    against: str
    layer: str
    image_px: int
    classes: tuple[str, ...]
    examples: tuple[Explained, ...]
    cells: tuple[Shown, ...]

    @property
    def outlined(self) -> tuple[str, ...]:
        """What is outlined in one of the maps or more, such as "lesion"."""
        return tuple(dict.fromkeys(name for example in self.examples for name in example.outlined))


@dataclass(frozen=True)
class Pictures:
    """Data URIs by the id of the image."""

    images: dict[str, str]
    overlays: dict[str, str]


def read_gallery(folder: Path) -> tuple[Gallery, Pictures]:
    """Read `explanations.json` and the pictures that it names.

    Args:
      folder: the Explanations artifact.
    Returns:
      The facts, and the pictures apart, since only the former belong into `report.json`.
    """
    content = json.loads((folder / "explanations.json").read_text())
    entries = sorted(content["examples"], key=lambda entry: (entry["source"], not entry["correct"], entry["id"]))
    budget = PICTURE_BUDGET_BYTES // max(1, 2 * len(entries))
    pictures = Pictures(
        images={str(entry["id"]): data_uri(folder / entry["image"], budget) for entry in entries},
        overlays={str(entry["id"]): data_uri(folder / entry["overlay"], budget) for entry in entries},
    )
    gallery = Gallery(
        method=str(content["method"]),
        against=str(content["against"]),
        layer=str(content["layer"]),
        image_px=int(content["image_px"]),
        classes=tuple(content["classes"]),
        examples=tuple(_explained(entry) for entry in entries),
        cells=tuple(
            Shown(str(cell["source"]), str(cell["label"]), bool(cell["correct"]), int(cell["available"]), int(cell["shown"]))
            for cell in sorted(content.get("cells", []), key=lambda cell: (cell["source"], cell["label"], not cell["correct"]))
        ),
    )
    return gallery, pictures


def data_uri(path: Path, budget_bytes: int) -> str:
    """Turn a PNG file into a data URI, as a smaller JPEG where the file exceeds its budget.

    Args:
      path: PNG file, gray or RGB.
      budget_bytes: largest file that is taken as it is.
    Returns:
      "data:image/...;base64,...".
    """
    content = path.read_bytes()
    kind = "png"
    if len(content) > budget_bytes:
        with Image.open(io.BytesIO(content)) as image:
            smaller = image.convert("L" if image.mode in ("1", "L", "I;16") else "RGB")
            smaller.thumbnail((_SHRUNK_SIDE_PX, _SHRUNK_SIDE_PX))
            buffer = io.BytesIO()
            smaller.save(buffer, "JPEG", quality=_JPEG_QUALITY)
        content, kind = buffer.getvalue(), "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _explained(entry: dict[str, Any]) -> Explained:
    return Explained(
        image_id=str(entry["id"]),
        source=str(entry["source"]),
        label=str(entry["label"]),
        predicted=str(entry["predicted"]),
        correct=bool(entry["correct"]),
        probabilities={str(label): float(value) for label, value in entry["probabilities"].items()},
        explained_class=str(entry["explained_class"]),
        outlined=tuple(entry["outlined"]),
    )
