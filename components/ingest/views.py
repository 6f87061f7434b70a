"""The view of a radiograph in one vocabulary."""

import re

from schemas import features

_WORDS = {
    "AP": "AP",
    "ANTEROPOSTERIOR": "AP",
    "PA": "PA",
    "POSTEROANTERIOR": "PA",
}


def normalise_view(text: str) -> str:
    """Reduce a view in a data set's words, such as "AP Supine", to one of schemas.features.VIEWS."""
    words = re.findall(r"[A-Z]+", text.upper().replace("-", ""))
    found = {_WORDS[word] for word in words if word in _WORDS}
    return found.pop() if len(found) == 1 else features.UNKNOWN
