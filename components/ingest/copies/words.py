"""Turn descriptors into words that near descriptors share."""

import numpy as np
import numpy.typing as npt

TABLES = 4
BITS = 20
_SEED = 1998
_LEARN_FROM = 4096

Words = npt.NDArray[np.uint32]


class Vocabulary:
    """Locality-sensitive hashing by the signs of projections (Charikar 2002, doi:10.1145/509907.509965).

    The projections are turned principal components of the descriptors (Gong and Lazebnik 2011,
    doi:10.1109/CVPR.2011.5995432), cut at their medians: measured on the benchmark's copies, signs of plain random
    projections needed twice as many tables for the same recall.
    """

    def __init__(self, sample: npt.NDArray[np.uint8]):
        """Learn the projections.

        Args:
          sample: uint8 [n, 128], descriptors of some radiographs; any n, though below 128 words are shared too often.
        """
        # Evenly drawn, so that learning takes 10 MB whatever the sample.
        values = sample[:: max(1, len(sample) // _LEARN_FROM)].astype(np.float64)
        centre = values.mean(axis=0) if len(values) else np.zeros(sample.shape[1])
        _, components = np.linalg.eigh((values - centre).T @ (values - centre))
        random = np.random.default_rng(_SEED)
        turns = [np.linalg.qr(random.standard_normal((BITS, BITS)))[0] for _ in range(TABLES)]
        self._projections = np.concatenate([components[:, ::-1][:, :BITS] @ turn for turn in turns], axis=1).astype(np.float32)
        projected = values @ self._projections
        self._cuts = np.median(projected, axis=0) if len(values) else np.zeros(TABLES * BITS)

    def words(self, descriptors: npt.NDArray[np.uint8]) -> Words:
        """Write descriptors as words.

        Args:
          descriptors: uint8 [n, 128].
        Returns:
          uint32 [n, TABLES], range [0, 2 ** BITS); words of different tables have nothing to do with each other.
        """
        signs = (descriptors.astype(np.float32) @ self._projections > self._cuts).reshape(-1, TABLES, BITS)
        return np.asarray((signs * (1 << np.arange(BITS, dtype=np.uint32))).sum(axis=2), np.uint32)
