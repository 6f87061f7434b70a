"""The names of the measures, and which way is better."""

from dataclasses import dataclass
from typing import Final

# The sign that a site leaves at the border. It is no evidence of disease: a map that shines on it says that the model leans on it,
# which is neither a virtue of the map nor a fault.
MARK: Final = "mark"
# The lungs, where they are known: a map held against lesions is held against this one too, and a concept is crossed with them.
LUNG: Final = "lung"
# The same as a map beside those of the methods.
LUNGS: Final = "the lungs"


@dataclass(frozen=True)
class Measure:
    """One column of the table.

    Attributes:
      name: its key.
      words: what it is called in a sentence.
      higher_is_better: else lower is; None where neither is a merit.
    """

    name: str
    words: str
    higher_is_better: bool | None

    def better(self, truth: str) -> str:
        """Say which is better where maps are held against this truth: "higher", "lower", or "" where neither is."""
        if truth == MARK or self.higher_is_better is None:
            return ""
        return "higher" if self.higher_is_better else "lower"


DELETION = Measure("deletion_auc", "area under the deletion curve", False)
INSERTION = Measure("insertion_auc", "area under the insertion curve", True)
DROP = Measure("average_drop", "average drop", False)
INCREASE = Measure("increase", "share of images with higher confidence", True)
POINTING = Measure("pointing_game", "score of the pointing game", True)
MASS = Measure("relevance_mass", "relevance mass inside the truth", True)
RANK = Measure("relevance_rank", "relevance rank accuracy", True)
# Two methods that agree may both be wrong, and a map that changes with the weights may show nothing all the same.
CORRELATION = Measure("rank_correlation", "rank correlation", None)
OVERLAP = Measure("top_overlap", "overlap of the highest pixels", None)
LAST_RANDOM = Measure("last_layer_random", "absolute rank correlation with its maps once the last layer is random", None)
ALL_RANDOM = Measure("all_layers_random", "absolute rank correlation with its maps once all layers are random", None)

OF_MODEL = (DELETION, INSERTION, DROP, INCREASE)
OF_TRUTH = (POINTING, MASS, RANK)
OF_PAIR = (CORRELATION, OVERLAP)
OF_RANDOM_NETWORKS = (LAST_RANDOM, ALL_RANDOM)
BY_NAME: Final = {measure.name: measure for measure in (*OF_MODEL, *OF_TRUTH, *OF_PAIR, *OF_RANDOM_NETWORKS)}
