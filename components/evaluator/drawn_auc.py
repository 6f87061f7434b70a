"""The exact area under the ROC curve for all draws of a bootstrap at once."""

import numpy as np
import numpy.typing as npt

from components.evaluator.drawn_ranking import drawn_ranking

Floats = npt.NDArray[np.float64]


def drawn_auc(scores: Floats, positive: npt.NDArray[np.bool_], index: npt.NDArray[np.int64], counts: npt.NDArray[np.float32]) -> Floats:
    """Compute the AUC of each draw.

    Args:
      scores: float64 [n].
      positive: bool [n].
      index: int64 [n], the row of `counts` of each image.
      counts: float32 [groups, draws], how often each group was drawn.
    Returns:
      float64 [draws] in [0, 1]; NaN where a draw has no positive or no negative.
    """
    return drawn_ranking(scores, positive, index, counts).auc
