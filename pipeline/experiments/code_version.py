"""Which version of the code a training is of."""

from functools import cache

from components.base.source_digest import source_digest


@cache
def code_version() -> str:
    """Digest the code of trainings and of preprocessing, once a process: a file that is edited meanwhile does not count."""
    return source_digest("components.trainer.training", "components.transform.preprocess")
