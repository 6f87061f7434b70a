"""Say how far a long stage has come, without knowing who listens.

A stage calls `report`; the runner attaches a handler to the logger and draws. Where nobody listens, nothing is drawn.
"""

import logging
from dataclasses import dataclass

LOGGER_NAME = "cxr.progress"
_LOGGER = logging.getLogger(LOGGER_NAME)
_LOGGER.setLevel(logging.INFO)


@dataclass(frozen=True)
class Progress:
    """One report: `done` of `total` (0 where the total is unknown) units of `stage`, and a short text."""

    stage: str
    done: int
    total: int
    text: str = ""


def report(stage: str, done: int, total: int, text: str = "") -> None:
    """Report progress of a stage.

    Args:
      stage: the node's id, such as "trainer".
      done: units finished.
      total: units in all, 0 where unknown.
      text: what the unit is or how it goes, such as "epoch 3, loss 0.41".
    """
    _LOGGER.info("%s %d/%d %s", stage, done, total, text, extra={"progress": Progress(stage, done, total, text)})


def notice(stage: str, text: str) -> None:
    """Tell the user one fact about a stage on a line of its own, such as the class weights."""
    _LOGGER.info("%s: %s", stage, text, extra={"notice": (stage, text)})
