"""Bring every radiograph to one size and one local contrast, so that size, window and gamma no longer tell copies apart."""

import cv2
import numpy as np
import numpy.typing as npt

LONGER_SIDE_PX = 256
# The window of the local statistics is near a vertebra's size: wider than what keypoints look at, narrower than a lung.
_WINDOW_PX = 37
# Gray levels of deviation below which a place counts as flat: the noise of JPEG in a black border must not become texture.
_FLAT_DEVIATION = 2.0
_GAIN = 42.0


def shrink(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Resize to a longer side of LONGER_SIDE_PX, the aspect kept to the pixel.

    Args:
      pixels: uint8 [height_px, width_px], neither zero.
    Returns:
      uint8 [height, width]; smaller images are enlarged.
    """
    height, width = pixels.shape
    scale = LONGER_SIDE_PX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8)


def even_out(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Subtract the local mean and divide by the local deviation.

    Exposure, window and gamma are locally near an affine change of gray, which this undoes (Jarrett et al. 2009,
    doi:10.1109/ICCV.2009.5459469, section 2).

    Args:
      pixels: uint8 [height, width], as `shrink` returns.
    Returns:
      uint8 [height, width]; 128 is the local mean, 42 one local deviation.
    """
    window = (_WINDOW_PX, _WINDOW_PX)
    gray = pixels.astype(np.float32)
    mean = cv2.blur(gray, window, borderType=cv2.BORDER_REFLECT_101 if min(pixels.shape) > 1 else cv2.BORDER_REPLICATE)
    gray -= mean
    deviation = cv2.sqrt(cv2.blur(gray * gray, window, borderType=cv2.BORDER_REPLICATE))
    evened = cv2.divide(gray, deviation + _FLAT_DEVIATION, scale=_GAIN)
    return np.asarray(cv2.add(evened, 128.0, dtype=cv2.CV_8U), np.uint8)
