import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from components.ingest.decode import Limits, decode
from components.ingest.refusal import Refusal
from components.ingest.shrink import encode_png, shrink
from schemas.quarantine import Reason

LIMITS = Limits(min_side_px=4, max_megapixels=1.0, max_aspect_ratio=4.0)
RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4


def saved(image, file_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def png(pixels, **options):
    return saved(Image.fromarray(pixels), "PNG", **options)


def refused(data, limits=LIMITS):
    with pytest.raises(Refusal) as caught:
        decode(data, limits)
    return caught.value.reason


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "GIF", "TIFF"])
def test_lossless_formats_give_their_pixels(file_format):
    image = decode(saved(Image.fromarray(RAMP), file_format), LIMITS)
    assert image.pixels.dtype == np.uint8
    np.testing.assert_array_equal(image.pixels, RAMP)
    assert image.format == file_format.lower()


@pytest.mark.parametrize(
    ("file_format", "options"), [("JPEG", {"quality": 95}), ("JPEG", {"progressive": True}), ("WEBP", {"quality": 95})]
)
def test_lossy_formats_give_about_their_pixels(file_format, options):
    smooth = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    image = decode(saved(Image.fromarray(smooth), file_format, **options), LIMITS)
    assert np.abs(image.pixels.astype(int) - smooth).max() < 12


def test_sixteen_bits_are_scaled_by_the_range_of_the_data():
    twelve_bit = np.linspace(100, 4095, 64).astype(np.uint16).reshape(8, 8)
    image = decode(png(twelve_bit), LIMITS)
    expected = np.rint((twelve_bit - 100.0) * 255 / 3995)
    np.testing.assert_array_equal(image.pixels, expected)
    assert image.mode == "I;16"


def test_sixteen_bits_of_one_value_have_no_contrast():
    assert refused(png(np.full((8, 8), 700, np.uint16))) is Reason.NO_CONTRAST


def test_floats_are_scaled_by_the_range_of_the_data():
    values = np.linspace(-1.0, 3.0, 64, dtype=np.float32).reshape(8, 8)
    np.testing.assert_allclose(decode(saved(Image.fromarray(values), "TIFF"), LIMITS).pixels, (values + 1) * 255 / 4, atol=0.51)


def test_not_a_number_is_refused():
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    values[0, 0] = np.nan
    assert refused(saved(Image.fromarray(values), "TIFF")) is Reason.UNSUPPORTED_FORMAT


def test_transparency_is_laid_on_black():
    rgba = np.dstack([RAMP, RAMP, RAMP, np.full((8, 8), 255, np.uint8)])
    rgba[0, :, 3] = 0
    rgba[0, :, :3] = 255
    expected = RAMP.copy()
    expected[0] = 0
    np.testing.assert_array_equal(decode(png(rgba), LIMITS).pixels, expected)


def test_a_transparent_gray_value_is_laid_on_black():
    pixels = decode(png(RAMP, transparency=int(RAMP[7, 7])), LIMITS).pixels
    assert pixels[7, 7] == 0
    np.testing.assert_array_equal(pixels[:7], RAMP[:7])


def test_a_palette_is_looked_up():
    backwards = Image.fromarray(255 - RAMP).convert("P")
    backwards.putpalette([255 - value for value in range(256) for _ in range(3)])
    np.testing.assert_array_equal(decode(saved(backwards, "PNG"), LIMITS).pixels, RAMP)


def test_colour_becomes_luma():
    rgb = np.zeros((8, 8, 3), np.uint8)
    rgb[:4] = (255, 0, 0)
    rgb[4:] = (0, 255, 0)
    assert set(np.unique(decode(png(rgb), LIMITS).pixels)) == {76, 150}


def test_cmyk_comes_out_the_right_way_round():
    gray = np.zeros((64, 64), np.uint8)
    gray[:, 32:] = 220
    image = decode(saved(Image.fromarray(gray).convert("RGB").convert("CMYK"), "JPEG", quality=95), LIMITS)
    assert image.mode == "CMYK"
    assert image.pixels[:, :24].max() < 20
    assert image.pixels[:, 40:].min() > 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_as_pillow_does(orientation):
    ramp = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = png(ramp, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(decode(data, LIMITS).pixels, np.asarray(expected))


def test_damaged_exif_leaves_the_pixels_as_they_lie():
    np.testing.assert_array_equal(decode(png(RAMP, exif=b"Exif\0\0II*\0garbage"), LIMITS).pixels, RAMP)


def test_limits_are_read_from_the_header_alone():
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0))
    assert refused(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"no pixels") + chunk(b"IEND", b"")) is Reason.TOO_LARGE


def test_the_configured_limit_counts_above_pillows_own():
    huge = Limits(min_side_px=4, max_megapixels=1e6, max_aspect_ratio=4.0)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0))
    assert refused(b"\x89PNG\r\n\x1a\n" + header, huge) is Reason.TRUNCATED


def test_small_and_narrow_images_are_refused():
    assert refused(png(RAMP[:3])) is Reason.TOO_SMALL
    assert refused(png(np.tile(RAMP[:4], (1, 3)))) is Reason.ASPECT_RATIO
    assert decode(png(np.tile(RAMP[:4], (1, 2))), LIMITS).pixels.shape == (4, 16)


def test_flat_images_are_refused():
    assert refused(png(np.full((8, 8), 130, np.uint8))) is Reason.NO_CONTRAST


@pytest.mark.parametrize("file_format", ["GIF", "TIFF", "PNG", "WEBP"])
def test_several_frames_are_refused(file_format):
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    data = saved(frames[0], file_format, save_all=True, append_images=frames[1:])
    assert refused(data) is Reason.MULTIPLE_FRAMES


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_half_a_file_is_refused(file_format):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    data = saved(Image.fromarray(noise), file_format)
    assert refused(data[: len(data) // 2]) is Reason.TRUNCATED
    assert refused(data[:14]) is Reason.TRUNCATED


def test_a_png_must_pass_its_own_checksums():
    data = bytearray(png(RAMP))
    position = data.index(b"IDAT") - 4
    length = struct.unpack_from(">I", data, position)[0]
    data[position + 8 + length] ^= 1
    assert refused(bytes(data)) is Reason.TRUNCATED


def test_a_png_too_short_for_its_size_is_refused_before_its_pixels():
    data = png(np.zeros((8, 8), np.uint8) + RAMP)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 900, 900, 8, 6, 0, 0, 0))
    with pytest.raises(Refusal, match="too few for its size"):
        decode(data[:8] + header + data[33:], LIMITS)


@pytest.mark.parametrize("options", [{}, {"restart_marker_blocks": 3}, {"progressive": True}, {"subsampling": 2, "quality": 90}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_cut_jpeg_that_ends_with_an_end_marker_is_refused(mode, options, share):
    noise = np.random.default_rng(0).integers(0, 256, (90, 120), dtype=np.uint8)
    data = saved(Image.fromarray(noise).convert("RGB").convert(mode), "JPEG", **options)
    assert decode(data, LIMITS).pixels.shape == (90, 120)
    assert refused(data[: int(len(data) * share)] + b"\xff\xd9") is Reason.TRUNCATED


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_whose_corner_is_middle_gray_is_whole(mode):
    pixels = np.full((64, 64), 128, np.uint8)
    pixels[:40, :40] = 20
    data = saved(Image.fromarray(pixels).convert("RGB").convert(mode), "JPEG", quality=95)
    assert abs(int(decode(data, LIMITS).pixels[-1, -1]) - 128) < 3


def test_a_jpeg_too_short_for_its_size_is_refused_before_its_pixels():
    data = bytearray(saved(Image.fromarray(np.tile(RAMP, (8, 8))), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 900, 900)
    with pytest.raises(Refusal, match="JPEG data end early"):
        decode(bytes(data), LIMITS)


def test_a_long_jpeg_is_decoded_at_the_scale_that_suffices():
    smooth = np.tile(np.linspace(0, 250, 360, dtype=np.uint8), (180, 1))
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode(saved(Image.fromarray(smooth), "JPEG", quality=95, exif=exif), LIMITS, stored_side_px=80)
    assert image.pixels.shape == (90, 45)
    assert (image.height_px, image.width_px) == (360, 180)
    full = decode(saved(Image.fromarray(smooth), "JPEG", quality=95, exif=exif), LIMITS)
    assert full.pixels.shape == (360, 180)
    assert np.abs(shrink(full.pixels, 80).astype(int) - shrink(image.pixels, 80)).max() <= 2


def test_short_images_are_stored_as_they_are():
    assert shrink(RAMP, 8) is RAMP


def test_areas_are_averaged():
    np.testing.assert_array_equal(shrink(np.array([[0, 100], [50, 250]], np.uint8), 1), [[100]])


def test_memory_that_runs_out_is_no_fault_of_the_file(monkeypatch):
    def exhausted(image):
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    with pytest.raises(MemoryError):
        decode(png(RAMP), LIMITS)


def test_bytes_after_the_end_do_no_harm():
    np.testing.assert_array_equal(decode(png(RAMP) + b"garbage" * 100, LIMITS).pixels, RAMP)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"  <!DOCTYPE HTML><html>404</html>", Reason.NOT_AN_IMAGE),
        (b"this is no image", Reason.NOT_AN_IMAGE),
        (b"%PDF-1.7", Reason.NOT_AN_IMAGE),
        (bytes(range(256)), Reason.NOT_AN_IMAGE),
        (b"\0" * 128 + b"DICM" + b"\0" * 64, Reason.TRUNCATED),
        (b"\0\0\0\x18ftypheic" + b"\0" * 64, Reason.UNSUPPORTED_FORMAT),
        (b"\0\0\0\x0cjP  \r\n\x87\n", Reason.UNSUPPORTED_FORMAT),
    ],
)
def test_what_is_no_image_is_told_by_its_content(data, reason):
    assert refused(data) is reason


def test_stored_bytes_are_the_same_every_time_and_carry_only_pixels():
    noise = np.random.default_rng(0).integers(0, 256, (90, 60), dtype=np.uint8)
    first, second = encode_png(noise), encode_png(noise.copy())
    assert first == second
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(first))), noise)
    assert b"tEXt" not in first
    assert b"eXIf" not in first


def test_long_sides_are_shrunk_without_aliases():
    stripes = np.zeros((100, 200), np.uint8)
    stripes[:, ::2] = 200
    stored = shrink(stripes, 50)
    assert stored.shape == (25, 50)
    assert np.abs(stored.astype(int) - 100).max() <= 10
