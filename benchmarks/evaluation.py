"""Measure how quickly every slice gets its measures with intervals, beside a plain loop over the draws.

    python -m benchmarks.evaluation [--images 10000] [--draws 1000] [--loop-draws 4] [--rounds 3]

The loop draws the same patients, repeats their images, and computes the same measures slice by slice; it is timed for a few draws
and compared by the time of a draw. Its values must be those of the draws. Time is that of the processor, which does not
depend on what else the machine does; the clock's is printed beside.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np

from benchmarks.ratios import Ratio, print_ratios
from components.evaluator.intervals import Resampling, measure, resample
from components.evaluator.slice_figures import measure_slices
from components.evaluator.slicing import Slice, make_slices
from components.predictions.table import Predictions
from schemas import features

CLASSES = ("normal", "pneumonia", "covid19")
CROSSINGS = (("source",), ("label",), ("source", "label"), ("view",), ("sex",), ("age_band",))
WANTED_S = 2.0
WANTED_RATIO = 10.0
WANTED_DIFFERENCE = 1e-9


def main() -> int:
    """Print times and ratios; return 1 where one falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--loop-draws", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    table = made_up(options.images)
    slices = make_slices(table, CROSSINGS)
    resampling = resample(table.group, options.draws, seed=1)
    difference = largest_difference(table, slices, resampling, options.loop_draws)

    def vectorised() -> object:
        drawn = resample(table.group, options.draws, seed=1)
        return measure_slices(table.label_index, table.probabilities, CLASSES, table.source, drawn, slices)

    times: dict[str, list[tuple[float, float]]] = {"all draws at once": [], "loop": []}
    for _ in range(options.rounds):
        times["all draws at once"].append(timed(vectorised))
        times["loop"].append(timed(lambda: [loop_draw(table, slices, resampling, draw) for draw in range(1, 1 + options.loop_draws)]))
    ratio = statistics.median(
        (loop[0] / options.loop_draws) / (ours[0] / options.draws)
        for loop, ours in zip(times["loop"], times["all draws at once"], strict=True)
    )
    processor, clock = (statistics.median(each[place] for each in times["all draws at once"]) for place in (0, 1))
    print(f"{len(table)} predictions of {len(resampling.counts)} patients, {len(slices)} slices, {options.draws} draws")
    print(f"all draws at once: {processor:.2f} s of processor time, {clock:.2f} s by the clock")
    print(f"loop: {statistics.median(loop[0] for loop in times['loop']) / options.loop_draws:.3f} s of processor time for a draw")
    return print_ratios(
        [
            Ratio("time of a draw, plain loop over all draws at once", ratio, WANTED_RATIO, True),
            Ratio("processor time of all measures of all slices, seconds", processor, WANTED_S, False),
            Ratio("largest difference from the loop's values, in billionths", 1e9 * difference, 1e9 * WANTED_DIFFERENCE, False),
        ]
    )


def made_up(images: int) -> Predictions:
    """Make predictions of patients with two images each, as a model that is right more often than not gives them."""
    generator = np.random.default_rng(7)
    label = generator.integers(0, len(CLASSES), images)
    probabilities = generator.dirichlet([1, 1, 1], images)
    probabilities[np.arange(images), label] += 0.3
    probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    text = np.array([f"{place:016x}" for place in range(images)])
    return Predictions(
        classes=np.array(CLASSES),
        id=text,
        group=text[np.arange(images) // 2],
        source=np.array(["a", "b", "c", "d"])[generator.integers(0, 4, images)],
        split=np.full(images, "test"),
        view=np.array(features.VIEWS)[generator.integers(0, 3, images)],
        label=np.array(CLASSES)[label],
        label_index=label,
        probabilities=probabilities,
        embedding=np.zeros((images, 1), np.float32),
        attributes={
            features.SEX: np.array(features.SEXES)[generator.integers(0, 3, images)],
            features.AGE: generator.integers(18, 91, images),
        },
    )


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Give the processor's and the clock's seconds."""
    processor, clock = time.process_time(), time.perf_counter()
    run()
    return time.process_time() - processor, time.perf_counter() - clock


def loop_draw(table: Predictions, slices: list[Slice], resampling: Resampling, draw: int) -> list[dict[str, float]]:
    """Repeat the images of the drawn patients and compute the measures of each slice."""
    weights = resampling.counts[resampling.index, draw].astype(np.int64)
    result = []
    for part in slices:
        rows = np.repeat(np.flatnonzero(part.mask), weights[part.mask])
        result.append(plain_measures(table.label_index[rows], table.probabilities[rows].astype(np.float64)))
    return result


def plain_measures(labels: np.ndarray, scores: np.ndarray) -> dict[str, float]:
    """Compute the measures of one draw of one slice that are defined whichever classes it holds."""
    size = len(CLASSES)
    confusion = np.bincount(labels * size + scores.argmax(axis=1), minlength=size * size).reshape(size, size)
    found = {"accuracy": np.trace(confusion) / len(labels)}
    for place, name in enumerate(CLASSES):
        positives, negatives = np.sort(scores[labels == place, place]), np.sort(scores[labels != place, place])
        if not len(positives):
            continue
        found[f"recall/{name}"] = confusion[place, place] / confusion[place].sum()
        if not len(negatives):
            continue
        below = np.searchsorted(negatives, positives, side="left") + np.searchsorted(negatives, positives, side="right")
        found[f"auc/{name}"] = below.sum() / (2 * len(positives) * len(negatives))
        true = len(positives) - np.searchsorted(positives, positives, side="left")
        wrong = len(negatives) - np.searchsorted(negatives, positives, side="left")
        found[f"average_precision/{name}"] = float((true / (true + wrong)).mean())
        found[f"precision/{name}"] = confusion[place, place] / confusion[:, place].sum()
        found[f"specificity/{name}"] = 1 - (confusion[:, place].sum() - confusion[place, place]) / len(negatives)
        found[f"f1/{name}"] = 2 * confusion[place, place] / (confusion[place].sum() + confusion[:, place].sum())
    return found


def largest_difference(table: Predictions, slices: list[Slice], resampling: Resampling, draws: int) -> float:
    """Compare the values of the first draws, metric by metric."""
    largest = 0.0
    measured = [measure(table.label_index, table.probabilities, CLASSES, resampling, part.mask) for part in slices]
    for draw in range(1 + draws):
        for plain, ours in zip(loop_draw(table, slices, resampling, draw), measured, strict=True):
            largest = max(largest, *(abs(value - ours[name].values[draw]) for name, value in plain.items()))
    return float(largest)


if __name__ == "__main__":
    raise SystemExit(main())
