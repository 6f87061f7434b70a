"""Random, radiograph-plausible variations of an image, by stateless ops alone.

A view depends on the image, the seed and nothing else. There is no horizontal flip: the heart lies on the left, the
gastric bubble below the left dome, and a mirrored chest is a rare disease (situs inversus), not a variation of the picture.
No vertical flip, no cropping and no erasing of parts but at the border either, since findings may lie anywhere in the lungs.
"""

import tensorflow as tf

from components.transform.degrade import random_degrade
from components.transform.policies import POLICIES, Degrade, Policy
from components.transform.tone import random_tone
from components.transform.warp import random_warp


def augment(image: tf.Tensor, seed: tf.Tensor, policy: str | Policy) -> tf.Tensor:
    """Draw one variation of an image.

    Args:
      image: float32 [height_px, width_px, 1], range [0, 1].
      seed: int32 [2]; the same seed gives the same variation on every machine.
      policy: name of a policy (light, radiograph, domain), or one of your own.
    Returns:
      float32 [height_px, width_px, 1], range [0, 1].
    """
    return augment_batch(image[tf.newaxis], seed, policy)[0]


# The conditions are tf.cond already, and AutoGraph cannot read lambdas that share a line.
@tf.autograph.experimental.do_not_convert  # type: ignore[misc]
def augment_batch(images: tf.Tensor, seed: tf.Tensor, policy: str | Policy) -> tf.Tensor:
    """Draw a variation of each image of a batch; the choices are made image by image.

    Args:
      images: float32 [batch, height_px, width_px, 1], range [0, 1].
      seed: int32 [2], of the whole batch.
      policy: name of a policy (light, radiograph, domain), or one of your own.
    Returns:
      float32 [batch, height_px, width_px, 1], range [0, 1].
    """
    chosen = POLICIES[policy] if isinstance(policy, str) else policy
    seeds = tf.random.experimental.stateless_split(seed, 3)
    # Of the whole and before the warp: a mean of some rows took longer, for their slice is strided.
    mean = tf.reduce_mean(images, axis=[1, 2, 3])
    draws = tf.random.stateless_uniform([5, tf.shape(images)[0]], seeds[0], -1.0, 1.0)
    varied = random_tone(random_warp(images, draws, chosen.warp), mean, seeds[1], chosen.tone)
    return varied if chosen.degrade == Degrade() else random_degrade(varied, seeds[2], chosen.degrade)
