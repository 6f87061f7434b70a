"""Decode lossless JPEG, JPEG-LS and JPEG of 12 bits, in a process of its own.

Only pylibjpeg-libjpeg decodes these. It is C++ that a damaged stream may bring down, and a worker must outlive that. It
fills in what a cut stream lacks, so the process decodes twice, as `components.ingest.jpeg.load` does.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from components.ingest.jpeg import NOISE_BEFORE_THE_END, Frame
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
    command = [sys.executable, "-I", str(_PROGRAM), NOISE_BEFORE_THE_END.hex()]
    try:
        done = subprocess.run(command, input=stream, capture_output=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603 - our own program
        return np.frombuffer(done.stdout, dtype).reshape(frame.height_px, frame.width_px, frame.components)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Refusal(Reason.TRUNCATED, "the JPEG data end early or are damaged") from error
