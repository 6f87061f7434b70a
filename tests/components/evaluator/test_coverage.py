"""The benchmark of the intervals' coverage, on a few trials."""

import re

import numpy as np
import pytest

from benchmarks.coverage import Cell, Size, area_cell, coverage, main, misplaced_scores, normal_scores, share_sampler, tail_cell
from components.evaluator.intervals import Sampled


def test_a_tiny_run_prints_a_table_and_the_same_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--trials", "2", "--draws", "20"]) == 0
    head, rule, *lines = capsys.readouterr().out.splitlines()
    assert head == "| figure | draws of patients alone | as it is | worst cell as it is |"
    assert rule == "|---|---|---|---|"
    assert len(lines) == 10
    for line in lines:
        assert re.fullmatch(r"\| (share|AUC) [^|]+ \| \d+ to \d+ % \| \d+ to \d+ % \| [^|]+ \|", line)
    main(["--trials", "2", "--draws", "20"])
    assert capsys.readouterr().out.splitlines()[2:] == lines


def test_coverage_by_hand() -> None:
    # Flawless on 20 patients: the draws say 1 alone, the exact bound reaches down to 0.83.
    def flawless(truth: float) -> Cell:
        return Cell("", truth, lambda _generator, draws: Sampled(np.ones(1 + draws), 20, "share"))

    assert coverage(flawless(0.95), trials=3, draws=20, seed=1) == (0, 1)
    assert coverage(flawless(0.8), trials=3, draws=20, seed=1) == (0, 0)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
def test_the_made_up_shares_have_their_truth_and_spread(correlation: float) -> None:
    generator = np.random.default_rng(2)
    values = np.array([share_sampler(0.9, 100, correlation)(generator, 0).values[0] for _ in range(1500)])
    assert values.mean() == pytest.approx(0.9, abs=0.005)
    # Of patients of 1 to 5 images, 3 on average and 11 on average of the square, n times the variance of the mean.
    assert 100 * values.var() == pytest.approx(0.09 * (1 / 3 + correlation * (11 - 3) / 9), rel=0.15)


def test_the_made_up_patients_of_unequal_size_have_their_truth() -> None:
    # Sizes have the mean H(40) = 4.2785; those of fewer than 10 images bring H(10) - 1 = 1.9290 of it.
    cell = tail_cell(0.99, 0.8, 0.5, "")
    assert cell.truth == pytest.approx((1.9290 * 0.99 + 2.3496 * 0.8) / 4.2785, abs=1e-4)
    generator = np.random.default_rng(5)
    drawn = [cell.sample(generator, 0) for _ in range(2000)]
    # Samples that hold many images of the harder patients count as one, as do those that hold few.
    assert np.mean([each.values[0] for each in drawn]) == pytest.approx(cell.truth, abs=0.02)
    assert 5 < np.mean([each.trials for each in drawn]) < 20


@pytest.mark.parametrize("scores", [normal_scores, misplaced_scores])
def test_the_made_up_areas_have_their_truth(scores: object) -> None:
    generator = np.random.default_rng(3)
    # 250 and 100 pairs: (5 * 0.9 + 2 * 0.97) / 7 = 0.92.
    cell = area_cell("", [Size(5, 50, 0.9), Size(10, 10, 0.97)], scores)
    assert cell.truth == pytest.approx(0.92)
    assert np.mean([cell.sample(generator, 0).values[0] for _ in range(600)]) == pytest.approx(0.92, abs=0.01)
