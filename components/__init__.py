"""One folder per node of the pipeline, in the order of the data."""

from schemas import environment as environment
