import json

import keras_tuner
import pytest
import scipy.optimize

from components.base.errors import UserError
from tests.tuning.toy import Toy
from tuning.search import ArchitectureSearch
from tuning.trials import read_search


def statuses(folder):
    return [trial.status for trial in read_search(folder).trials]


@pytest.mark.parametrize(("algorithm", "trials"), [("random", 3), ("bayesian", 4), ("hyperband", 5)])
def test_each_algorithm_searches(tmp_path, capsys, algorithm, trials):
    # Hyperband of 2 epochs, factor 2: 2 candidates for 1 epoch of which 1 goes on, and 2 candidates for 2 epochs.
    toy = Toy(tmp_path / "search", algorithm=algorithm, max_trials=trials, hyperband_factor=2)
    tuner = toy.run(logs=True)
    found = read_search(toy.folder)
    assert tuner.oracle.max_trials == trials
    assert [trial.status for trial in found.trials] == ["completed"] * trials
    best = max(trial.score for trial in found.trials)
    # What TFX's executor asks for.
    assert tuner.oracle.get_best_trials(tuner.oracle.max_trials)[0].score == pytest.approx(best)
    values = keras_tuner.HyperParameters.from_config(json.loads(json.dumps(tuner.get_best_hyperparameters()[0].get_config()))).values
    assert {"stages", "width", "block", "kernel_size", "dropout", "learning_rate"} <= set(values)
    tuner.search_space_summary()
    tuner.results_summary()
    assert capsys.readouterr().out == ""
    for trial in found.trials:
        assert trial.parameter_count == 4 * trial.hyperparameters["width"] + 3 * trial.hyperparameters["width"] + 2
        assert len(trial.curves["val_macro_recall"]) == trial.epochs
        assert trial.score == max(trial.curves["val_macro_recall"])
        assert list((toy.folder / "logs" / trial.trial_id).rglob("events.out.tfevents.*"))
    # Weights take room; only Hyperband needs those of a trial again.
    assert bool(list(toy.folder.rglob("*.weights.h5"))) == (algorithm == "hyperband")
    if algorithm == "hyperband":
        assert sorted(trial.epochs for trial in found.trials) == [1, 1, 1, 2, 2]
    else:
        assert {trial.epochs for trial in found.trials} == {2}


def test_a_finished_search_is_not_searched_again(tmp_path):
    folder = tmp_path / "search"
    first = Toy(folder).run()
    written = (folder / "trials.json").read_bytes()
    again = Toy(folder)
    tuner = again.run()
    assert again.built == []
    assert tuner.get_best_hyperparameters()[0].values == first.get_best_hyperparameters()[0].values
    assert (folder / "trials.json").read_bytes() == written


def test_a_longer_search_goes_on_where_the_shorter_one_ended(tmp_path):
    whole = Toy(tmp_path / "whole", max_trials=3)
    whole.run()
    Toy(tmp_path / "parts", max_trials=2).run()
    longer = Toy(tmp_path / "parts", max_trials=3)
    longer.run()
    assert longer.built == whole.built[2:]
    assert statuses(longer.folder) == ["completed"] * 3


@pytest.mark.parametrize("algorithm", ["random", "bayesian", "hyperband"])
def test_an_interrupted_search_ends_as_if_it_had_not_been(tmp_path, algorithm):
    settings = {"algorithm": algorithm, "max_trials": 4, "hyperband_factor": 2}
    whole = Toy(tmp_path / "whole", **settings)
    whole.run()
    torn = Toy(tmp_path / "torn", break_on={4: KeyboardInterrupt()}, **settings)
    with pytest.raises(KeyboardInterrupt):
        torn.run()
    assert statuses(torn.folder) == ["completed"] * 3 + ["interrupted"]
    rest = Toy(torn.folder, **settings)
    rest.run()
    assert rest.notes == ["going on with the search; trials finished so far: 3"]
    assert torn.built[:3] + rest.built == whole.built
    assert [t.score for t in read_search(rest.folder).trials] == [t.score for t in read_search(whole.folder).trials]


def test_the_seed_decides_the_candidates(tmp_path):
    searches = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        toy = Toy(tmp_path / name, seed=seed, max_trials=3)
        tuner = toy.tuner()
        searches[name] = [tuner.oracle.create_trial(f"tuner{number}").hyperparameters.values for number in range(3)]
    assert searches["a"] == searches["b"]
    assert searches["a"] != searches["c"]


@pytest.mark.parametrize("algorithm", ["random", "bayesian"])
def test_candidates_over_the_budget_are_drawn_again_and_counted(tmp_path, algorithm):
    # A width of 2 has 1,000 weights by the toy's count, 3 and 4 have more.
    toy = Toy(tmp_path / "search", algorithm=algorithm, max_trials=4, max_parameters=1000, epochs=1)
    tuner = toy.run()
    assert [values["width"] for values in toy.built] == [2] * 4
    assert len({json.dumps(values, sort_keys=True) for values in toy.built}) == 4
    assert tuner.oracle.redrawn["max_parameters"] > 0
    assert read_search(toy.folder).redrawn == tuner.oracle.redrawn.total()


def test_candidates_are_refused_by_either_limit_and_a_resumed_search_goes_on_counting(tmp_path):
    # A candidate of 2 stages has 200 operations by the toy's count.
    settings = {"max_parameters": 1500, "max_flops": 250, "epochs": 1}
    Toy(tmp_path / "search", max_trials=3, **settings).run()
    first = read_search(tmp_path / "search").redrawn_by_reason
    toy = Toy(tmp_path / "search", max_trials=6, **settings)
    toy.run()
    found = read_search(toy.folder)
    assert {(trial.hyperparameters["stages"], trial.hyperparameters["width"]) for trial in found.trials} <= {(2, 2), (2, 3)}
    assert set(found.redrawn_by_reason) == {"max_parameters", "max_flops"}
    assert all(found.redrawn_by_reason[limit] >= first.get(limit, 0) for limit in found.redrawn_by_reason)
    assert found.redrawn == sum(found.redrawn_by_reason.values()) > sum(first.values())


def test_a_budget_below_every_candidate_is_the_users_to_change(tmp_path):
    toy = Toy(tmp_path / "search", max_parameters=1000, widths=(3, 4))
    with pytest.raises(UserError, match=r"at most tuning.max_parameters=1,000 weights \(the smallest drawn has 1,500\)"):
        toy.run()
    assert toy.built == []


def test_a_space_smaller_than_the_search_ends_early(tmp_path):
    settings = {"widths": (2,), "max_dropout": 0.0, "learning_rates": (0.1,), "min_stages": 2, "max_stages": 2, "epochs": 1}
    toy = Toy(tmp_path / "search", max_trials=5, **settings)
    toy.run()
    assert sorted(values["block"] for values in toy.built) == ["plain", "residual", "separable"]
    assert statuses(toy.folder) == ["completed"] * 3


def test_one_trial_fails_and_the_others_go_on(tmp_path):
    faults = {1: ValueError("the block\ndoes not fit"), 2: "nan", 3: MemoryError(), 4: RuntimeError()}
    toy = Toy(tmp_path / "search", max_trials=5, break_on=faults)
    toy.run()
    trials = read_search(toy.folder).trials
    assert [trial.status for trial in trials] == ["failed"] * 4 + ["completed"]
    assert [trial.reason for trial in trials] == [
        "ValueError: the block",
        "the loss is not a finite number in epoch 1, batch 2",
        "out of memory; lower tuning.batch_size or tuning.widths",
        "RuntimeError",
        None,
    ]
    assert trials[0].score is None
    again = Toy(toy.folder, max_trials=5)
    again.run()
    assert again.built == []


def test_all_trials_failed_is_an_error_with_the_first_reason_and_a_rerun_tries_again(tmp_path):
    faults = {number: ValueError(f"fault {number}") for number in (1, 2, 3)}
    toy = Toy(tmp_path / "search", break_on=faults)
    with pytest.raises(UserError, match="all 3 trials of the architecture search failed; the first one: ValueError: fault 1"):
        toy.run()
    assert json.loads((toy.folder / "trials.json").read_text())["trials"][2]["reason"] == "ValueError: fault 3"
    again = Toy(toy.folder)
    again.run()
    assert len(again.built) == 3
    assert "all of them failed" in again.notes[0]


def test_a_candidate_beyond_memory_fails_before_it_trains(tmp_path, monkeypatch):
    monkeypatch.setattr("tuning.search.available_memory_bytes", lambda: 100)
    toy = Toy(tmp_path / "search", max_trials=1)
    with pytest.raises(UserError, match=r"needs about 0\.0 GB of memory and 0\.0 GB are free"):
        toy.run()


def test_progress_counts_trials_and_names_the_epoch(tmp_path, caplog):
    with caplog.at_level("INFO", logger="cxr.progress"):
        Toy(tmp_path / "search", max_trials=2, break_on={2: ValueError("bad")}).run()
    seen = [(r.progress.stage, r.progress.done, r.progress.total, r.progress.text) for r in caplog.records if hasattr(r, "progress")]
    texts = [text for *_, text in seen]
    assert {(stage, total) for stage, _, total, _ in seen} == {("tuning", 2)}
    assert [done for _, done, _, _ in seen] == [0, 0, 0, 1, 1, 2]
    assert texts[0] == "trial 1: building"
    assert texts[2].startswith("trial 1: epoch 2: macro recall 0.")
    assert texts[3].startswith("trial 1: best macro recall 0.")
    assert texts[5] == "trial 2: failed: ValueError: bad"


def test_the_best_epoch_makes_the_score(tmp_path):
    toy = Toy(tmp_path / "search", max_trials=1, epochs=3)
    toy.run()
    record = json.loads((toy.folder / "trial_0" / "record.json").read_text())
    curve = record["curves"]["val_macro_recall"]
    kept = json.loads((toy.folder / "trial_0" / "trial.json").read_text())
    assert len(curve) == 3
    assert kept["score"] == pytest.approx(max(curve))
    assert (record["score"], record["best_step"]) == (max(curve), curve.index(max(curve)))
    assert kept["best_step"] == record["best_step"]


@pytest.mark.parametrize("algorithm", ["random", "bayesian"])
def test_the_objective_decides_the_score(tmp_path, algorithm, caplog):
    toy = Toy(tmp_path / "search", objective="auc", algorithm=algorithm, max_trials=3)
    with caplog.at_level("INFO", logger="cxr.progress"):
        tuner = toy.run()
    found = read_search(toy.folder)
    assert found.objective == json.loads((toy.folder / "trials.json").read_text())["objective"] == "val_auc"
    assert [trial.score for trial in found.trials] == [max(trial.curves["val_auc"]) for trial in found.trials]
    assert any(trial.score != max(trial.curves["val_macro_recall"]) for trial in found.trials)
    best = max(found.trials, key=lambda trial: trial.score)
    assert tuner.oracle.get_best_trials(1)[0].score == pytest.approx(best.score)
    assert "trial 1: best auc 0." in caplog.text


def test_hyperband_goes_on_with_the_weights_and_the_optimizer_of_the_earlier_trial(tmp_path, monkeypatch):
    build, seen = ArchitectureSearch._build_hypermodel, []

    def spy(self, hp):
        model = build(self, hp)
        seen.append(("tuner/trial_id" in hp.values, int(model.optimizer.iterations)))
        return model

    monkeypatch.setattr(ArchitectureSearch, "_build_hypermodel", spy)
    Toy(tmp_path / "search", algorithm="hyperband", hyperband_factor=2).run()
    # One epoch of two batches came before.
    assert seen == [(False, 0), (False, 0), (True, 2), (False, 0), (False, 0)]


def test_a_trial_cut_off_after_it_reported_is_scored_by_its_new_attempt(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ArchitectureSearch, "on_trial_end", lambda self, trial: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            Toy(tmp_path / "search", max_trials=1).run()
    path = tmp_path / "search" / "trial_0" / "trial.json"
    kept = json.loads(path.read_text())
    kept["metrics"]["metrics"]["val_macro_recall"]["observations"][0]["value"] = [0.125]
    path.write_text(json.dumps(kept))
    Toy(tmp_path / "search", max_trials=1).run()
    trial = read_search(tmp_path / "search").trials[0]
    assert trial.score == max(trial.curves["val_macro_recall"]) != 0.125


def test_a_resumed_bayesian_search_starts_its_optimisation_where_the_whole_one_would(tmp_path, monkeypatch):
    minimise, starts = scipy.optimize.minimize, []

    def spy(function, x0, **kwargs):
        starts.append(tuple(x0))
        return minimise(function, x0=x0, **kwargs)

    # The regressor has a minimisation of its own, which it imports elsewhere.
    monkeypatch.setattr("keras_tuner.src.tuners.bayesian.scipy.optimize.minimize", spy)
    settings = {"algorithm": "bayesian", "epochs": 1}
    Toy(tmp_path / "whole", max_trials=4, **settings).run()
    whole, starts[:] = list(starts), []
    Toy(tmp_path / "parts", max_trials=3, **settings).run()
    Toy(tmp_path / "parts", max_trials=4, **settings).run()
    assert len(whole) > 0
    assert starts[-50:] == whole[-50:]
