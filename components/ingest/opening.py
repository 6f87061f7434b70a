"""Open an image with Pillow under our own limit of size."""

import io
import threading

from PIL import Image

_LOCK = threading.Lock()


def open_image(data: bytes, formats: list[str]) -> Image.Image:
    """Read an image's header.

    Our own limit replaces Pillow's, which warns at 89 megapixels whatever the configuration says.

    Args:
      data: the whole file.
      formats: what it may be, as Pillow names it.
    Raises:
      Exception: whatever Pillow raises where the header is damaged.
    """
    with _LOCK:
        pillow_limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(io.BytesIO(data), formats=formats)
        finally:
            Image.MAX_IMAGE_PIXELS = pillow_limit
