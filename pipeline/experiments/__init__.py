"""Grids of trainings on one collection, and their comparison."""

from schemas import environment as environment
