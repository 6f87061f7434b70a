import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from components.base.errors import DataRefusedError, UserError
from tests.tuning.toy import Toy
from tuning.chief import Worker, serve
from tuning.trials import read_search

ROOT = Path(__file__).parents[2]


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger="cxr.progress")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "cxr.progress"]


def program(code):
    return Worker((sys.executable, "-c", f"import os, sys; {code}"), {})


def test_two_workers_search_as_one_process_would_though_one_of_them_dies(tmp_path, monkeypatch, said):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / "search"
    settings = {"max_trials": 4, "epochs": 1}
    job = {"folder": str(folder), "settings": settings, "died": str(tmp_path / "died")}
    Toy(folder, workers=[Worker((sys.executable, str(Path(__file__).with_name("toy_worker.py"))), job)] * 2, **settings).run()
    lines = said()
    assert any("worker1 died (signal 9) in trial " in line and "a new process runs it again" in line for line in lines)
    for name in ("worker1", "worker2"):
        assert any(f" {name}: trial " in line and "best macro recall" in line for line in lines)
        assert "best macro recall" in (folder / f"{name}.log").read_text()
    assert [trial["status"] for trial in json.loads((folder / "trials.json").read_text())["trials"]] == ["completed"] * 4

    # One process goes on where the workers ended.
    longer = Toy(folder, max_trials=5, epochs=1)
    longer.run()
    assert len(longer.built) == 1
    whole = Toy(tmp_path / "whole", max_trials=5, epochs=1)
    whole.run()
    found, expected = read_search(folder).trials, read_search(whole.folder).trials
    assert [(t.trial_id, t.hyperparameters, t.score) for t in found] == [(t.trial_id, t.hyperparameters, t.score) for t in expected]
    assert {trial.worker for trial in found} == {"worker1", "worker2", "tuner0"}
    starts = [json.loads((folder / f"trial_{t.trial_id}" / "record.json").read_text())["starts"] for t in found]
    assert sorted(starts) == [1, 1, 1, 1, 2]


@pytest.mark.parametrize("obeys", [True, False])
def test_an_interrupted_chief_leaves_no_worker_behind(tmp_path, monkeypatch, obeys):
    monkeypatch.setattr("tuning.chief._GRACE_S", 5.0 if obeys else 0.2)
    toy = Toy(tmp_path / "search")
    oracle = toy.tuner().oracle

    pids = []

    class Interrupt(logging.Handler):
        def emit(self, record):
            words = record.getMessage().split()
            if "begun" in words:
                pids.append(int(words[-1]))
                raise KeyboardInterrupt

    logger, interrupt = logging.getLogger("cxr.progress"), Interrupt()
    logger.addHandler(interrupt)
    mark = tmp_path / "obeyed"
    rest = f"sys.stdin.read(); open({str(mark)!r}, 'w').close()" if obeys else "import time; time.sleep(60)"
    try:
        with pytest.raises(KeyboardInterrupt):
            serve(oracle, toy.folder, [program(f"print('begun', os.getpid(), flush=True); {rest}")])
    finally:
        logger.removeHandler(interrupt)
    assert mark.exists() == obeys
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert (toy.folder / "trials.json").is_file()


def test_a_trial_that_kills_its_workers_is_given_up_and_workers_without_a_trial_end_the_search(tmp_path, said):
    toy = Toy(tmp_path / "search")
    oracle = toy.tuner().oracle
    trial = oracle.create_trial("worker1")
    record = toy.folder / f"trial_{trial.trial_id}" / "record.json"
    record.write_text(json.dumps({"status": "running", "starts": 3}))
    with pytest.raises(UserError, match=r"worker1 died \(signal 9\) before it had a trial, as others did; its log .*worker1\.log says why"):
        serve(oracle, toy.folder, [program(f"print('a', flush=True); os.kill(os.getpid(), {signal.SIGKILL:d})")])
    assert (trial.status, oracle.end_order, oracle.ongoing_trials) == ("FAILED", ["0"], {})
    [found] = read_search(toy.folder).trials
    assert (found.status, found.reason) == ("failed", "the process died 3 times while it trained (out of memory?)")
    lines = said()
    assert sum("worker1: a" in line for line in lines) == 4
    assert any("in trial 1; it is not tried again" in line for line in lines)
    assert sum("without a trial; a new process takes its place" in line for line in lines) == 2


def test_an_attempt_that_is_lost_keeps_its_trial(tmp_path, said):
    toy = Toy(tmp_path / "search")
    oracle = toy.tuner().oracle
    trial = oracle.create_trial("worker1")
    (toy.folder / f"trial_{trial.trial_id}" / "record.json").write_text(json.dumps({"status": "running", "starts": 2}))
    # The second process has nothing more to do.
    first = tmp_path / "first"
    code = f"first = {str(first)!r}; there = os.path.exists(first); open(first, 'w').close(); sys.exit(0 if there else 5)"
    serve(oracle, toy.folder, [program(code)])
    assert oracle.ongoing_trials == {"worker1": trial}
    assert any("worker1 died (exit code 5) in trial 1; a new process runs it again" in line for line in said())


def test_what_the_user_must_do_comes_from_the_worker(tmp_path):
    toy = Toy(tmp_path / "search")
    with pytest.raises(DataRefusedError, match=r"^no images$"):
        serve(toy.tuner().oracle, toy.folder, [program("print('error: no images'); sys.exit(3)")] * 2)


def test_no_more_workers_are_started_than_trials_are_missing(tmp_path, said):
    toy = Toy(tmp_path / "search", max_trials=1)
    serve(toy.tuner().oracle, toy.folder, [program("")] * 3)
    assert sum("is process" in line for line in said()) == 1
    toy.run()
    count = len(said())
    serve(toy.tuner().oracle, toy.folder, [program("")] * 3)
    assert len(said()) == count


WORKER = """
import sys, time
from components.base import progress
from components.base.errors import DataRefusedError
from tuning.worker import work
def search(job):
    print("for the log")
    progress.report("tuning", 1, 2, "trial 1:\\nbegun")
    if job["refuse"]:
        raise DataRefusedError("no images")
    time.sleep(60)
sys.exit(work(search))
"""


def start(job):
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    worker.stdin.write(json.dumps(job) + "\n")
    worker.stdin.flush()
    return worker


def test_a_worker_says_what_it_does_and_ends_with_its_chief():
    with start({"refuse": False}) as worker:
        assert worker.stdout.readline() == "trial 1: begun\n"
        worker.stdin.close()
        assert worker.wait(20) == 130
        assert worker.stdout.read() == ""
        log = worker.stderr.read()
    assert "for the log" in log
    assert f" {worker.pid} trial 1: begun" in log


def test_a_worker_hands_an_error_of_the_user_to_its_chief():
    with start({"refuse": True}) as worker:
        assert worker.stdout.read() == "trial 1: begun\nerror: no images\n"
    assert worker.returncode == 3


def test_a_worker_without_a_chief_does_nothing():
    worker = subprocess.run([sys.executable, "-c", WORKER], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (worker.returncode, worker.stdout) == (130, "")


def test_this_process_is_no_worker():
    assert "KERASTUNER_ORACLE_IP" not in os.environ
