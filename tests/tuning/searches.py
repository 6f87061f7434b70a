"""Searches made of numbers, for the tests of what is drawn of them."""

import random

from tuning.trials import Search, Trial


def made_search(count, *, direction="max", objective="val_macro_recall", algorithm="random", seed=0):
    """A search of `count` trials of 3 epochs; every eighth fails, the score depends on stages and block, and a little on luck."""
    luck = random.Random(seed)  # noqa: S311
    trials = []
    for number in range(count):
        values = {
            "stages": luck.randint(2, 5),
            "width": luck.choice([8, 16]),
            "block": luck.choice(["plain", "residual", "separable"]),
            "learning_rate": luck.choice([3e-4, 1e-3, 3e-3]),
        }
        if number % 8 == 3:
            trials.append(Trial(str(number), "failed", None, values, 0, 1.5, 900, "the loss is not a finite number", {"loss": [None]}))
            continue
        score = 0.4 + 0.08 * values["stages"] + 0.05 * (values["block"] == "residual") + luck.uniform(0, 0.02)
        curve = [score - 0.1, score - 0.05, score]
        curves = {objective: curve, objective.removeprefix("val_"): [value + 0.02 for value in curve]}
        curves |= {"loss": [1.0, 0.8, 0.6], "val_loss": [1.1, 0.9, 0.7]}
        trials.append(Trial(str(number), "completed", score, values, 3, 12.0 + number, 51_234, None, curves))
    return Search(tuple(trials), algorithm, objective, direction, count)
