"""Decode one image file to gray pixels, by its content and never by its name."""

from components.ingest import dicom, jpeg, png_checksums, sniff
from components.ingest.decoded import DecodedImage, Limits, check_size, damage_refused
from components.ingest.gray import colourfulness, is_deep_colour, swaps_sides, to_gray, upright
from components.ingest.opening import open_image
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

__all__ = ["DecodedImage", "Limits", "decode"]


def decode(data: bytes, limits: Limits, stored_side_px: int | None = None) -> DecodedImage:
    """Decode a PNG, JPEG, WebP, BMP, GIF, TIFF or DICOM of one frame.

    Colour becomes ITU-R 601 luma, transparency is laid on black, more than 8 bits are scaled from the range of the
    data to 0..255, and the EXIF orientation is applied. DICOM has its own rules (`components.ingest.dicom`). The limits
    are checked on the header, before any pixel, and so is whether the file has bytes enough for what its header claims.

    Args:
      data: the whole file.
      limits: what the original may measure.
      stored_side_px: longer side of the image as it will be stored, pixels. A JPEG at least twice as long is decoded at
        the half, quarter or eighth that is still as long as this: its cosine transform is then averaged, not computed in
        full. None decodes every pixel.
    Raises:
      Refusal: its `reason` is one of schemas.quarantine.Reason. Nothing else but MemoryError, whatever the bytes are.
    """
    file_format = sniff.identify(data)
    image = dicom.decode(data, limits) if file_format == "DICOM" else _decode_file(data, file_format, limits, stored_side_px)
    if image.pixels.min() == image.pixels.max():
        raise Refusal(Reason.NO_CONTRAST, "every pixel has the same value")
    return image


def _decode_file(data: bytes, file_format: str, limits: Limits, stored_side_px: int | None) -> DecodedImage:
    with damage_refused(file_format), open_image(data, ["JPEG", "MPO"] if file_format == "JPEG" else [file_format]) as image:
        width_px, height_px = image.size
        check_size(width_px, height_px, limits)
        if file_format == "PNG":
            png_checksums.check(data)
        if file_format == "JPEG":
            jpeg.check(data, image.size)
        mode = image.mode
        frames = getattr(image, "n_frames", 1)
        if frames != 1:
            raise Refusal(Reason.MULTIPLE_FRAMES, f"{frames} frames or pages")
        deep_colour = is_deep_colour(image)
        if file_format == "JPEG":
            jpeg.load(image, data, stored_side_px)
        else:
            image.load()
        pixels = upright(to_gray(image, deep_colour), image)
        if swaps_sides(image):
            width_px, height_px = height_px, width_px
        return DecodedImage(pixels, mode, file_format.lower(), height_px, width_px, colourfulness(image))
