import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tuning.trials import read_search

# Of this seed, deaths fall between the end of a trial and the note that the oracle keeps of it.
SEED = "3"
KILLS = 5
TRIALS = 10


def test_a_search_that_is_killed_again_and_again_runs_every_trial_once_and_the_interrupted_ones_again(tmp_path):
    script = Path(__file__).with_name("kill_often.py")
    root = script.parents[2]
    folder = tmp_path / "search"
    result = subprocess.run(
        [sys.executable, str(script), str(folder), SEED, str(KILLS), str(TRIALS)],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    attempts = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(attempts) == KILLS + 1
    found = read_search(folder)
    assert [trial.trial_id for trial in found.trials] == [f"{number:02d}" for number in range(TRIALS)]
    assert [trial.status for trial in found.trials] == ["completed"] * TRIALS
    assert all(trial.epochs == 2 and trial.score == max(trial.curves["val_macro_recall"]) for trial in found.trials)

    # Only the last trial of a killed attempt is ever started again, at most once a kill, and never one that had ended.
    starts = Counter(trial_id for started, _ in attempts for trial_id in started)
    may_repeat = Counter(started[-1] for started, _ in attempts[:-1])
    for place, (_, completed) in enumerate(attempts):
        assert not any(set(started) & set(completed) for started, _ in attempts[place + 1 :])
    assert set(starts) == {trial.trial_id for trial in found.trials}
    assert all(count <= 1 + may_repeat[trial_id] for trial_id, count in starts.items())
    assert sum(starts.values()) <= TRIALS + KILLS
    assert any(count > 1 for count in starts.values())
    assert len({json.dumps(trial.hyperparameters, sort_keys=True) for trial in found.trials}) == TRIALS
    assert not (folder / "aside").exists() or not list((folder / "aside").rglob("record.json"))
