"""What a reader must know of a row beside its figures."""

import re
from collections.abc import Iterable, Sequence

from components.reporter import formats

_EPOCHS = re.compile(r"(\d+)(?: to (\d+))? epochs")


def joined(notes: Iterable[str]) -> dict[str, str]:
    """Write as one the notes that differ in their number of epochs alone, as in "random initialisation, 8 to 16 epochs: ...".

    Args:
      notes: in order; they may be joined already.
    Returns:
      Each note to its joined note.
    """
    listed = list(dict.fromkeys(notes))
    numbers: dict[str, list[int]] = {}
    for note in listed:
        numbers.setdefault(_rest(note), []).extend(int(number) for found in _EPOCHS.findall(note) for number in found if number)
    return {note: _EPOCHS.sub(_epochs(numbers[_rest(note)]), note) for note in listed}


def alike_notes(alike: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Name the seeds that answer exactly alike: those of one answer together."""
    return tuple(
        f"seeds {formats.words(map(str, seeds))} answer alike and count as one, as of a solved head: the seed changes nothing"
        for seeds in alike
    )


def _rest(note: str) -> str:
    return _EPOCHS.sub("", note)


def _epochs(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low} epochs" if low == high else f"{low} to {high} epochs"
