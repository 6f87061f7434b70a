"""External validation: a trained model on data that it never saw, without what it saw after all."""

from schemas import environment as environment
