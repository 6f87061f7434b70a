import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STACK = ("import tensorflow as tf", "import tensorflow_transform", "import keras")
ORDERS = list(itertools.permutations(STACK))[::2]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(line.split()[1] for line in order))
def test_one_keras_whatever_the_order_of_imports(order: tuple[str, ...]) -> None:
    code = "\n".join(("import schemas", *order, "print(tf.keras.__version__, keras.__version__, tf.keras.Model is keras.Model)"))
    clean = {name: value for name, value in os.environ.items() if name != "TF_USE_LEGACY_KERAS"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    tf_version, keras_version, same = done.stdout.split()
    assert tf_version == keras_version
    assert keras_version.startswith("3.")
    assert same == "True"


def test_a_late_pin_is_refused() -> None:
    code = "import os; os.environ['TF_USE_LEGACY_KERAS'] = '1'; import sys; sys.modules['tensorflow'] = sys; import schemas"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "before TensorFlow is imported" in done.stderr
