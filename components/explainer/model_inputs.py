"""Check the arrays that a model is explained on, and deal them out in batches."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base.errors import UsageError

Floats = npt.NDArray[np.float32]


class ModelInputs:
    """What a graph takes.

    Attributes:
      image_shape: height_px, width_px, channels; None where any size will do.
      class_count: classes of the model.
      specs: float32 [batch, ...] of each input, the image first.
    """

    def __init__(self, graph: keras.Model, class_count: int) -> None:
        """Describe the inputs of what components.explainer.feature_maps.flat_graph returns."""
        shapes = [tuple(tensor.shape[1:]) for tensor in graph.inputs]
        self.image_shape, self._other_shapes = shapes[0], shapes[1:]
        self.class_count = class_count
        self.specs = [tf.TensorSpec([None, *shape], tf.float32) for shape in shapes]

    def arrays(self, images: npt.ArrayLike, others: Sequence[npt.ArrayLike]) -> list[Floats]:
        """Return the inputs as float32, the images first.

        Raises:
          UsageError: they do not fit the model or each other.
        """
        pixels, *further = [np.asarray(each, np.float32) for each in (images, *others)]
        shape = self.image_shape
        if pixels.ndim != 4 or any(size not in (None, actual) for size, actual in zip(shape, pixels.shape[1:], strict=True)):
            expected = ", ".join("any" if size is None else str(size) for size in shape)
            raise UsageError(f"images must be [n, {expected}], not {list(pixels.shape)}")
        if [each.shape for each in further] != [(len(pixels), *shape) for shape in self._other_shapes]:
            count = len(self._other_shapes)
            raise UsageError(f"others must be {count} arrays of {len(pixels)} rows, as the model's other inputs take")
        return [pixels, *further]

    def classes(self, class_indices: npt.ArrayLike, count: int, name: str = "class_indices") -> npt.NDArray[np.int32]:
        """Return the class of each of `count` images as int32 [count].

        Raises:
          UsageError: their number is another, or the model has no such class.
        """
        indices = np.asarray(class_indices)
        if indices.shape != (count,):
            raise UsageError(f"{name} must be [{count}], one for each image, not {list(indices.shape)}")
        if count and not (indices.min() >= 0 and indices.max() < self.class_count):
            raise UsageError(f"{name} must lie in 0..{self.class_count - 1}")
        return indices.astype(np.int32)


def batches(arrays: Sequence[npt.NDArray[Any]], batch_size: int) -> Iterator[tuple[slice, list[tf.Tensor]]]:
    """Yield the rows of each batch, and those rows of each array as tensors.

    Raises:
      UsageError: the batch holds no image.
    """
    if batch_size < 1:
        raise UsageError("batch_size must be 1 or more")
    count = len(arrays[0])
    for start in range(0, count, batch_size):
        rows = slice(start, min(start + batch_size, count))
        yield rows, [tf.constant(each[rows]) for each in arrays]
