"""Open the page in headless Chromium, where there is one: no request, no error, nothing wider than the screen."""

from pathlib import Path

import pytest

from components.external.page import render_html
from tests.browser import BROKEN_WORDS
from tests.components.external.written import content_of, own_run


@pytest.mark.parametrize(("width", "scripts"), [(390, True), (1280, True), (1280, False)])
def test_the_page_loads_nothing_and_fits(page, table, tmp_path: Path, width: int, scripts: bool) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(content_of(table, own=own_run(table))), encoding="utf-8")
    page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
    page.open(path, width, "light" if scripts else "dark")
    assert page.value("document.documentElement.scrollWidth") <= width
    requests = [event["params"]["request"]["url"] for event in page.of("Network.requestWillBeSent")]
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert not page.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
    assert (page.value("document.querySelectorAll('thead button').length") > 0) is scripts
    assert page.value("document.querySelector('#verdict').innerText.includes('200 images of 3 sources scored')")


@pytest.mark.parametrize("width", [390, 500])
def test_no_word_of_a_table_is_broken(page, table, tmp_path: Path, width: int) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(content_of(table, own=own_run(table))), encoding="utf-8")
    page.open(path, width)
    page.value("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert page.value(BROKEN_WORDS) == []
    assert page.value("document.documentElement.scrollWidth") <= width
