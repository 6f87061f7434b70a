"""The names of the measures, and which way is better."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One column of the table.

    Attributes:
      name: its key.
      words: what it is called in a sentence.
      higher_is_better: else lower is.
    """

    name: str
    words: str
    higher_is_better: bool


DELETION = Measure("deletion_auc", "area under the deletion curve", False)
INSERTION = Measure("insertion_auc", "area under the insertion curve", True)
DROP = Measure("average_drop", "average drop", False)
INCREASE = Measure("increase", "share of images with higher confidence", True)
POINTING = Measure("pointing_game", "score of the pointing game", True)
MASS = Measure("relevance_mass", "relevance mass inside the truth", True)
RANK = Measure("relevance_rank", "relevance rank accuracy", True)
CORRELATION = Measure("rank_correlation", "rank correlation", True)
OVERLAP = Measure("top_overlap", "overlap of the highest pixels", True)
LAST_RANDOM = Measure("last_layer_random", "absolute rank correlation with its maps once the last layer is random", False)
ALL_RANDOM = Measure("all_layers_random", "absolute rank correlation with its maps once all layers are random", False)

OF_MODEL = (DELETION, INSERTION, DROP, INCREASE)
OF_TRUTH = (POINTING, MASS, RANK)
OF_PAIR = (CORRELATION, OVERLAP)
OF_RANDOM_NETWORKS = (LAST_RANDOM, ALL_RANDOM)
