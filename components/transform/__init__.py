"""Preprocessing and augmentation, computed alike for training and serving."""

from schemas import environment as environment
