"""The report: one self-contained HTML page, and every number on it as JSON."""

from schemas import environment as environment
