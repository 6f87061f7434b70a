"""What every test needs: a pinned environment, and no touch of the home folder."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import schemas.environment as environment
from tests import browser

ROOT = Path(__file__).parent

environment.pin_environment()
# A busy machine is no fault of the code.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a folder in one process, for they share its session's fixtures, such as a trained network or a run.

    Before pytest-xdist looks at the marks, or it would share out single tests, and each process would make the fixtures again.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(item.path.parent.relative_to(ROOT))))


@pytest.fixture(autouse=True)
def private_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the key of the pseudonyms and the index of names in a temporary folder."""
    folder = tmp_path_factory.mktemp("private")
    monkeypatch.setenv("CXR_PRIVATE_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _no_handler_of_a_library() -> None:
    """Keep pytest's own root handlers alone: libraries add theirs on import, on a stream that pytest lends to one test."""
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if type(handler).__module__.startswith("_pytest")]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    """Open a tab of headless Chromium, where there is one."""
    with browser.opened(tmp_path / "profile") as tab:
        yield tab
