"""Tables of features out of what is known of an image's file and source, without its pixels."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from schemas import features

# What the examples carry of the original file. They do not carry the photometric interpretation, the depth or the size in bytes.
READ: Final = (features.HEIGHT_PX, features.WIDTH_PX, features.MODE, features.FORMAT)
_MOST_SIZES: Final = 32

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FileFacts:
    """Of the original file of one image."""

    height_px: int
    width_px: int
    mode: str
    format: str


class FileTable:
    """Turns facts into features: the logarithms of the sides and of their ratio, and one-hot the exact size, the mode and the format.

    Equal sizes tell a collection as a name would, so that the most frequent ones have a feature each.
    """

    def __init__(self, train: Sequence[FileFacts]) -> None:
        """Learn which sizes, modes and formats the training images have."""
        sizes = Counter((fact.height_px, fact.width_px) for fact in train)
        # Of equal counts the smaller size comes first, whatever the order of the images.
        self._sizes = sorted(sizes, key=lambda size: (-sizes[size], size))[:_MOST_SIZES]
        self._modes, self._formats = sorted({fact.mode for fact in train}), sorted({fact.format for fact in train})

    def features(self, facts: Sequence[FileFacts]) -> Features:
        """Make the table: float32 [n, d]; what training images do not have is 0 all over."""
        sides = np.array([(fact.height_px, fact.width_px) for fact in facts], np.float64).reshape(-1, 2)
        logs = np.log(sides)
        parts = (
            logs,
            logs[:, :1] - logs[:, 1:],
            one_hot([(fact.height_px, fact.width_px) for fact in facts], self._sizes),
            one_hot([fact.mode for fact in facts], self._modes),
            one_hot([fact.format for fact in facts], self._formats),
        )
        table: Features = np.concatenate(parts, axis=1).astype(np.float32)
        return table


def one_hot(values: Iterable[object], known: Sequence[object]) -> Features:
    """Encode values by their place among those known: float32 [n, len(known)], 0 all over for others."""
    places = {value: place for place, value in enumerate(known)}
    found = np.array([places.get(value, -1) for value in values], np.int64)
    encoded: Features = (found[:, np.newaxis] == np.arange(len(known))).astype(np.float32)
    return encoded
