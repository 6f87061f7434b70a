"""A model that reads one patch, so that the true map of every image is known."""

import numpy as np
import pytest

SIDE = 6
PATCH = (slice(1, 3), slice(2, 4))


@pytest.fixture
def patch():
    """bool [SIDE, SIDE], what the model reads."""
    mask = np.zeros((SIDE, SIDE), bool)
    mask[PATCH] = True
    return mask


@pytest.fixture
def patch_model():
    """Class 1 is as probable as the patch is bright."""

    def probabilities(images):
        bright = images[:, PATCH[0], PATCH[1], 0].mean(axis=(1, 2))
        return np.stack([1 - bright, bright], axis=1)

    return probabilities


@pytest.fixture
def bright_patches(patch):
    """Images of a bright patch on a dark ground that is not even: float32 [n, SIDE, SIDE, 1]."""

    def make(count, seed=3):
        ground = np.random.default_rng(seed).uniform(0, 0.3, (count, SIDE, SIDE, 1))
        return np.where(patch[..., None], 0.9, ground).astype(np.float32)

    return make
