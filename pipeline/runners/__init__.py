"""One file per place to run: local."""

from schemas import environment as environment
