"""Axes of the charts: scales, and round numbers for their ticks."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Linear map from `low`..`high` to `start`..`end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Map one value, rounded to what a screen can show."""
        span = self.high - self.low or 1.0
        return round(self.start + (value - self.low) / span * (self.end - self.start), 2)


def nice_ticks(low: float, high: float, whole: bool = False, count: int = 5) -> list[float]:
    """Choose about `count` round numbers of which the last is not below `high`."""
    raw = max((high - low) / (count - 1), 1e-12)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= raw * 0.999)
    if whole:
        step = max(1.0, math.ceil(step))
    first = math.floor(low / step + 1e-9) * step
    ticks = [first]
    while ticks[-1] < high - step * 1e-6:
        ticks.append(first + step * len(ticks))
    return [float(f"{tick:.12g}") for tick in ticks]


def whole_ticks(last: int, most: int = 8) -> list[int]:
    """Choose at most `most` whole numbers from 1 to `last`, 1 among them and none crowding it."""
    step = max(1, math.ceil(last / most))
    return [1, *(tick for tick in range(step, last + 1, step) if tick > max(1, step // 2 + 1))]


def tick_text(value: float) -> str:
    """Write a tick's value in few characters."""
    if 0 < abs(value) < 0.001:
        exponent = math.floor(math.log10(abs(value)) + 1e-9)
        return f"{value / 10.0**exponent:.3g}e{exponent}"
    return f"{value:g}"
