"""Open the page in headless Chromium, where there is one: no request, no error, nothing wider than the screen."""

import json
import time
from pathlib import Path

import pytest

from tests.browser import BROKEN_WORDS, Page
from tests.components.reporter.conftest import report_of
from tests.components.reporter.simulated import CLASSES, Scenario


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_loads_nothing_and_fits(plain_report, page: Page, tmp_path: Path, width: int) -> None:
    path = tmp_path / "report.html"
    path.write_text(plain_report.html, encoding="utf-8")
    page.open(path, width)
    assert page.value("document.documentElement.scrollWidth") <= width
    requests = [event["params"]["request"]["url"] for event in page.of("Network.requestWillBeSent")]
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert not page.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")
    assert page.value("Array.from(document.images).every(image => image.naturalWidth > 0)")


def test_slices_and_audit_of_five_sources_with_long_names_fit_without_scrolling(page: Page, tmp_path: Path) -> None:
    names = ("nih-chestxray14", "rsna-pneumonia", "cohen-covid-chestxray", "kermany-guangzhou", "covid-cxnet-radiopaedia")
    cells = {(name, label): (60, 20, 24) for name in names for label in CLASSES}
    path = tmp_path / "report.html"
    path.write_text(report_of(tmp_path / "inputs", Scenario(cells=cells, worst_source=names[3])).html, encoding="utf-8")
    page.open(path, 1280)
    page.value("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    boxes = "Array.from(document.querySelectorAll('#within .scroll, #slices .scroll, #audit .scroll'))"
    assert page.value(f"{boxes}.length") >= 14
    hidden = f"{boxes}.filter(box => box.scrollWidth > box.clientWidth).map(box => box.querySelector('th').textContent)"
    assert page.value(f"JSON.stringify({hidden})") == "[]"


PHANTOM = {(f"phantom_site_{name}", label): (60, 20, 24) for name in "abc" for label in CLASSES}


@pytest.fixture(scope="module")
def phantom_page(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("phantom") / "report.html"
    scenario = Scenario(cells=PHANTOM, worst_source="phantom_site_b", phantom=True, blessed=False)
    path.write_text(report_of(path.parent / "inputs", scenario).html, encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [390, 500, 1280])
def test_no_word_of_a_table_is_broken_and_the_body_does_not_scroll(phantom_page: Path, page: Page, width: int) -> None:
    page.open(phantom_page, width)
    page.value("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert page.value(BROKEN_WORDS) == []
    assert page.value("document.documentElement.scrollWidth") <= width


def test_the_first_column_stays_where_a_table_scrolls_and_the_gate_shows_its_values(phantom_page: Path, page: Page) -> None:
    page.open(phantom_page, 390)
    right = "Math.max(...Array.from(document.querySelectorAll('#verdict tbody td:nth-child(2)')).map(c => c.getBoundingClientRect().right))"
    assert page.value("document.querySelectorAll('#verdict thead th')[1].textContent") == "Value"
    assert page.value(f"{right} <= document.querySelector('#verdict .scroll').getBoundingClientRect().right")
    moved = """Array.from(document.querySelectorAll('#verdict .scroll, #slices .scroll, #audit .scroll')).filter(box => {
      box.scrollLeft = 90;
      const cell = box.querySelector('tbody tr').cells[0];
      const shift = Math.abs(cell.getBoundingClientRect().left - box.getBoundingClientRect().left);
      return box.scrollLeft === 90 && (shift > 2 || getComputedStyle(cell).backgroundColor.endsWith(', 0)'));
    }).length"""
    assert page.value(moved) == 0
    assert page.value("document.querySelector('#verdict .scroll').scrollLeft") == 90


def test_on_paper_a_heading_stays_with_what_it_heads(phantom_page: Path, page: Page) -> None:
    page.open(phantom_page, 1280)
    page.call("Emulation.setEmulatedMedia", media="print")
    style = "getComputedStyle(document.querySelector('{}')).{}"
    assert page.value(style.format("summary", "breakAfter")) == "avoid"
    assert page.value(style.format("#calibration > p", "breakAfter")) == "avoid"
    assert page.value(style.format("#slices .scroll tbody th", "position")) == "static"
    assert page.value("document.querySelector('details:not([open]) table').getBoundingClientRect().height") > 0
    page.call("Emulation.setEmulatedMedia", media="")


def test_the_contents_lead_to_their_sections_without_a_script(plain_report, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(plain_report.html, encoding="utf-8")
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    page.open(path, 1280, "dark")
    assert page.value("document.querySelectorAll('thead button').length") == 0
    place = page.value("JSON.stringify(document.querySelector('.contents a[href=\"#audit\"]').getBoundingClientRect())")
    where = json.loads(place)
    for kind in ("mousePressed", "mouseReleased"):
        page.call("Input.dispatchMouseEvent", type=kind, x=where["x"] + 9, y=where["y"] + 9, button="left", clickCount=1)
    for _ in range(50):
        top = page.value("document.getElementById('audit').getBoundingClientRect().top")
        if abs(top) < 60:
            break
        time.sleep(0.1)
    assert abs(top) < 60


def test_tables_sort_by_number_with_undefined_last(plain_report, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(plain_report.html, encoding="utf-8")
    page.open(path, 1280)
    scores = "Array.from(document.querySelectorAll('#search tbody tr')).map(row => row.cells[2].textContent)"
    page.value("document.querySelectorAll('#search thead button')[2].click()")
    assert page.value(scores) == ["0.620", "0.710", "0.790", "0.840", "no score"]
    page.value("document.querySelectorAll('#search thead button')[2].click()")
    assert page.value(scores) == ["0.840", "0.790", "0.710", "0.620", "no score"]


def test_figures_with_intervals_sort_by_their_value(plain_report, page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(plain_report.html, encoding="utf-8")
    page.open(path, 1280)
    column = "[data-value]:nth-of-type(4)"
    values = f"Array.from(document.querySelectorAll('#audit table.sortable tbody td{column}')).map(cell => parseFloat(cell.dataset.value))"
    before = page.value(values)
    page.value("document.querySelectorAll('#audit table.sortable thead button')[4].click()")
    assert len(before) == 7
    assert page.value(values) == sorted(before) != before
