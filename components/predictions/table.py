"""The predictions of a model as arrays: `predictions.npz`."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.features import ATTRIBUTES, EXTRA_PREFIX

FILE_NAME = "predictions.npz"

Texts = NDArray[np.str_]
Mask = NDArray[np.bool_] | NDArray[np.int64]


@dataclass(frozen=True)
class Predictions:
    """One row an image of the eval and test splits, by split and id.

    Attributes:
      classes: text [k], names in the order of the probabilities.
      id: text [n], pseudonym of the image.
      group: text [n], pseudonym of the patient or group of copies.
      source: text [n], name of the source.
      split: text [n], "eval" or "test".
      view: text [n], "AP", "PA" or "unknown".
      label: text [n], one of `classes`.
      label_index: int64 [n], position of the label in `classes`.
      probabilities: float32 [n, k], rows sum to 1.
      embedding: float32 [n, d], the model's pooled features.
      extra: csv column to text [n]; empty text where an image has none.
      attributes: name of schemas.features.ATTRIBUTES to text [n], or int64 [n] for the age in years and the flags of quality;
        "unknown" and NOT_STATED where the example does not say.
    """

    classes: Texts
    id: Texts
    group: Texts
    source: Texts
    split: Texts
    view: Texts
    label: Texts
    label_index: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    embedding: NDArray[np.float32]
    extra: dict[str, Texts] = field(default_factory=dict)
    attributes: dict[str, Texts | NDArray[np.int64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.id)

    @property
    def predicted_index(self) -> NDArray[np.int64]:
        """int64 [n], position of the most probable class."""
        best: NDArray[np.int64] = np.argmax(self.probabilities, axis=1)
        return best

    def subset(self, mask: Mask) -> "Predictions":
        """Take some rows.

        Args:
          mask: bool [n], or int64 [m] positions in the order wanted.
        """
        return Predictions(
            classes=self.classes,
            extra={column: values[mask] for column, values in self.extra.items()},
            attributes={name: values[mask] for name, values in self.attributes.items()},
            **{name: getattr(self, name)[mask] for name in _ROW_ARRAYS},
        )

    def save(self, path: Path) -> Path:
        """Write the .npz; `path` is the file, or a folder for `predictions.npz`. The same table gives the same bytes."""
        file = path / FILE_NAME if path.is_dir() else path
        arrays: dict[str, Any] = {"classes": self.classes, **{name: getattr(self, name) for name in _ROW_ARRAYS}}
        arrays |= {EXTRA_PREFIX + column: values for column, values in self.extra.items()} | self.attributes
        with file.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        return file

    @classmethod
    def load(cls, path: Path) -> "Predictions":
        """Read the .npz, given the file or its folder; objects in it are refused."""
        with np.load(path / FILE_NAME if path.is_dir() else path, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        extra = {name.removeprefix(EXTRA_PREFIX): arrays.pop(name) for name in list(arrays) if name.startswith(EXTRA_PREFIX)}
        attributes = {name: arrays.pop(name) for name in ATTRIBUTES if name in arrays}
        return cls(extra=extra, attributes=attributes, **arrays)


_ROW_ARRAYS = tuple(item.name for item in fields(Predictions) if item.name not in ("classes", "extra", "attributes"))
