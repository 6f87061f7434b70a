"""Why one file is not used."""

from schemas.quarantine import Reason


class Refusal(Exception):  # noqa: N818 - an outcome of one file, not a fault of the program
    """One file goes to quarantine.

    Attributes:
      reason: for counting.
      detail: for reading; names neither file nor patient, and is the same in every run.
    """

    def __init__(self, reason: Reason, detail: str):
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
