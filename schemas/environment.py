"""Pin the process environment before TensorFlow is imported.

tensorflow_transform sets TF_USE_LEGACY_KERAS=1 where it is unset, and then the order of imports decides
which Keras `tf.keras` is. Every package of this project imports this module first. Importing it has side
effects on purpose; it is the only module that does.
"""

import os
import sys
import warnings

_PINS = {
    "TF_USE_LEGACY_KERAS": "0",
    "KERAS_BACKEND": "tensorflow",
}
_DEFAULTS = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Twice the images a second in training on two cores; runs with one seed still give identical weights.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "GRPC_VERBOSITY": "ERROR",
    # protobuf, TFX and Beam warn about themselves on import; worker processes inherit this too.
    "PYTHONWARNINGS": "ignore::FutureWarning",
}


def pin_environment() -> None:
    """Set the variables above; the pins win over the caller's shell, the defaults do not.

    Raises:
      RuntimeError: TensorFlow was imported already with another Keras chosen.
    """
    for name, value in _PINS.items():
        if "tensorflow" in sys.modules and os.environ.get(name, value) != value:
            raise RuntimeError(f"{name} must be {value} before TensorFlow is imported; import this project's packages first.")
        os.environ[name] = value
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    # Google's packages say so of Python 3.10 once each, on import.
    warnings.filterwarnings("ignore", message="You are using a (non-supported )?Python version", category=FutureWarning)


pin_environment()
