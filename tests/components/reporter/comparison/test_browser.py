"""Open the page in headless Chromium, where there is one: no request, no error, nothing wider than the screen."""

from pathlib import Path

from components.reporter.__main__ import main
from tests.browser import Page
from tests.components.reporter.comparison.conftest import FIRST


def test_the_page_loads_nothing_and_fits_wide_and_narrow(two_runs: Path, page: Page, tmp_path: Path) -> None:
    assert main(["compare", str(two_runs / "runs" / FIRST), str(two_runs), "--to", str(tmp_path)]) == 0
    path = tmp_path / "compare.html"
    for width in (1280, 390):
        page.events.clear()
        page.open(path, width)
        page.value("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.value("document.documentElement.scrollWidth") <= width
        requests = [event["params"]["request"]["url"] for event in page.of("Network.requestWillBeSent")]
        assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
        assert not page.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
