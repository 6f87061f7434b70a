"""The anomaly gate: data that do not fit the schema stop the run."""

from schemas import environment as environment
