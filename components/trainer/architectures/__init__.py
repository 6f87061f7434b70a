"""One architecture a file, each with `DEFAULTS`, `build` and `count_parameters`; tests/contracts holds what all must keep."""

from schemas import environment as environment
