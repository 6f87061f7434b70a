"""Explanations of what the model looked at, and how far they can be trusted."""

from schemas import environment as environment
