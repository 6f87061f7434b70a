"""How the learning rate goes on."""

from typing import Literal

import keras


def learning_rate_schedule(
    kind: Literal["constant", "cosine"], learning_rate: float, steps: int, warmup_steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Make a schedule.

    Args:
      kind: constant, or cosine: linear warm-up from a hundredth of the rate, then half a cosine to a hundredth of it
        (Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts).
      learning_rate: the highest rate.
      steps: batches of the whole training.
      warmup_steps: batches of the warm-up; cut to half of the training.
    """
    if kind == "constant":
        return keras.optimizers.schedules.ExponentialDecay(learning_rate, decay_steps=1, decay_rate=1.0)
    warmup = min(warmup_steps, steps // 2)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=learning_rate / 100 if warmup else learning_rate,
        decay_steps=max(1, steps - warmup),
        alpha=0.01,
        warmup_target=learning_rate if warmup else None,
        warmup_steps=warmup,
    )
