"""What every test needs: a pinned environment, and no touch of the home folder."""

import logging
from pathlib import Path

import pytest
from hypothesis import settings

import schemas.environment as environment

environment.pin_environment()
# A busy machine is no fault of the code.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def private_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the key of the pseudonyms and the index of names in a temporary folder."""
    folder = tmp_path_factory.mktemp("private")
    monkeypatch.setenv("CXR_PRIVATE_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _no_handler_of_a_closed_stream() -> None:
    """Drop root handlers that a library made in an earlier test, on a stream that pytest had lent it."""
    for handler in logging.getLogger().handlers[:]:
        # absl's handler wraps the one that holds the stream.
        stream = getattr(getattr(handler, "python_handler", handler), "stream", None)
        if getattr(stream, "closed", False):
            logging.getLogger().removeHandler(handler)
