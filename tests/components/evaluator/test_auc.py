import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from components.evaluator.auc import rank_auc

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.999999, 0.9999999, 1.0]), min_size=1, max_size=12).map(np.array)


def test_by_hand():
    # Of the 2 x 2 pairs: 0.9 > 0.5, 0.9 > 0.1, 0.5 = 0.5 (half), 0.5 > 0.1.
    assert rank_auc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == 3.5 / 4
    assert math.isnan(rank_auc(np.array([]), np.array([0.5])))
    assert math.isnan(rank_auc(np.array([0.5]), np.array([])))


@given(SCORES, SCORES)
def test_agrees_with_scikit_learn(positives, negatives):
    truth = np.r_[np.ones(len(positives)), np.zeros(len(negatives))]
    assert rank_auc(positives, negatives) == pytest.approx(roc_auc_score(truth, np.r_[positives, negatives]))
