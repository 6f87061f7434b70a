"""Whether a candidate fits into memory: on a CPU running out of it kills the process, and no error can be caught."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

_BYTES_PER_VALUE: Final = 4  # float32
# An activation is kept for the backward pass, has a gradient of its size, and convolutions need workspace of about that size again.
_COPIES_IN_TRAINING: Final = 3
# Adam keeps two values beside each weight and its gradient.
_COPIES_OF_WEIGHTS: Final = 4


def training_memory_bytes(output_shapes: Sequence[Sequence[int | None]], batch_size: int, parameter_count: int) -> int:
    """Estimate roughly the memory that one training step needs.

    Args:
      output_shapes: shape of every layer's output, its first axis the batch.
      batch_size: images in a batch.
      parameter_count: weights of the network.
    Returns:
      Bytes; right within a factor of about two.
    """
    activations = 0
    for shape in output_shapes:
        size = batch_size
        for axis in shape[1:]:
            size *= axis or 1
        activations += size
    return _BYTES_PER_VALUE * (_COPIES_IN_TRAINING * activations + _COPIES_OF_WEIGHTS * parameter_count)


def available_memory_bytes(root: Path = Path("/")) -> int | None:
    """Return the memory that can still be had, bytes; None where the system does not tell (it is not Linux).

    Args:
      root: where proc and sys are found.
    """
    limits = []
    try:
        for line in (root / "proc/meminfo").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                limits.append(int(rest.split()[0]) * 1024)
    except (OSError, ValueError, IndexError):
        return None
    try:
        group = root / "sys/fs/cgroup"
        limits.append(int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        # No control group, or one without a limit ("max").
        return min(limits, default=None)
    return max(0, min(limits))
