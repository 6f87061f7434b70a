"""The evaluation by slice: TFMA's configuration, its results as rows, and their tables."""

from schemas import environment as environment
