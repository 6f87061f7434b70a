"""The names, dtypes and values of every feature: the only place where they are written down."""

from typing import Final

SPLITS: Final = ("train", "eval", "test")
DEFAULT_CLASSES: Final = ("normal", "pneumonia", "covid19")
VIEWS: Final = ("AP", "PA", "unknown")
UNKNOWN: Final = "unknown"
SEXES: Final = ("F", "M", "unknown")
# The findings of NIH ChestX-ray14 (Wang et al. 2017, arXiv:1705.02315), in the order of its table.
FINDINGS: Final = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
    "Consolidation",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Pleural_Thickening",
    "Hernia",
)
# What the pixels or the header say of an image's fitness.
QUALITY_FLAGS: Final = ("flat", "inverted", "colour_overlay", "lateral", "burnt_in")
NOT_STATED: Final = -1  # of an int64 feature
HISTOGRAM_BUCKETS: Final = 100  # of a number's statistics: more than the ages from NOT_STATED to TOP_AGE, so that NOT_STATED has its own
TOP_AGE: Final = 90  # years; older ages are merged into this one, since they single out a person (HIPAA, 45 CFR 164.514(b)(2)(i)(C))

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
AGE: Final = "age"  # int64: years, at most TOP_AGE, or NOT_STATED
SEX: Final = "sex"  # bytes: one of SEXES
FOLLOW_UP: Final = "follow_up"  # int64: number of the visit, or NOT_STATED
FINDINGS_PRESENT: Final = (
    "findings"  # int64 [14]: 1 where FINDINGS[i] is stated, 0 where it is not; NOT_STATED all over where the data do not say
)
FOLD: Final = "fold"  # int64: of the k folds, or NOT_STATED
QUALITY_PREFIX: Final = "quality/"  # int64: 1 where the flag of QUALITY_FLAGS is up, else 0
# What radiologists marked, any number a image: bytes, and float32 as fractions [0, 1] of the width and the height.
BOX_LABEL: Final = "boxes/label"
BOX_SIDES: Final = ("boxes/xmin", "boxes/ymin", "boxes/xmax", "boxes/ymax")
EXTRA_PREFIX: Final = "extra/"  # bytes: further csv columns that the configuration lists

# What the predictions carry of an image beside its class, so that they can be told apart by it.
ATTRIBUTES: Final = (SEX, AGE, MODE, FORMAT, *(QUALITY_PREFIX + flag for flag in QUALITY_FLAGS))

# Features of a fingerprint, beside ID, GROUP and SPLIT.
PIXELS: Final = "pixels"  # bytes [32]: SHA-256 of the decoded pixels
FINGERPRINT: Final = "fingerprint"  # bytes: components.ingest.copies.fingerprint.Fingerprint

# Features that are neither shown in statistics nor seen by a model.
IDENTIFIERS: Final = (ID, GROUP)

# Features after Transform.
IMAGE: Final = "image"  # bytes: uint8 [image_px * image_px], row major
IMAGE_VIEWS: Final = "views"  # ragged bytes: augmented versions of IMAGE; none unless the split is train


def extra(column: str) -> str:
    """Name the feature that carries a further csv column."""
    return EXTRA_PREFIX + column


def quality(flag: str) -> str:
    """Name the feature of a flag."""
    return QUALITY_PREFIX + flag
