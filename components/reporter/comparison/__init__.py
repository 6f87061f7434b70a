"""Two runs side by side."""

from schemas import environment as environment
