"""Hash a radiograph by its coarse look, so that re-encoded and shrunk copies differ in few bits."""

import cv2
import numpy as np
import numpy.typing as npt

HASH_BYTES = 16
HASH_BITS = 8 * HASH_BYTES
_COSINE_SIDE_PX = 32


def perceptual_hash(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Hash by 64 signs of low cosine frequencies and 64 signs of horizontal differences.

    pHash (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", section 3.2.1) and dHash
    (Krawetz 2013), side by side: the first tells more radiographs apart, the second bears changes of exposure better.

    Args:
      pixels: uint8 [height_px, width_px], neither zero.
    Returns:
      uint8 [16]; the distance of two is the number of bits in which they differ, 0..128.
    """
    small = cv2.resize(pixels, (_COSINE_SIDE_PX, _COSINE_SIDE_PX), interpolation=cv2.INTER_AREA)
    cosines = np.asarray(cv2.dct(small.astype(np.float32)))[1:9, 1:9]
    tiny = cv2.resize(small, (9, 8), interpolation=cv2.INTER_AREA)
    bits = np.concatenate([(cosines > np.median(cosines)).ravel(), (tiny[:, 1:] > tiny[:, :-1]).ravel()])
    return np.packbits(bits)


def distance(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Count the bits in which hashes differ (Hamming).

    Args:
      a: uint8 [..., 16].
      b: uint8 [..., 16].
    Returns:
      int64 [...], range [0, 128].
    """
    return np.asarray(_BITS_OF_BYTE[a ^ b].sum(axis=-1, dtype=np.int64))


_BITS_OF_BYTE = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1).astype(np.uint8)
