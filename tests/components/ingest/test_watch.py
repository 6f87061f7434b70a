import logging
import time
from types import SimpleNamespace

import pytest

from components.base.progress import LOGGER_NAME
from components.ingest import watch


@pytest.fixture
def reports(caplog):
    caplog.set_level(logging.INFO, LOGGER_NAME)
    return lambda: [(record.progress.stage, record.progress.done, record.progress.total) for record in caplog.records]


def test_many_steps_make_few_reports_and_the_last_one(reports, monkeypatch):
    now = iter(range(1000))
    monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: next(now) / 10))  # threads elsewhere use the real one
    pace = watch.Pace(20, "files")
    for done in range(1, 21):
        pace(done)
    assert reports() == [("ingest", 5, 20), ("ingest", 10, 20), ("ingest", 15, 20), ("ingest", 20, 20)]


def test_watching_counts_until_the_end(reports, monkeypatch):
    monkeypatch.setattr(watch, "_PERIOD_S", 0.01)
    looked = []
    with watch.watching(lambda: looked.append(1) or 99, 10, "images"):
        while len(looked) < 2:
            time.sleep(0.001)
    assert reports()[-1] == ("ingest", 10, 10)
    assert set(reports()) == {("ingest", 10, 10)}


def test_a_failure_is_not_reported_as_done(reports):
    with pytest.raises(ValueError, match="stop"), watch.watching(lambda: 0, 10, "images"):
        raise ValueError("stop")
    assert reports() == []
