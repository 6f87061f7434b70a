from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from components.ingest.copies.fingerprint import Fingerprint, take_fingerprint
from components.phantom.config import PhantomConfig
from components.phantom.generate import generate


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> list[npt.NDArray[np.uint8]]:
    """The first exposure of each of 40 phantom patients, uint8 [256, 256]."""
    folder = generate(PhantomConfig(images=90), Path(tmp_path_factory.mktemp("phantoms")))
    paths = sorted((folder / "images").glob("*_1.png"))[:40]
    assert len(paths) == 40
    return [np.asarray(Image.open(path)) for path in paths]


@pytest.fixture(scope="session")
def fingerprints(phantoms: list[npt.NDArray[np.uint8]]) -> list[Fingerprint]:
    return [take_fingerprint(pixels) for pixels in phantoms]
