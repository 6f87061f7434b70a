"""Write a folder of phantom radiographs with their truth."""

import hashlib
import os
import shutil
import uuid
from pathlib import Path

import numpy as np
from PIL import Image

from components.base import progress
from components.base.errors import UsageError
from components.base.source_digest import source_digest
from components.phantom.config import PhantomConfig
from components.phantom.marks import choose_mark
from components.phantom.radiograph import expose
from components.phantom.roster import Exposure, roster
from components.phantom.truth import BOX_COLUMNS, METADATA_COLUMNS, Row, box_rows, csv_text, metadata_row, readme_text

STAGE = "phantom"
_REPORT_EVERY = 20
_TABLES = ("metadata.csv", "truth/boxes.csv", "README.txt")


def phantom_digest(config: PhantomConfig) -> str:
    """Name a phantom folder by its configuration and by the code that draws it: 16 hex digits."""
    text = f"{config.model_dump_json()}\0{source_digest('components.phantom')}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def generate(config: PhantomConfig, root: Path) -> Path:
    """Make the phantom folder of a configuration, or find it where it was made before.

    The folder appears whole or not at all: it is written under another name beside its place, then renamed. The same
    configuration gives the same bytes; more images leave those of fewer as they are.

    Args:
      config: what to make.
      root: where phantom folders lie, usually OUTPUT/phantom; made where absent.
    Returns:
      root/<digest>, which holds metadata.csv, images/, truth/ and README.txt; see README.txt.
    Raises:
      UsageError: the folder cannot be written.
    """
    folder = root / phantom_digest(config)
    exposures = roster(config.seed, config.images)
    partial = root / f".{folder.name}.{uuid.uuid4().hex[:8]}.partial"
    try:
        if _is_whole(folder, exposures):
            return folder
        _write(config, exposures, partial)
        return _put_in_place(partial, folder, exposures)
    except OSError as error:
        raise UsageError(f"{folder}: phantom data cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _is_whole(folder: Path, exposures: list[Exposure]) -> bool:
    paths = [*_TABLES, *(f"{place}/{exposure.file_name}" for place in ("images", "truth/masks") for exposure in exposures)]
    return all((folder / path).is_file() for path in paths)


def _write(config: PhantomConfig, exposures: list[Exposure], folder: Path) -> None:
    (folder / "images").mkdir(parents=True)
    (folder / "truth" / "masks").mkdir(parents=True)
    metadata: list[Row] = []
    boxes: list[Row] = []
    # By name, so that the order of the rows tells no more than the names.
    for done, exposure in enumerate(sorted(exposures, key=lambda exposure: exposure.file_name)):
        if done % _REPORT_EVERY == 0:
            progress.report(STAGE, done, len(exposures), "phantom images")
        mark = choose_mark(exposure, config.shortcut)
        radiograph = expose(exposure, config.image_px, mark)
        lesions = np.zeros(radiograph.pixels.shape, np.uint8)
        for mask in radiograph.lesion_masks:
            lesions[mask] = 255
        # The noise does not compress; harder trying would take longer than drawing.
        Image.fromarray(radiograph.pixels).save(folder / "images" / exposure.file_name, compress_level=2)
        Image.fromarray(lesions).save(folder / "truth" / "masks" / exposure.file_name)
        metadata.append(metadata_row(exposure, mark))
        boxes += box_rows(exposure, mark, radiograph)
    tables = (csv_text(METADATA_COLUMNS, metadata), csv_text(BOX_COLUMNS, boxes), readme_text(config, exposures))
    for name, text in zip(_TABLES, tables, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    progress.report(STAGE, len(exposures), len(exposures), "phantom images")


def _put_in_place(partial: Path, folder: Path, exposures: list[Exposure]) -> Path:
    try:
        os.rename(partial, folder)
    except OSError:
        if _is_whole(folder, exposures):  # another process was faster
            return folder
        # A folder that lost files: the renamed remains are removed with the next line, so a whole one is there at once.
        remains = partial.with_suffix(".remains")
        os.rename(folder, remains)
        os.rename(partial, folder)
        shutil.rmtree(remains, ignore_errors=True)
    return folder
