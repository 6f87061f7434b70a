import json

import pytest

from tuning.resume import prepare_folder, tuner_file
from tuning.trials import read_json

ABOUT = {"identity": "me", "algorithm": "random", "objective": "val_auc", "max_trials": 5}
SPACE = {"space": [{"class_name": "Int"}], "values": {"stages": 2}}


@pytest.fixture
def folder(tmp_path, write):
    """A search that died in its third trial: two completed, the third is being trained."""
    folder = tmp_path / "search"
    write(folder / "search.json", ABOUT)
    write(
        folder / "oracle.json",
        {
            "ongoing_trials": {"tuner0": "2"},
            "hyperparameters": SPACE,
            "start_order": ["0", "1", "2"],
            "end_order": ["0", "1"],
            "run_times": {"0": 1, "1": 1},
            "retry_queue": [],
        },
    )
    write(folder / "tuner0.json", {})
    for trial_id, status, ours in (("0", "COMPLETED", "completed"), ("1", "FAILED", "failed"), ("2", "RUNNING", "running")):
        score = 0.5 if status == "COMPLETED" else None
        trial = {"trial_id": trial_id, "hyperparameters": SPACE, "metrics": {"metrics": {}}, "score": score, "best_step": 1}
        write(folder / f"trial_{trial_id}" / "trial.json", {**trial, "status": status, "message": None})
        record = {"status": ours, "starts": 1, "hyperparameters": SPACE, "score": score, "best_step": 1, "reason": "bad"}
        write(folder / f"trial_{trial_id}" / "record.json", record)
    return folder


def tear(path):
    path.write_text(path.read_text()[:-7])


def test_a_new_folder_gets_its_search_json(tmp_path):
    assert prepare_folder(tmp_path / "new", ABOUT) == []
    assert read_json(tmp_path / "new" / "search.json") == ABOUT


def test_a_whole_folder_is_left_as_it_is(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    assert prepare_folder(folder, ABOUT) == ["going on with the search; trials finished so far: 2"]
    after = {path: path.read_bytes() for path in folder.rglob("*.json")}
    assert {path: json.loads(text) for path, text in after.items()} == {path: json.loads(text) for path, text in before.items()}


@pytest.mark.parametrize("fault", ["torn", "empty", "missing"])
@pytest.mark.parametrize(("trial_id", "status"), [("0", "COMPLETED"), ("1", "FAILED"), ("2", "RUNNING")])
def test_a_torn_trial_is_restored_from_the_record(folder, trial_id, status, fault):
    place = folder / f"trial_{trial_id}" / "trial.json"
    if fault == "torn":
        tear(place)
    elif fault == "empty":
        place.write_text("")
    else:
        place.unlink()
    notes = prepare_folder(folder, ABOUT)
    assert notes[0].startswith(f"trial {int(trial_id) + 1}: trial.json was torn and is restored")
    restored = read_json(place)
    assert (restored["status"], restored["hyperparameters"]) == (status, SPACE)
    assert place.with_name("trial.json.torn").exists() == (fault != "missing")
    if status == "COMPLETED":
        assert (restored["score"], restored["best_step"]) == (0.5, 1)
        assert restored["metrics"]["metrics"]["val_auc"]["observations"] == [{"value": [0.5], "step": 1}]


def test_a_torn_trial_without_a_record_counts_as_failed(folder):
    tear(folder / "trial_2" / "trial.json")
    tear(folder / "trial_2" / "record.json")
    notes = prepare_folder(folder, ABOUT)
    assert notes == ["trial 3: trial.json is torn and nothing else is known of it; it counts as failed"]
    assert read_json(folder / "trial_2" / "trial.json")["status"] == "FAILED"
    oracle = read_json(folder / "oracle.json")
    assert (oracle["ongoing_trials"], oracle["end_order"]) == ({}, ["0", "1", "2"])


def test_a_trial_that_had_ended_when_the_process_died_is_not_run_again(folder, write):
    trial = read_json(folder / "trial_2" / "trial.json")
    write(folder / "trial_2" / "trial.json", {**trial, "status": "COMPLETED", "score": 0.25})
    assert prepare_folder(folder, ABOUT) == []
    oracle = read_json(folder / "oracle.json")
    assert (oracle["ongoing_trials"], oracle["retry_queue"], oracle["end_order"]) == ({}, [], ["0", "1", "2"])
    assert oracle["run_times"] == {"0": 1, "1": 1, "2": 1}


@pytest.mark.parametrize(("ours", "status"), [("completed", "COMPLETED"), ("failed", "FAILED")])
def test_a_trial_whose_record_alone_has_its_end_is_not_run_again(folder, write, ours, status):
    # The third start: not a death either.
    ended = {"status": ours, "starts": 3, "score": 0.25 if ours == "completed" else None, "best_step": 2}
    write(folder / "trial_2" / "record.json", {**read_json(folder / "trial_2" / "record.json"), **ended})
    assert prepare_folder(folder, ABOUT) == ["trial 3: trial.json lacked the end of the trial and is restored"]
    trial, oracle = read_json(folder / "trial_2" / "trial.json"), read_json(folder / "oracle.json")
    assert (trial["status"], trial["score"], trial["hyperparameters"]) == (status, ended["score"], SPACE)
    assert trial["message"] == (None if ours == "completed" else "bad")
    if ours == "completed":
        assert trial["metrics"]["metrics"]["val_auc"]["observations"] == [{"value": [0.25], "step": 2}]
    assert not (folder / "trial_2" / "trial.json.torn").exists()
    assert (oracle["ongoing_trials"], oracle["retry_queue"], oracle["end_order"]) == ({}, [], ["0", "1", "2"])


def test_a_trial_that_no_list_names_is_run_again(folder, write):
    write(folder / "oracle.json", {**read_json(folder / "oracle.json"), "ongoing_trials": {}})
    prepare_folder(folder, ABOUT)
    assert read_json(folder / "oracle.json")["retry_queue"] == ["2"]


def test_a_trial_that_the_oracle_does_not_know_is_moved_aside(folder, write):
    write(folder / "trial_3" / "trial.json", {"status": "RUNNING"})
    prepare_folder(folder, ABOUT)
    assert not (folder / "trial_3").exists()
    assert (folder / "aside" / "1" / "trial_3" / "trial.json").is_file()


@pytest.mark.parametrize(
    ("starts", "status", "expected"), [(2, "running", "RUNNING"), (3, "running", "FAILED"), (3, "interrupted", "RUNNING")]
)
def test_a_trial_that_kills_the_process_again_and_again_is_given_up(folder, write, starts, status, expected):
    record = read_json(folder / "trial_2" / "record.json")
    write(folder / "trial_2" / "record.json", {**record, "starts": starts, "status": status})
    notes = prepare_folder(folder, ABOUT)
    assert read_json(folder / "trial_2" / "trial.json")["status"] == expected
    if expected == "FAILED":
        assert notes == ["trial 3 is not tried again: the process died 3 times while it trained (out of memory?)"]
        assert read_json(folder / "trial_2" / "record.json")["reason"].startswith("the process died")


def test_a_search_that_died_in_its_first_trial_is_known_again(folder):
    tuner_file(folder).unlink()
    prepare_folder(folder, ABOUT)
    assert tuner_file(folder).read_text() == "{}"


@pytest.mark.parametrize("fault", ["configuration", "oracle", "all failed"])
def test_what_cannot_be_taken_up_is_moved_aside(folder, write, fault):
    about = dict(ABOUT)
    if fault == "configuration":
        about["identity"] = "another"
    elif fault == "oracle":
        tear(folder / "oracle.json")
    else:
        about["max_trials"] = 3
        for trial_id in "012":
            write(folder / f"trial_{trial_id}" / "trial.json", {"status": "FAILED"})
    notes = prepare_folder(folder, about)
    assert len(notes) == 1
    assert notes[0].startswith("the trials found were moved to aside/1: ")
    assert sorted(path.name for path in folder.iterdir()) == ["aside", "search.json"]
    assert len(list((folder / "aside" / "1").glob("trial_*"))) == 3
    assert prepare_folder(folder, about) == []
