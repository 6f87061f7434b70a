"""Fit a temperature to a trained network on eval, and put it into its last layer."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components.base import progress
from components.base.temperature import ModelTemperature, fit_temperature, log_losses, scale
from components.trainer.network import LOGITS


def carry_temperature(model: keras.Model, evaluation: tf.data.Dataset, label_index: npt.NDArray[np.int64]) -> ModelTemperature:
    """Fit the temperature, and divide the logits of the network by it; where it cannot be fitted the network stays as it is.

    The probabilities of what is exported are then softmax(logits / temperature) everywhere: in all signatures and in model.keras. The
    answers stay, and so do the embeddings.

    Args:
      model: as components.trainer.network.finish makes it for one class an image.
      evaluation: batches of components.trainer.dataset.evaluation_dataset: every eval image once, unchanged.
      label_index: int64 [n], the classes of these images, in the same order.
    """
    probabilities = _predict(model, evaluation)
    value, note = fit_temperature(label_index, probabilities)
    if value is None:
        progress.notice("trainer", f"no temperature: {note}; the model is exported as it is")
    else:
        divide_logits(model, value)
        before, after = (log_losses(label_index, each).mean() for each in (probabilities, scale(probabilities, value)))
        told = f"temperature {value:.3f}, fitted on {len(label_index)} eval images, goes into the exported model"
        progress.notice("trainer", f"{told}: log loss on eval {before:.3f} without it, {after:.3f} with it")
    return ModelTemperature(value=value, note=note, applied=value is not None, eval_images=len(label_index))


def divide_logits(model: keras.Model, temperature: float) -> None:
    """Divide kernel and bias of the layer "logits", so that the graph, its layers and what explains them stay the same.

    Args:
      model: as components.trainer.network.finish makes it.
      temperature: above 0.
    """
    dense = model.get_layer(LOGITS)
    dense.set_weights([weight / np.float32(temperature) for weight in dense.get_weights()])


def _predict(model: keras.Model, evaluation: tf.data.Dataset) -> Any:
    return np.concatenate([model.predict_on_batch(inputs) for inputs, _ in evaluation])
