"""Open the page of a search in headless Chromium, where there is one: no request, no error, nothing wider than the screen."""

import dataclasses

import pytest

from tests.browser import opened
from tests.tuning.searches import made_search
from tuning.page import render
from tuning.trials import Search

WIDE_SPACE = {f"hyperparameter_{number}": number for number in range(8)}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with opened(tmp_path_factory.mktemp("profile")) as page:
        page.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
        yield page


@pytest.fixture
def show(page, tmp_path):
    def show(search, width, scheme="light"):
        path = tmp_path / "search.html"
        path.write_text(render(search, search.trials), encoding="ascii")
        page.events.clear()
        page.open(path, width, scheme)
        return path

    return show


def wide(search):
    trials = [dataclasses.replace(trial, hyperparameters={**trial.hyperparameters, **WIDE_SPACE}) for trial in search.trials]
    trials[3] = dataclasses.replace(trials[3], reason="x" * 200)
    return dataclasses.replace(search, trials=tuple(trials))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("search", [wide(made_search(24)), Search(())], ids=["trials", "none"])
def test_the_page_loads_nothing_and_fits(page, show, search, width):
    path = show(search, width, "dark" if width == 390 else "light")
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.value("document.body.scrollWidth") <= width
    requests = [event["params"]["request"]["url"] for event in page.of("Network.requestWillBeSent")]
    assert [url for url in requests if not url.startswith("data:")] == [path.as_uri()]
    assert not page.of("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")


def test_the_scheme_of_the_reader_decides_the_colours(page, show):
    papers = []
    for scheme in ("light", "dark"):
        show(made_search(4), 1280, scheme)
        papers.append(page.value("getComputedStyle(document.body).backgroundColor"))
    assert len(set(papers)) == 2


def test_the_table_sorts_by_number_with_trials_without_a_score_last(page, show):
    search = made_search(8)
    show(search, 1280)
    scores = "Array.from(document.querySelectorAll('#trials tbody tr')).map(row => row.cells[2].textContent)"
    wanted = [f"{score:.4f}" for score in sorted(trial.score for trial in search.trials if trial.score is not None)]
    page.value("document.querySelectorAll('#trials thead button')[2].click()")
    assert page.value(scores) == [*wanted, "no score"]
    page.value("document.querySelectorAll('#trials thead button')[2].click()")
    assert page.value(scores) == [*reversed(wanted), "no score"]
