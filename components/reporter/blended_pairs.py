"""Mixup for the eye: images blended in pairs as training blends them, and the share of each."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.trainer.mixup import mixup

Floats = npt.NDArray[np.float32]


def blend_pairs(images: tf.Tensor, alpha: float, seed: tf.Tensor) -> tuple[Floats, Floats]:
    """Blend each image of the first half with the one that lies opposite in the reversed batch.

    Args:
      images: float32 [n, height_px, width_px, channels]; of an odd n the middle one lies opposite itself, as in training.
      alpha: of Beta(alpha, alpha), from which the share of the first image of a pair is drawn; positive.
      seed: int32 [2].
    Returns:
      The blends, float32 [(n + 1) // 2, height_px, width_px, channels], and the share of the first image in each, float32 [(n + 1) // 2],
      range [0, 1]; the other has the rest.
    """
    count = int(images.shape[0])
    # Where each image is a class of its own, the mixed labels are the shares.
    blends, labels, _ = mixup(images, tf.eye(count), tf.ones([count]), alpha, seed)
    half = (count + 1) // 2
    return blends[:half].numpy(), tf.linalg.diag_part(labels)[:half].numpy()
