"""Why an image is not used: the enumeration of reasons."""

from enum import Enum


class Reason(str, Enum):
    """Reason for which a listed file is quarantined. The value is what tables show."""

    MISSING = "missing"  # listed, not on disk
    OUTSIDE_ROOT = "outside_root"  # the path leaves the data folder
    EMPTY = "empty"  # zero bytes
    NOT_AN_IMAGE = "not_an_image"  # text, HTML or another file under an image's name
    UNSUPPORTED_FORMAT = "unsupported_format"  # an image, of a format that is not read
    TRUNCATED = "truncated"  # the pixels end early or are damaged
    TOO_LARGE = "too_large"  # more pixels than the limit, by its header
    TOO_SMALL = "too_small"  # a side shorter than the limit
    ASPECT_RATIO = "aspect_ratio"  # too long and narrow for a radiograph
    NO_CONTRAST = "no_contrast"  # every pixel has the same value
    MULTIPLE_FRAMES = "multiple_frames"  # animation or several pages
    UNREADABLE = "unreadable"  # the operating system refuses to read it
    BAD_ROW = "bad_row"  # the csv row itself lacks what is needed
    REPEATED = "repeated"  # the same file is listed twice
    TIES_SPLITS = "ties_splits"  # a copy of an image whose group has another split
    LABEL_CONFLICT = "label_conflict"  # a copy of an image that has another class
