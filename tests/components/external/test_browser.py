"""Open the page in headless Chromium, where there is one: no request, no error, nothing wider than the screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.external.page import render_html
from tests.components.external.written import content_of, own_run

browser = pytest.importorskip("tests.components.reporter.test_browser", reason="websocket-client is not installed")


@pytest.fixture
def tab(tmp_path: Path) -> Iterator["browser.Page"]:
    if browser.CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    process, tab = browser.start(tmp_path / "profile")
    yield tab
    tab.socket.close()
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, True), (1280, False)])
def test_the_page_loads_nothing_and_fits(tab, table, tmp_path: Path, width: int, scripts: bool) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(content_of(table, own=own_run(table))), encoding="utf-8")
    tab.call("Emulation.setScriptExecutionDisabled", value=not scripts)
    tab.open(path, width, "light" if scripts else "dark")
    assert tab.value("document.documentElement.scrollWidth") <= width
    requests = [event["params"]["request"]["url"] for event in tab.of("Network.requestWillBeSent")]
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert not tab.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
    assert (tab.value("document.querySelectorAll('thead button').length") > 0) is scripts
    assert tab.value("document.querySelector('#verdict').innerText.includes('200 images of 3 sources scored')")
