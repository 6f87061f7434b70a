"""Age and sex in one vocabulary, no finer than privacy allows."""

import re

from schemas import features

_AGE = re.compile(r"(\d{1,3})(?:\.\d*)?\s*([DWMY]?)\+?", re.IGNORECASE | re.ASCII)
_PER_YEAR = {"": 1, "Y": 1, "M": 12, "W": 52, "D": 365}
_OLDEST = 120
_SEXES = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M"}


def parse_age(text: str) -> int | None:
    """Read an age such as "57", "57.0", "50+", "058Y" or "007M" (DICOM PS3.5, value representation AS).

    Returns:
      Years, at most schemas.features.TOP_AGE: higher ages are merged; None where unknown or over 120 (a typing error: NIH
      ChestX-ray14 lists ages up to 414).
    """
    match = _AGE.fullmatch(text.strip())
    if not match:
        return None
    years = int(match[1]) // _PER_YEAR[match[2].upper()]
    return min(years, features.TOP_AGE) if years <= _OLDEST else None


def parse_sex(text: str) -> str:
    """Reduce a sex in a data set's words to one of schemas.features.SEXES."""
    return _SEXES.get(text.strip().upper(), features.UNKNOWN)
