"""Phantom data: deterministic synthetic frontal chest radiographs of nobody, with lesions and planted marks that are known."""

from schemas import environment as environment
