"""The probabilities and embeddings of every eval and test image, written once."""

from schemas import environment as environment
