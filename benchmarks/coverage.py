"""Measure how often the intervals of the nominal 95 % hold the truth, on patients that are made up.

    python -m benchmarks.coverage [--trials 400] [--draws 400]

A cell is one kind of data, such as a share of 0.98 on 50 patients. In each trial the data are drawn anew, and the interval is taken as the
evaluation takes it (`interval_of_share`), and of the draws of patients alone (`interval`), without an exact bound. A line of the table
goes from the cell that is covered worst to the one that is covered best, and names the worst. With 400 trials a coverage of 95 % is off
by up to 2 points by chance. It takes about 6 minutes of processor time. `docs/evaluation.md` holds what this printed.
"""

import argparse
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from components.evaluator.auc_within import auc_within
from components.evaluator.intervals import LEAST_GROUPS, Interval, Sampled, interval, interval_of_share, resample, sampled_share

SHARES = (0.9, 0.95, 0.98, 0.995)
PATIENTS = (20, 50, 100)
MOST_IMAGES = 5
# Of the images of a patient: apart, half alike, all right or all wrong.
CORRELATIONS = {0.0: "independent", 0.5: "half alike (correlation 0.5)", 1.0: "all right or all wrong"}
# Patients, most of one image and a few of many, who are harder: chances to be right below so many images and from there on.
TAIL_PATIENTS, TAIL_IMAGES, MANY_IMAGES = 40, 40, 10
TAIL_SHARES = ((0.99, 0.95), (0.99, 0.8), (0.95, 0.85))
LOWER_AREAS, UPPER_AREAS = (0.8,), (0.9, 0.98)
SOURCES, SCARCE, PLENTY = (2, 4, 6), (2, 3, 5), 50


@dataclass(frozen=True)
class Size:
    """Patients of either side of a source, and the AUC within it."""

    scarce: int
    plenty: int
    area: float


# Most pairs in one source, most patients in others, which are easier.
UNEQUAL = (
    (Size(10, 300, 0.8), Size(20, 20, 0.99), Size(20, 20, 0.99)),
    (Size(6, 100, 0.8), Size(10, 30, 0.99), Size(10, 30, 0.99), Size(10, 30, 0.99)),
    (Size(10, 500, 0.9), Size(5, 5, 0.999), Size(5, 5, 0.999), Size(5, 5, 0.999)),
    (Size(12, 200, 0.95), Size(30, 40, 0.98)),
)

Floats = npt.NDArray[np.float64]
Scores = Callable[[np.random.Generator, npt.NDArray[np.bool_], npt.NDArray[np.bool_], Floats], Floats]


@dataclass(frozen=True)
class Cell:
    """One kind of data: its name, the true value, and a metric over all draws for a generator and a number of draws."""

    name: str
    truth: float
    sample: Callable[[np.random.Generator, int], Sampled]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=400, help="of each cell")
    parser.add_argument("--draws", type=int, default=400, help="of patients, in each trial")
    options = parser.parse_args(arguments)
    print("| figure | draws of patients alone | as it is | worst cell as it is |\n|---|---|---|---|")
    for place, (words, cells) in enumerate(rows().items()):
        found = {cell.name: coverage(cell, options.trials, options.draws, place) for cell in cells}
        worst = min(found, key=lambda name: found[name][1])
        print(
            f"| {words} | {span([each[0] for each in found.values()])} | {span([each[1] for each in found.values()])} | {worst} |",
            flush=True,
        )
    return 0


def rows() -> dict[str, list[Cell]]:
    """Name the lines of the table, and list the cells of each."""
    sizes = f"{SOURCES[0]} to {SOURCES[-1]} sources of {SCARCE[0]} to {SCARCE[-1]} scarce patients and {PLENTY} others"
    found = {
        f"share {SHARES[0]} to {SHARES[-1]}, patients of 1 to {MOST_IMAGES} images, these {words}": [
            Cell(f"{share} of {patients}", share, share_sampler(share, patients, correlation))
            for share, patients in itertools.product(SHARES, PATIENTS)
        ]
        for correlation, words in CORRELATIONS.items()
    }
    for kind, scores in {"normal scores": normal_scores, "scarce patients misplaced behind all others": misplaced_scores}.items():
        for areas in (LOWER_AREAS, UPPER_AREAS):
            words = " to ".join(dict.fromkeys(str(area) for area in (areas[0], areas[-1])))
            found[f"AUC {words} within {sizes}, {kind}"] = [
                area_cell(f"{area}, {sources} sources of {scarce}", [Size(scarce, PLENTY, area)] * sources, scores)
                for area, sources, scarce in itertools.product(areas, SOURCES, SCARCE)
                if sources * scarce >= LEAST_GROUPS
            ]
        found[f"AUC within {min(map(len, UNEQUAL))} to {max(map(len, UNEQUAL))} sources of unequal size and difficulty, {kind}"] = [
            area_cell(f"{sizes[0].scarce} and {sizes[0].plenty} patients of {sizes[0].area} in the largest", sizes, scores)
            for sizes in UNEQUAL
        ]
    tail = f"{TAIL_PATIENTS} patients of 1 to {TAIL_IMAGES} images, half of them of one, those of {MANY_IMAGES} or more harder"
    found[f"share of {tail}, images of a patient independent, half alike, or all right or all wrong"] = [
        tail_cell(easy, hard, correlation, words)
        for (easy, hard), (correlation, words) in itertools.product(TAIL_SHARES, CORRELATIONS.items())
    ]
    return found


def share_sampler(share: float, patients: int, correlation: float) -> Callable[[np.random.Generator, int], Sampled]:
    """Draw images that are right with a chance of `share`; those of a patient correlate."""

    def sample(generator: np.random.Generator, draws: int) -> Sampled:
        return _right_of(generator, generator.integers(1, MOST_IMAGES + 1, patients), np.full(patients, share), correlation, draws)

    return sample


def tail_cell(easy: float, hard: float, correlation: float, words: str) -> Cell:
    """Make a cell of patients of k images with a chance of 1 / (k (k + 1)), the rest of the most images; those of many are harder."""
    images = np.arange(1, TAIL_IMAGES + 1)
    chance = np.append(1 / (images[:-1] * images[1:]), 1 / TAIL_IMAGES)
    right = np.where(images >= MANY_IMAGES, hard, easy)

    def sample(generator: np.random.Generator, draws: int) -> Sampled:
        drawn = generator.choice(TAIL_IMAGES, TAIL_PATIENTS, p=chance)
        return _right_of(generator, images[drawn], right[drawn], correlation, draws)

    return Cell(f"{easy} and {hard}, {words}", float(np.average(right, weights=chance * images)), sample)


def _right_of(generator: np.random.Generator, images: npt.NDArray[np.int64], chance: Floats, correlation: float, draws: int) -> Sampled:
    """Draw which images of each patient are right, and the share of them over all draws of patients."""
    group = np.repeat(np.arange(len(images)), images)
    # Two images that both take what their patient has are alike: a chance of the correlation.
    alike = generator.random(len(group)) < np.sqrt(correlation)
    right = np.where(alike, (generator.random(len(images)) < chance)[group], generator.random(len(group)) < chance[group])
    resampling = resample(group, draws, int(generator.integers(2**32)))
    return sampled_share(right, resampling.index, resampling)


def area_cell(name: str, sizes: Sequence[Size], scores: Scores) -> Cell:
    """Make a cell of patients of one image; in every other source the positives are scarce, in the rest the negatives."""
    counts = [size.scarce + size.plenty for size in sizes]
    part = np.repeat(np.arange(len(sizes)), counts)
    few = np.concatenate([np.arange(count) < size.scarce for size, count in zip(sizes, counts, strict=True)])
    area = np.repeat([size.area for size in sizes], counts)
    positive = few == (part % 2 == 0)

    def sample(generator: np.random.Generator, draws: int) -> Sampled:
        resampling = resample(np.arange(len(part)), draws, int(generator.integers(2**32)))
        within = auc_within(scores(generator, positive, few, area), positive, part, np.ones(len(part), np.bool_), resampling)
        if within is None:
            raise ValueError("every source must hold both sides")
        return within.pooled

    truth = np.average([size.area for size in sizes], weights=[size.scarce * size.plenty for size in sizes])
    return Cell(name, float(truth), sample)


def normal_scores(generator: np.random.Generator, positive: npt.NDArray[np.bool_], _few: npt.NDArray[np.bool_], area: Floats) -> Floats:
    """Draw scores of two normal distributions, so far apart that the AUC of a source is `area`."""
    return np.asarray(generator.normal(positive * np.sqrt(2) * stats.norm.ppf(area), 1), np.float64)


def misplaced_scores(generator: np.random.Generator, positive: npt.NDArray[np.bool_], few: npt.NDArray[np.bool_], area: Floats) -> Floats:
    """Place each scarce patient before all others, or with a chance of 1 - `area` behind them all."""
    before = np.where(generator.random(len(few)) < area, 10.0, -10.0)
    return np.asarray(generator.normal(0, 1, len(few)) + few * before * np.where(positive, 1, -1), np.float64)


def coverage(cell: Cell, trials: int, draws: int, seed: int) -> tuple[float, float]:
    """Give the shares of the trials whose interval holds the truth: of the draws alone, and as it is."""
    generator = np.random.default_rng([seed, *cell.name.encode()])
    held = np.zeros(2)
    for _ in range(trials):
        sampled = cell.sample(generator, draws)
        held += [holds(interval(sampled), cell.truth), holds(interval_of_share(sampled), cell.truth)]
    return float(held[0] / trials), float(held[1] / trials)


def holds(found: Interval, truth: float) -> bool:
    """Tell whether an interval holds the truth; one that does not exist does not."""
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def span(shares: Sequence[float]) -> str:
    """Write the least and the greatest share, such as "92 to 100 %"."""
    return f"{100 * min(shares):.0f} to {100 * max(shares):.0f} %"


if __name__ == "__main__":
    raise SystemExit(main())
