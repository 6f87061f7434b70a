import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from components.evaluator.drawn_ranking import drawn_ranking
from components.evaluator.intervals import resample


def test_by_hand() -> None:
    # Down the scores: positive, negative, positive and negative together, negative.
    scores = np.array([0.9, 0.8, 0.5, 0.5, 0.1])
    positive = np.array([True, False, True, False, False])
    found = drawn_ranking(scores, positive, np.arange(5), np.ones((5, 1), np.float32))
    assert (found.ordered[0], found.pairs[0]) == (3 + 1.5, 6)
    assert found.average_precision[0] == pytest.approx((1 / 1 + 2 / 4) / 2)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 4)), min_size=2, max_size=150), st.integers(0, 9))
def test_every_draw_is_that_of_scikit_learn(images: list[tuple[int, bool, int]], seed: int) -> None:
    scores, positive, group = (np.array(column) for column in zip(*images, strict=True))
    resampling = resample(group, draws=3, seed=seed)
    found = drawn_ranking(scores.astype(float), positive, resampling.index, resampling.counts)
    for draw in range(4):
        weights = resampling.counts[resampling.index, draw]
        if not weights[positive].any() or not weights[~positive].any():
            assert np.isnan(found.auc[draw])
            assert np.isnan(found.average_precision[draw])
            continue
        assert found.auc[draw] == pytest.approx(roc_auc_score(positive, scores, sample_weight=weights))
        expected = average_precision_score(positive, scores, sample_weight=weights)
        assert found.average_precision[draw] == pytest.approx(expected)


def test_more_positives_than_a_block() -> None:
    generator = np.random.default_rng(3)
    scores, positive = generator.random(700), generator.random(700) < 0.4
    found = drawn_ranking(scores, positive, np.arange(700), np.ones((700, 2), np.float32))
    assert found.auc[1] == pytest.approx(roc_auc_score(positive, scores))
    assert found.average_precision[1] == pytest.approx(average_precision_score(positive, scores))


def test_without_precisions_the_pairs_are_the_same() -> None:
    generator = np.random.default_rng(3)
    scores, positive, counts = generator.integers(0, 40, 300) / 40, generator.random(300) < 0.4, np.ones((300, 2), np.float32)
    found, whole = (drawn_ranking(scores, positive, np.arange(300), counts, precision) for precision in (False, True))
    assert np.array_equal([found.ordered, found.pairs, found.positives], [whole.ordered, whole.pairs, whole.positives])
    assert np.isnan(found.average_precision).all()
    assert whole.average_precision[0] == pytest.approx(average_precision_score(positive, scores))
