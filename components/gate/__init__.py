"""The model gate: thresholds on slices decide the one blessing."""

from schemas import environment as environment
