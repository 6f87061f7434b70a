"""Open the page in headless Chromium, where there is one: no request, no error, nothing wider than the screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.reporter.__main__ import main
from tests.components.reporter.comparison.conftest import FIRST
from tests.components.reporter.test_browser import CHROMIUM, Page, start


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    process, tab = start(tmp_path / "profile")
    yield tab
    tab.socket.close()
    process.terminate()
    process.wait(timeout=30)


def test_the_page_loads_nothing_and_fits_wide_and_narrow(two_runs: Path, tab: Page, tmp_path: Path) -> None:
    assert main(["compare", str(two_runs / "runs" / FIRST), str(two_runs), "--to", str(tmp_path)]) == 0
    path = tmp_path / "compare.html"
    for width in (1280, 390):
        tab.events.clear()
        tab.open(path, width)
        tab.value("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert tab.value("document.documentElement.scrollWidth") <= width
        requests = [event["params"]["request"]["url"] for event in tab.of("Network.requestWillBeSent")]
        assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
        assert not tab.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
