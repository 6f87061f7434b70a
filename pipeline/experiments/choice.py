"""A variant chosen anew in each fold, by images that neither train nor judge there: what choosing is worth, without a look at the answer.

Nested cross-validation (Stone 1974; Varma and Simon 2006, BMC Bioinformatics 7:91): the images that judge a fold take no part in the
choice for that fold, so that the chosen row is an honest figure for "train all of these and take the best".
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from pipeline.experiments.result import Cell

CHOSEN: Final = "chosen by inner eval"


def chosen_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Take, for each seed and division, the cell that is best on its inner eval images.

    Args:
      cells: of one experiment; each says its `inner_score`.
    Returns:
      One cell for each seed and division for which every variant is there, under the name CHOSEN and with a note of what was chosen how
      often in the divisions that are pooled with its own; the first of equals.
    """
    found: dict[tuple[int, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.inner_score is not None:
            found[cell.seed, cell.division].append(cell)
    variants = {cell.variant for cell in cells}
    best = [max(part, key=lambda cell: cell.inner_score or 0.0) for part in found.values() if {cell.variant for cell in part} == variants]
    counts = {family: Counter(cell.variant for cell in best if cell.family == family) for family in {cell.family for cell in best}}
    notes = {
        family: "chosen: " + ", ".join(f"{variant} {times} times" for variant, times in counted.most_common())
        for family, counted in counts.items()
    }
    return [cell.model_copy(update={"variant": CHOSEN, "reference": False, "notes": (notes[cell.family],)}) for cell in best]
