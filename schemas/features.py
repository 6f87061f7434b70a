"""The names, dtypes and values of every feature: the only place where they are written down."""

from typing import Final

SPLITS: Final = ("train", "eval", "test")
DEFAULT_CLASSES: Final = ("normal", "pneumonia", "covid19")
VIEWS: Final = ("AP", "PA", "unknown")
UNKNOWN: Final = "unknown"

# Features of an ingested tf.train.Example, each a single value.
ENCODED: Final = "image/encoded"  # bytes: PNG, one channel, uint8
ID: Final = "id"  # bytes: pseudonym of the image, 16 hex digits
GROUP: Final = "group"  # bytes: pseudonym of the patient or group of copies, 16 hex digits
SOURCE: Final = "source"  # bytes: name of the data set source (hospital or collection)
VIEW: Final = "view"  # bytes: one of VIEWS
LABEL: Final = "label"  # bytes: one of the configured classes
LABEL_INDEX: Final = "label_index"  # int64: position of the label in the configured classes
SPLIT: Final = "split"  # bytes: one of SPLITS
HEIGHT_PX: Final = "height_px"  # int64: of the original file
WIDTH_PX: Final = "width_px"  # int64: of the original file
MODE: Final = "mode"  # bytes: colour mode of the original file, as Pillow names it
FORMAT: Final = "format"  # bytes: format of the original file by its content, lower case
EXTRA_PREFIX: Final = "extra/"  # bytes: further csv columns that the configuration lists

# Features that are neither shown in statistics nor seen by a model.
IDENTIFIERS: Final = (ID, GROUP)

# Features after Transform.
IMAGE: Final = "image"  # bytes: uint8 [image_px * image_px], row major
IMAGE_VIEWS: Final = "views"  # ragged bytes: augmented versions of IMAGE; none unless the split is train


def extra(column: str) -> str:
    """Name the feature that carries a further csv column."""
    return EXTRA_PREFIX + column
