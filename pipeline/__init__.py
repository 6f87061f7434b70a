"""Configuration, wiring and runners: the only package that knows the whole pipeline."""

from schemas import environment as environment
