"""Who is exposed: patients, their site and class, their images.

Patients come in blocks of nine, one for every site and class, and three blocks in a row give each site and class
patients of one, two and three images, so that the cells stay near-equal wherever the roster ends.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from schemas import features

SITES = ("phantom_site_a", "phantom_site_b", "phantom_site_c")
CLASSES = features.DEFAULT_CLASSES
MAX_IMAGES_PER_PATIENT = 3
_BLOCK = len(SITES) * len(CLASSES)
_AP_SHARE = 0.4


@dataclass(frozen=True)
class Exposure:
    """One image to be made.

    Attributes:
      patient: index of the patient, from 0.
      image: index of the image among the patient's, from 0.
      site: index into SITES; one a patient.
      label: one of CLASSES; one a patient.
      view: "AP" or "PA", independent of everything else.
      patient_id: name of the patient, which tells neither site nor class.
    """

    seed: int
    patient: int
    image: int
    site: int
    label: str
    view: str
    patient_id: str

    @property
    def source(self) -> str:
        """Name of the site."""
        return SITES[self.site]

    @property
    def file_name(self) -> str:
        """Name of the image's file, and of its mask's; it tells neither site nor class."""
        return f"{self.patient_id}_{self.image + 1}.png"

    def patient_rng(self, purpose: str) -> np.random.Generator:
        """Start the random stream of a purpose that all images of the patient share."""
        return stream(self.seed, purpose, self.patient)

    def image_rng(self, purpose: str) -> np.random.Generator:
        """Start the random stream of a purpose for this image alone."""
        return stream(self.seed, purpose, self.patient, self.image)


def roster(seed: int, images: int) -> list[Exposure]:
    """List the exposures; a longer roster begins with the shorter one.

    Args:
      seed: any number from 0.
      images: how many exposures, exactly; the last patient may be left with fewer than planned.
    """
    exposures: list[Exposure] = []
    for exposure in _endless(seed):
        if len(exposures) == images:
            break
        exposures.append(exposure)
    return exposures


def stream(seed: int, purpose: str, *indices: int) -> np.random.Generator:
    """Start a random stream that depends on the arguments alone, so that one draw more of one purpose moves no other."""
    text = "\0".join([str(seed), purpose, *map(str, indices)])
    return np.random.Generator(np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")))


def _endless(seed: int) -> Iterator[Exposure]:
    for block in count():
        # The same three numbers for three blocks: a cell meets each of 1, 2, 3 once.
        numbers = np.argsort(stream(seed, "images", block // 3).random((_BLOCK, MAX_IMAGES_PER_PATIENT)), axis=1) + 1
        order = stream(seed, "order", block).permutation(_BLOCK)
        for place, cell in enumerate(order):
            patient = block * _BLOCK + place
            site, label = divmod(int(cell), len(CLASSES))
            name = hashlib.sha256(f"phantom patient {seed} {patient}".encode()).hexdigest()[:12]
            for image in range(int(numbers[cell, block % 3])):
                view = "AP" if stream(seed, "view", patient, image).random() < _AP_SHARE else "PA"
                yield Exposure(seed, patient, image, site, CLASSES[label], view, f"phantom_{name}")
