"""A model's answers to altered images, in batches: the only place that asks the model."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from components.base import progress
from components.base.errors import UsageError
from components.explainer.probabilities import within_0_to_1

Images = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
# Takes images float32 [k, height_px, width_px, 1], and behind them the model's other inputs where there are any.
Model = Callable[..., npt.ArrayLike]


class Explained:
    """Images, the class of each that is explained, and the model.

    Attributes:
      images: float32 [n, height_px, width_px, 1].
      class_indices: int64 [n].
      unaltered: float64 [n], probability of the explained class in the image as it is.
    """

    def __init__(
        self,
        model: Model,
        images: npt.ArrayLike,
        class_indices: npt.ArrayLike,
        others: Sequence[npt.ArrayLike] = (),
        batch_size: int = 64,
    ) -> None:
        """Ask the model for the images as they are.

        Args:
          model: takes images and returns probabilities [k, classes]; a model with further inputs takes `(images, others)`.
          images: float32 [n, height_px, width_px, 1], in the range that the model was trained on.
          class_indices: int [n].
          others: what the model's other inputs take, float32 [n, ...] each; they are never altered.
          batch_size: images in memory at a time.
        Raises:
          UsageError: the shapes do not fit, or the model returns something else than probabilities.
        """
        self.images: Images = np.asarray(images, np.float32)
        self.class_indices: Integers = np.asarray(class_indices, np.int64)
        self._others = [np.asarray(other, np.float32) for other in others]
        self._model = model
        self._batch_size = batch_size
        if self.images.ndim != 4 or self.images.shape[-1] != 1:
            raise UsageError(f"images of shape {list(self.images.shape)}; give [n, height, width, 1]")
        if {len(self.class_indices), *map(len, self._others)} != {len(self.images)}:
            raise UsageError("give one class, and one row of every other input, for each image")
        self.unaltered: Floats = self.scores(np.arange(len(self.images)), lambda places: self.images[places])

    def __len__(self) -> int:
        return len(self.images)

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """Shape of the maps of these images: n, height_px, width_px."""
        count, height_px, width_px, _ = self.images.shape
        return count, height_px, width_px

    def scores(self, rows: Integers, altered: Callable[[Integers], Images]) -> Floats:
        """Ask for the probability of the explained class in altered images, of which a batch exists at a time.

        Args:
          rows: int64 [m], the image that each altered one was made of.
          altered: makes the altered images of some places in `rows`: int64 [k] to float32 [k, height_px, width_px, 1].
        Returns:
          float64 [m].
        Raises:
          UsageError: the model returns something else than probabilities.
        """
        found = np.empty(len(rows), np.float64)
        for start in range(0, len(rows), self._batch_size):
            places = np.arange(start, min(start + self._batch_size, len(rows)))
            found[places] = self._answers(altered(places), rows[places])
            progress.report("explainer", int(places[-1]) + 1, len(rows), "altered images")
        return found

    def _answers(self, images: Images, rows: Integers) -> Floats:
        given = (images, [other[rows] for other in self._others]) if self._others else (images,)
        answers = np.asarray(self._model(*given), np.float64)
        classes = self.class_indices[rows]
        if answers.ndim != 2 or len(answers) != len(images) or not (classes.min() >= 0 and classes.max() < answers.shape[1]):
            raise UsageError(
                f"the model returned {list(answers.shape)} for {len(images)} images; it must return a probability of every class"
            )
        chosen: Floats = answers[np.arange(len(images)), classes]
        if not within_0_to_1(chosen):
            raise UsageError("the model returned values outside 0 to 1; give the function behind its softmax")
        return np.clip(chosen, 0, 1)
