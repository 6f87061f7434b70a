"""Noisy linear imputation of removed pixels (ROAD; Rong et al. 2022, arXiv:2202.00449)."""

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

# A removed pixel is the mean of its neighbours, those beside it weighted twice as much as those at its corners.
_NEIGHBOURS = (((0, 1), 2.0), ((1, 0), 2.0), ((1, 1), 1.0), ((1, -1), 1.0))
_NOISE = 0.01

Images = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Imputed:
    """Fills removed pixels by the weighted means of their neighbours, removed or not, and adds a little noise.

    The equations of all removed pixels are solved together. At the border the weights of the neighbours that exist are raised
    to a sum of 1. Where nothing of an image is left, there is nothing to solve, and its mean stands everywhere. The noise is
    normal with a standard deviation of 0.01, as in the authors' code for images of range [0, 1]; an image has one field of it,
    whatever is removed, so that it cancels in differences between maps.
    """

    def __init__(self, images: Images, seed: int = 0) -> None:
        """Keep images float32 [n, height_px, width_px, 1]; the seed decides the noise."""
        self._images = images
        self._seed = seed
        self._weights = _neighbour_weights(images.shape[1], images.shape[2])
        # The sum of a pixel's weights on the diagonal: a symmetric matrix, positive definite once a pixel is known.
        self._equations = (sparse.diags(np.asarray(self._weights.sum(axis=1)).ravel()) - self._weights).tocsr()

    def fill(self, rows: Integers, removed: Flags) -> Images:
        """Remove pixels.

        Args:
          rows: int64 [k], of the images.
          removed: bool [k, height_px, width_px].
        Returns:
          float32 [k, height_px, width_px, 1].
        """
        filled = self._images[rows].copy()
        for row, image, missing in zip(rows, filled, removed, strict=True):
            image[..., 0][missing] = self._solve(image.ravel(), np.flatnonzero(missing)) + self._noise(int(row))[missing]
        return filled

    def _solve(self, pixels: Images, missing: Integers) -> npt.NDArray[np.float64]:
        known = np.setdiff1d(np.arange(len(pixels)), missing, assume_unique=True)
        if not len(missing) or not len(known):
            return np.full(len(missing), pixels.mean(dtype=np.float64))
        of_missing = self._weights[missing]
        matrix = self._equations[missing][:, missing].tocsc()
        solver = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
        solved: npt.NDArray[np.float64] = solver.solve(of_missing[:, known] @ pixels[known].astype(np.float64))
        return solved

    def _noise(self, row: int) -> npt.NDArray[np.float64]:
        return np.random.default_rng([self._seed, row]).normal(0, _NOISE, self._images.shape[1:3])


def _neighbour_weights(height_px: int, width_px: int) -> sparse.csr_matrix:
    places = np.arange(height_px * width_px).reshape(height_px, width_px)
    weights = sparse.csr_matrix((places.size, places.size))
    for (down, right), weight in _NEIGHBOURS:
        first = places[: height_px - down, max(0, -right) : width_px - max(0, right)].ravel()
        second = places[down:, max(0, right) : width_px - max(0, -right)].ravel()
        weights += sparse.csr_matrix((np.full(len(first), weight), (first, second)), weights.shape)
    return weights + weights.T
