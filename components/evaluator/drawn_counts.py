"""Metrics that are functions of the confusion matrix, for all draws of a bootstrap at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix of each draw: float64 [classes, classes, draws], the truth first, then the answer."""

    cells: Floats

    @classmethod
    def count(
        cls,
        labels: npt.NDArray[np.int64],
        answers: npt.NDArray[np.int64],
        index: npt.NDArray[np.int64],
        counts: npt.NDArray[np.float32],
        classes: int,
    ) -> "Confusion":
        """Add up how often the images of each cell were drawn, row by row: no copy of the rows, which a product would need.

        Args:
          labels: int64 [n], true class.
          answers: int64 [n], class of the largest probability.
          index: int64 [n], the row of `counts` of each image.
          counts: float32 [groups, draws], how often each group was drawn.
          classes: number of classes.
        """
        # float32 holds whole numbers up to 16.7 million exactly, more than the images of a draw.
        sums = np.zeros((classes * classes, counts.shape[1]), np.float32)
        for cell, row in zip((labels * classes + answers).tolist(), index.tolist(), strict=True):
            sums[cell] += counts[row]
        return cls(sums.astype(np.float64).reshape(classes, classes, -1))

    def accuracy(self) -> Floats:
        """Share of the images whose answer is right."""
        return share(np.einsum("iid->d", self.cells), self.cells.sum(axis=(0, 1)))

    def recall(self, place: int) -> Floats:
        """Share of the images of a class that are answered with it; NaN without an image of the class."""
        return self.answered(place, place)

    def answered(self, place: int, answer: int) -> Floats:
        """Share of the images of a class that are answered with another; NaN without an image of the class."""
        return share(self.cells[place, answer], self.cells[place].sum(axis=0))

    def precision(self, place: int) -> Floats:
        """Share of the images answered with a class that are of it; NaN where none is."""
        return share(self.cells[place, place], self.cells[:, place].sum(axis=0))

    def specificity(self, place: int) -> Floats:
        """Share of the images of other classes that are not answered with this one; NaN without such an image."""
        others = self.cells.sum(axis=(0, 1)) - self.cells[place].sum(axis=0)
        wrongly = self.cells[:, place].sum(axis=0) - self.cells[place, place]
        return share(others - wrongly, others)

    def f1(self, place: int) -> Floats:
        """Harmonic mean of precision and recall; NaN without an image of the class."""
        truths, answers = self.cells[place].sum(axis=0), self.cells[:, place].sum(axis=0)
        return share(np.where(truths > 0, 2 * self.cells[place, place], 0), np.where(truths > 0, truths + answers, 0))


def drawn_share(holds: npt.NDArray[np.bool_], index: npt.NDArray[np.int64], counts: npt.NDArray[np.float32]) -> Floats:
    """Compute the share of images of which something holds, in each draw.

    Args:
      holds: bool [n].
      index: int64 [n], the row of `counts` of each image.
      counts: float32 [groups, draws], how often each group was drawn.
    Returns:
      float64 [draws] in [0, 1]; NaN where a draw has no image.
    """
    sums = np.stack([np.bincount(index, holds, len(counts)), np.bincount(index, minlength=len(counts))]).astype(np.float32) @ counts
    return share(*sums.astype(np.float64))


def share(part: Floats, whole: Floats) -> Floats:
    """Divide draw by draw; NaN where the whole is 0."""
    result = np.full(len(whole), np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result
