import json

import pytest

from tuning.trials import Search, Trial, read_search, search_to_dict, write_json, write_trials


def test_reads_every_trial_in_the_order_of_their_start(search_folder):
    search = read_search(search_folder)
    assert (search.algorithm, search.objective, search.direction, search.max_trials, search.redrawn) == (
        "random",
        "val_macro_recall",
        "max",
        4,
        2,
    )
    assert search.redrawn_by_reason == {"max_parameters": 1, "max_flops": 1}
    assert [trial.trial_id for trial in search.trials] == ["0", "1", "2", "3"]
    assert [trial.status for trial in search.trials] == ["completed", "failed", "completed", "failed"]
    assert search.trials[0] == Trial(
        trial_id="0",
        status="completed",
        score=0.625,
        hyperparameters={"stages": 3, "block": "plain", "learning_rate": 0.001},
        epochs=2,
        seconds=12.25,
        parameter_count=51234,
        reason=None,
        curves={"val_macro_recall": [0.5, 0.625], "val_loss": [1.0, 0.75]},
    )


def test_hyperbands_bookkeeping_is_not_a_hyperparameter(search_folder):
    assert "tuner/epochs" not in read_search(search_folder).trials[1].hyperparameters


def test_a_torn_trial_says_so(search_folder):
    assert read_search(search_folder).trials[3] == Trial(trial_id="3", status="failed", reason="its files are unreadable")


def test_a_torn_trial_with_a_record_is_read_from_the_record(search_folder, write):
    write(
        search_folder / "trial_3" / "record.json",
        {"status": "completed", "score": 0.5, "epochs": 2, "hyperparameters": {"values": {"stages": 2}}},
    )
    assert read_search(search_folder).trials[3] == Trial("3", "completed", 0.5, {"stages": 2}, epochs=2)


def test_the_last_line_of_a_traceback_is_the_reason_where_there_is_no_record(search_folder, write):
    write(search_folder / "trial_3" / "trial.json", {"status": "FAILED", "score": None, "message": "Traceback\n  x\nValueError: bad\n"})
    assert read_search(search_folder).trials[3].reason == "ValueError: bad"


def test_an_interrupted_trial_is_told_from_a_running_one(search_folder, write):
    write(search_folder / "trial_3" / "trial.json", {"status": "RUNNING"})
    assert read_search(search_folder).trials[3].status == "running"
    write(search_folder / "trial_3" / "record.json", {"status": "interrupted"})
    assert read_search(search_folder).trials[3].status == "interrupted"


def test_trials_json_is_valid_json_with_null_for_not_a_number(search_folder):
    written = write_trials(search_folder)

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    plain = json.loads((search_folder / "trials.json").read_text(), parse_constant=refuse)
    assert plain == search_to_dict(written)
    assert set(plain) >= {"objective", "direction", "algorithm", "trials"}
    assert plain["trials"][1] == {
        "trial_id": "1",
        "status": "failed",
        "score": None,
        "hyperparameters": {"stages": 5, "block": "residual", "learning_rate": 0.0003},
        "epochs": 1,
        "seconds": 3.0,
        "parameter_count": 900,
        "reason": "=cmd: the loss is\nnot a number",
        "curves": {"val_loss": [None]},
        "worker": None,
    }


def test_an_empty_folder_is_a_search_without_trials(tmp_path):
    assert read_search(tmp_path) == Search(trials=())


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": "long enough" * 1000, "b": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": 1}


def test_a_write_puts_a_whole_new_file_in_the_place_of_the_old_one(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    before = (tmp_path / "a.json").stat().st_ino
    write_json(tmp_path / "a.json", {"a": 2})
    assert (tmp_path / "a.json").stat().st_ino != before
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
