"""Take paths of the machine out of free text before it reaches a report."""

import re

_POSIX = re.compile(r"(?<![\w/.~-])~?(?:/[^\s/'\",:;()\[\]{}<>|]+){2,}/?")
_WINDOWS = re.compile(r"(?<!\w)[A-Za-z]:\\[^\s'\",;()\[\]{}<>|]+")
_FILE_URL = re.compile(r"\bfile://\S+")
PLACEHOLDER = "[path]"


def without_paths(text: str) -> str:
    """Replace absolute paths and file URLs by a placeholder.

    Reasons of failed trials and configuration texts may quote a path, which names the machine and its user, and at worst a patient.

    Args:
      text: any text, of any number of lines.
    Returns:
      The text; fractions, dates and relative paths stay.
    """
    for pattern in (_FILE_URL, _POSIX, _WINDOWS):
        text = pattern.sub(PLACEHOLDER, text)
    return text
