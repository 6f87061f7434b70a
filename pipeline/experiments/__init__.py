"""Grids and folds of runs, their results, and their comparison."""

from schemas import environment as environment
