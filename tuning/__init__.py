"""The architecture search: its space, the search itself, and what is known of its trials."""

from schemas import environment as environment
