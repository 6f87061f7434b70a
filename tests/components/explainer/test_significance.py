"""Tests of scores: by hand, against scipy, without variance, and how often each is wrong about chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from components.explainer.significance import Outcome, agreed, corrected, one_draw, welch

probabilities = st.floats(0, 1)


def test_welch_by_hand():
    # Means 2 and 5, variances 1 and 4 of three each: t = -3 / sqrt(5 / 3), with 25 / 9 / (1 / 18 + 16 / 18) = 50 / 17 degrees of freedom.
    found = welch([1, 2, 3], [3, 5, 7])
    assert found.t == pytest.approx(-3 / (5 / 3) ** 0.5)
    assert found.p == pytest.approx(2 * stats.t.cdf(-3 / (5 / 3) ** 0.5, 50 / 17))


@given(st.lists(probabilities, min_size=2, max_size=30), st.lists(probabilities, min_size=2, max_size=30))
def test_welch_is_scipys_where_scipy_has_an_answer(first, second):
    found = welch(first, second)
    assert 0 <= found.p <= 1
    if min(np.std(first), np.std(second)) > 1e-6:
        wanted = stats.ttest_ind(first, second, equal_var=False)
        assert found.p == pytest.approx(wanted.pvalue, rel=1e-6, abs=1e-12)
        assert found.t == pytest.approx(wanted.statistic, rel=1e-6, abs=1e-6)


def test_constant_scores():
    assert welch([1] * 20, [0] * 20) == Outcome(np.inf, 0)
    assert welch([0] * 20, [1] * 20) == Outcome(-np.inf, 0)
    # A third is no binary fraction: the means differ in the last bit.
    assert welch([1 / 3] * 20, [1 / 3] * 7) == Outcome(0, 1)
    one_sided = welch([1] * 20, [0, 1] * 10)
    assert one_sided.p == pytest.approx(stats.ttest_1samp([0, 1] * 10, 1).pvalue)


def test_one_draw_by_hand():
    # Means (-3, 0, 3) are 3 / 2 of (-2, 0, 2), whose variance is 4. Against two sets: t = 3 / sqrt(4 * (1 + 1 / 2)), 2 degrees of freedom.
    found = one_draw(3, 2, [-3, 0, 3])
    assert found.t == pytest.approx(3 / 6**0.5)
    assert found.p == pytest.approx(2 * stats.t.sf(3 / 6**0.5, 2))
    assert one_draw(-3, 2, [-3, 0, 3]).t == -found.t
    assert one_draw(-3, 2, [-3, 0, 3]).p == found.p


def test_one_draw_without_variance():
    assert one_draw(0, 5, [0, 0, 0]) == Outcome(0, 1)
    assert one_draw(1e-9, 5, [0, 0, 0]) == Outcome(np.inf, 0)


def test_one_draw_holds_its_level_where_scores_share_the_concept():
    generator = np.random.default_rng(0)
    # A mean is the set's own place less that of the others: what random sets look like to first order.
    places = generator.normal(size=(4000, 21))
    concepts, sets = places[:, 0], places[:, 1:]
    others = (sets.sum(axis=1, keepdims=True) - sets) / 19
    wrong = [one_draw(concept - row.mean(), 20, row - rest).p < 0.05 for concept, row, rest in zip(concepts, sets, others, strict=True)]
    # Four standard errors of a share of 5 % in 4000.
    assert np.mean(wrong) == pytest.approx(0.05, abs=0.014)
    published = [welch(concept - row, row - np.roll(row, -1)).p < 0.05 for concept, row in zip(concepts[:500], sets[:500], strict=True)]
    assert np.mean(published) > 0.2


def test_agreed():
    assert agreed(Outcome(2, 0.04), Outcome(5, 0.001)) == 0.04
    assert agreed(Outcome(-np.inf, 0), Outcome(-2, 0.06)) == 0.06
    assert agreed(Outcome(2, 0.04), Outcome(-5, 0.001)) == 1
    assert agreed(Outcome(0, 1), Outcome(5, 0.001)) == 1


def test_benjamini_hochberg_by_hand():
    # Ascending 0.01, 0.02, 0.03, 0.5 times 4 / rank: 0.04, 0.04, 0.04, 0.5, then the least of what follows.
    assert corrected([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.04, 0.04, 0.5, 0.04])
    assert corrected([0.01, 0.04]) == pytest.approx([0.02, 0.04])


def test_what_was_not_tested_does_not_count():
    assert corrected([None, 0.01, None, 0.04]) == [None, pytest.approx(0.02), None, pytest.approx(0.04)]
    assert corrected([None]) == [None]
    assert corrected([]) == []


@given(st.lists(probabilities, min_size=1, max_size=30))
def test_correction_keeps_the_order_and_lowers_nothing(p):
    q = corrected(p)
    assert all(least - 1e-12 <= value <= 1 for least, value in zip(p, q, strict=True))
    assert [q[place] for place in np.argsort(p)] == sorted(q)
