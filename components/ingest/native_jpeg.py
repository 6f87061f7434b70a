"""Decode lossless JPEG, JPEG-LS and JPEG of 12 bits, in a process of its own.

Only pylibjpeg-libjpeg decodes these. It is C++ that damaged streams can bring down; a worker must outlive that.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.ingest.jpeg import Frame
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason

_PROGRAM = Path(__file__).with_name("native_jpeg_process.py")
_TIMEOUT_S = 60


def decode(stream: bytes, frame: Frame) -> npt.NDArray[Any]:
    """Decode a stream.

    Args:
      stream: the whole stream.
      frame: what its header says, of a size within the limits.
    Returns:
      uint8 to 8 bits, uint16 above [height_px, width_px, components].
    Raises:
      Refusal: truncated.
    """
    dtype = np.uint8 if frame.bits <= 8 else np.uint16
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", str(_PROGRAM)], input=stream, capture_output=True, timeout=_TIMEOUT_S, check=True
        )
        return np.frombuffer(done.stdout, dtype).reshape(frame.height_px, frame.width_px, frame.components)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Refusal(Reason.TRUNCATED, "the JPEG data end early or are damaged") from error
