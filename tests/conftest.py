"""What every test needs: a pinned environment, and no touch of the home folder."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

import schemas.environment as environment
from tests import browser

ROOT = Path(__file__).parent

environment.pin_environment()
# A busy machine is no fault of the code.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")


class FolderScheduling(LoadScopeScheduling):
    """Gives the tests of a folder to one process, for they share its session's fixtures, such as a trained network or a run."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    """Schedule by folder, whatever `--dist` says. Marks of groups do not reach the scheduler of pytest-xdist 3.8 under pytest 9.2."""
    return FolderScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folder that takes longest, so that no process waits for it in the end."""
    items.sort(key=lambda item: not item.path.is_relative_to(ROOT / "e2e"))


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
