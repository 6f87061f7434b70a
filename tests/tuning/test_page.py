import base64
import dataclasses
import hashlib
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.tuning.searches import made_search
from tuning.inspect import main
from tuning.page import render
from tuning.trials import Search, Trial

EVIL = '"><script>alert("1")</script><img src=x onerror=alert(2)>\x1b[31m & caf\u00e9 /home/somebody/data/x.png'


def page_of(search):
    return render(search, search.trials)


def test_the_page_of_a_folder(search_folder, capsys):
    assert main([str(search_folder), "--format", "html", "--top", "2"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("<!DOCTYPE html>")
    assert "4 trials, 2 completed, 2 failed. The best is trial 2 with 0.7500." in page
    assert "The first 2 of 4 trials are listed" in page
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    assert re.findall(r"<tr[^>]*><td>(\d)</td>", body) == ["2", "0"]
    assert '<tr class="chosen"><td>2</td>' in body
    assert "importance needs at least 4 completed trials, and there are 2" in page.lower()


def test_failed_and_interrupted_trials_have_their_reasons():
    ended = (Trial("7", "failed", reason="too large"), Trial("8", "interrupted"), Trial("9", "failed"), Trial("10", "running"))
    reasons = re.findall(r"<li>Trial (.*)</li>", page_of(Search((*made_search(3).trials, *ended))))
    assert reasons == [
        "7 failed: too large",
        "8 interrupted: it is trained again when the search goes on",
        "9 failed: no reason is on record",
    ]


def test_what_is_not_ours_stays_text():
    values = {EVIL: EVIL, "stages": 3}
    trials = (Trial(EVIL, "completed", 0.5, values, curves={"loss": [1.0]}), Trial("1", "failed", None, values, reason=EVIL))
    page = page_of(Search(trials, algorithm=EVIL, objective=EVIL))
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "onerror=alert(2)&gt;" in page
    assert "\x1b" not in page
    assert page.isascii()
    assert "caf&#233;" in page
    # The page may be handed on, and a path names the machine and its user.
    assert "somebody" not in re.search(r"<ul class=\"reasons\">.*?</ul>", page, re.DOTALL).group()


def test_the_page_holds_all_that_it_needs():
    page = page_of(made_search(24))
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    assert not re.search(r"url\(|@import|https?:", page)
    script = re.search(r"<script>(.*)</script>", page, re.DOTALL).group(1)
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in page


@pytest.mark.parametrize("search", [made_search(24), made_search(1), Search(()), Search((Trial("0", "failed"),))])
def test_every_figure_is_whole_and_described(search):
    figures = re.findall(r"<svg.*?</svg>", page_of(search), re.DOTALL)
    assert len(figures) == (0 if not search.trials else 1 if search.trials[0].status == "failed" else 7 if len(search.trials) > 1 else 6)
    for figure in figures:
        root = ElementTree.fromstring(figure)  # noqa: S314
        assert root.get("role") == "img"
        assert len(root.get("aria-label")) > 20


@pytest.mark.parametrize(("count", "warned"), [(24, False), (16, True)])
def test_few_trials_are_said_to_be_too_few(count, warned):
    page = page_of(made_search(count))
    assert ("are too few: below 20, these shares are not to be relied on" in page) == warned
    assert "Hutter" in page


def test_importance_that_explains_nothing_says_so():
    # Each combination of values has a low score and a high one.
    scores = [0.1, 0.1, 0.9, 0.9] * 2
    trials = [Trial(str(place), "completed", score, {"a": place % 2, "b": place // 4}) for place, score in enumerate(scores)]
    assert "The shares say nothing." in page_of(Search(tuple(trials)))
    assert "The shares say nothing." not in page_of(made_search(24))


def test_hyperband_is_told_apart():
    assert "differ in their epochs" in page_of(made_search(24, algorithm="hyperband"))
    assert "differ in their epochs" not in page_of(made_search(24))


def test_another_objective_and_direction():
    search = dataclasses.replace(made_search(10, objective="val_auc"), direction="min")
    page = page_of(search)
    least = min(search.trials, key=lambda trial: trial.score or 1)
    assert "Architecture search for AUC" in page
    assert f"<code>val_auc</code>, least is best: 10 trials, 9 completed, 1 failed. The best is trial {least.trial_id} " in page
    assert "macro recall" not in page.lower()


def test_the_page_opens_without_tensorflow(search_folder):
    code = (
        "import sys; from tuning.inspect import main; code = main([*sys.argv[1:], '--format', 'html']); "
        "sys.exit(code or bool({'tensorflow', 'keras', 'keras_tuner', 'tfx'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code, str(search_folder)], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("<!DOCTYPE html>")
