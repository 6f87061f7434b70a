"""Choose the test images that are explained."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Cell:
    """Images of one class and source that the model got right, or wrong: how many there are, and how many are shown."""

    source: str
    label: str
    correct: bool
    available: int
    shown: int

    def to_json(self) -> dict[str, str | bool | int]:
        """Return the cell as a JSON object."""
        return asdict(self)


def choose_images(
    ids: Sequence[str],
    sources: Sequence[str],
    labels: Sequence[str],
    correct: Sequence[bool],
    images_per_cell: int,
    max_images: int,
    seed: int,
) -> tuple[list[int], list[Cell]]:
    """Draw a sample stratified by source, class and right or wrong.

    Every image has a rank that its id and the seed decide, so the choice depends neither on the order of the rows nor on other
    images. The cells take turns, one image a turn, until each has `images_per_cell` or the sample is full: no cell has two more
    than another that could still give.

    Args:
      ids: pseudonyms [n], one an image.
      sources: [n].
      labels: [n], the true classes.
      correct: [n], whether the model was right.
      images_per_cell: most images of one cell, 1 or more.
      max_images: most images in all, 1 or more.
      seed: decides the ranks.
    Returns:
      The chosen rows, ascending by source, label, wrong before right, and rank; and every cell that has images, in that order.
    """
    members: dict[tuple[str, str, bool], list[int]] = {}
    for row, key in enumerate(zip(sources, labels, map(bool, correct), strict=True)):
        members.setdefault(key, []).append(row)
    cells = sorted(members)
    for key in cells:
        members[key].sort(key=lambda row: _rank(seed, ids[row]))
    # Where the last turn cannot serve every cell, the seed decides and not the alphabet.
    turns = sorted(cells, key=lambda key: _rank(seed, *key[:2], str(key[2])))
    shown = dict.fromkeys(cells, 0)
    left = max_images
    for turn in range(images_per_cell):
        for key in turns:
            if left and len(members[key]) > turn:
                shown[key] += 1
                left -= 1
    chosen = [row for key in cells for row in members[key][: shown[key]]]
    return chosen, [Cell(*key, available=len(members[key]), shown=shown[key]) for key in cells]


def _rank(seed: int, *names: str) -> tuple[bytes, tuple[str, ...]]:
    return hashlib.blake2b("\0".join((str(seed), *names)).encode(), digest_size=8).digest(), names
