"""Names, dtypes, classes and reasons that every room of the project agrees on."""

from schemas import environment as environment
