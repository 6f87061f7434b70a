"""Errors that a user can act on, each with the exit code it ends the program with."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    USAGE = 2
    DATA_REFUSED = 3
    STAGE_FAILED = 4
    NOT_BLESSED = 5
    LOCKED = 6
    INTERRUPTED = 130


class UserError(Exception):
    """An error whose message tells the user what to do; shown without a traceback."""

    exit_code = ExitCode.STAGE_FAILED


class UsageError(UserError):
    """Wrong arguments or configuration."""

    exit_code = ExitCode.USAGE


class DataRefusedError(UserError):
    """The data are not fit to train on."""

    exit_code = ExitCode.DATA_REFUSED


class LockedError(UserError):
    """Another run writes to the same output folder."""

    exit_code = ExitCode.LOCKED
