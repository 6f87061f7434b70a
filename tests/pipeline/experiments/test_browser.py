"""Open the comparison in headless Chromium, where there is one."""

from pathlib import Path

import pytest

from pipeline.experiments.page import render_page
from pipeline.experiments.statistics import compare

pytest.importorskip("websocket", reason="websocket-client is not installed")
from tests.browser import Page


@pytest.fixture
def path(make_cell, tmp_path: Path) -> Path:
    variants = (("balance=class_weight", 0.3), ("balance=none", 0.1), ("architecture=efficientnet_lite0, image_px=160", 0.4))
    cells = [make_cell(seed=seed, variant=name, skill=skill) for seed in (1, 2) for name, skill in variants]
    metrics = ["accuracy", "within_source_auc[pneumonia,normal]"]
    file = tmp_path / "comparison.html"
    file.write_text(render_page(compare(cells, metrics, {name: 2 for name, _ in variants} | {"never": 2})), encoding="utf-8")
    return file


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_loads_nothing_and_fits(path: Path, page: Page, width: int) -> None:
    page.open(path, width)
    assert page.value("document.documentElement.scrollWidth") <= width
    requests = [event["params"]["request"]["url"] for event in page.of("Network.requestWillBeSent")]
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert not page.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
    marks = "Array.from(document.querySelectorAll('.forest li .whisker')).map(mark => mark.getBoundingClientRect().width)"
    assert len(page.value(marks)) == 4
    assert all(wide > 0 for wide in page.value(marks))


def test_dark_colours_and_sorting(path: Path, page: Page) -> None:
    page.open(path, 1280, "light")
    light = page.value("getComputedStyle(document.body).backgroundColor")
    values = "Array.from(document.querySelectorAll('#figures table tbody')[0].rows).map(row => parseFloat(row.cells[2].textContent))"
    page.value("document.querySelectorAll('#figures thead button')[2].click()")
    *known, last = page.value(values)
    assert known == sorted(known)
    assert len(known) == 3
    assert last is None
    page.events.clear()
    page.open(path, 1280, "dark")
    assert page.value("getComputedStyle(document.body).backgroundColor") != light


def test_the_page_reads_without_javascript(path: Path, page: Page) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(path, 390)
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert page.value("document.querySelectorAll('thead button').length") == 0
    assert page.value("document.querySelector('#findings').innerText").count("balance=none") >= 1
