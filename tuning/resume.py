"""Make the folder of an interrupted search fit to go on, before Keras Tuner reads it; without Keras.

Keras Tuner trusts its folder: a torn trial.json ends the program with a JSON error, and a process that is killed between two of its
writes leaves trials that are run twice or never.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tuning.trials import (
    COMPLETED,
    DIRECTION,
    FAILED,
    INTERRUPTED,
    ORACLE_FILE,
    RECORD_FILE,
    SEARCH_FILE,
    TRIAL_FILE,
    read_json,
    write_json,
)

ASIDE: Final = "aside"
MAX_STARTS: Final = 3
_ENDED: Final = ("COMPLETED", "FAILED")


def prepare_folder(folder: Path, about: dict[str, Any]) -> list[str]:
    """Repair the folder of a search, or clear it for a new one.

    Args:
      folder: the folder; it may be absent or empty.
      about: what search.json is to hold: "objective", "max_trials", and "identity", which tells whether the trials found belong to
        this search.
    Returns:
      One sentence for each thing that the user should know.
    """
    notes = []
    folder.mkdir(parents=True, exist_ok=True)
    reason = _why_useless(folder, about)
    if reason:
        place = _move_aside(folder, (path for path in sorted(folder.iterdir()) if path.name != ASIDE))
        notes.append(f"the trials found were moved to {place.relative_to(folder)}: {reason}")
    elif (folder / ORACLE_FILE).is_file():
        notes += _repair(folder, about["objective"])
    write_json(folder / SEARCH_FILE, about)
    return notes


def tuner_file(folder: Path) -> Path:
    """Name the file by which Keras Tuner knows that a search was begun."""
    return folder / f"{os.environ.get('KERASTUNER_TUNER_ID', 'tuner0')}.json"


def deaths(starts: int) -> str:
    """Say why a trial is given up that was started so often and never ended."""
    return f"the process died {starts} times while it trained (out of memory?)"


def _why_useless(folder: Path, about: dict[str, Any]) -> str | None:
    trials = [path for path in folder.glob("trial_*") if path.is_dir()]
    if not trials and not (folder / ORACLE_FILE).exists():
        return None
    if (read_json(folder / SEARCH_FILE) or {}).get("identity") != about["identity"]:
        return "they belong to another configuration"
    oracle = read_json(folder / ORACLE_FILE)
    if oracle is None:
        return f"{ORACLE_FILE} is torn or missing"
    statuses = [(read_json(folder / f"trial_{trial_id}" / TRIAL_FILE) or {}).get("status") for trial_id in oracle.get("start_order", [])]
    if statuses and all(status == "FAILED" for status in statuses) and len(statuses) >= about["max_trials"]:
        return "all of them failed, so the search begins anew"
    return None


def _repair(folder: Path, objective: str) -> list[str]:
    notes = []
    oracle = read_json(folder / ORACLE_FILE) or {}
    order: list[str] = oracle["start_order"]
    # Killed between writing the trial and writing the oracle: the oracle draws the same candidate again.
    unknown = [path for path in sorted(folder.glob("trial_*")) if path.name.removeprefix("trial_") not in order]
    if unknown:
        _move_aside(folder, unknown)
    ongoing = set(oracle["ongoing_trials"].values())
    queue = [trial_id for trial_id in oracle["retry_queue"] if trial_id in order]
    ended = list(oracle["end_order"])
    for number, trial_id in enumerate(order, start=1):
        place = folder / f"trial_{trial_id}"
        trial, record = read_json(place / TRIAL_FILE), read_json(place / RECORD_FILE) or {}
        # The record is closed first: after a kill between the two writes, the score is on disk and trial.json says that the trial runs.
        if trial is None or (trial["status"] not in _ENDED and record.get("status") in (COMPLETED, FAILED)):
            trial, note = _rebuild(place, trial_id, oracle, objective)
            notes.append(f"trial {number}: {note}")
        if trial["status"] not in _ENDED and record.get("status") != INTERRUPTED and record.get("starts", 0) >= MAX_STARTS:
            reason = deaths(record["starts"])
            trial |= {"status": "FAILED", "message": reason}
            write_json(place / RECORD_FILE, {**record, "status": FAILED, "reason": reason})
            write_json(place / TRIAL_FILE, trial)
            notes.append(f"trial {number} is not tried again: {reason}")
        if trial["status"] in _ENDED:
            ongoing.discard(trial_id)
            queue = [waiting for waiting in queue if waiting != trial_id]
            if trial_id not in ended:
                ended.append(trial_id)
        elif trial_id not in ongoing and trial_id not in queue:
            queue.append(trial_id)
    if ongoing or queue:
        notes.append(f"going on with the search; trials finished so far: {len(ended)}")
    # On reloading, Keras Tuner puts the ongoing trials at the end of the queue itself.
    oracle["ongoing_trials"] = {tuner: trial_id for tuner, trial_id in oracle["ongoing_trials"].items() if trial_id in ongoing}
    oracle["retry_queue"], oracle["end_order"] = queue, ended
    oracle["run_times"] = {**oracle["run_times"], **{trial_id: oracle["run_times"].get(trial_id, 1) for trial_id in ended}}
    write_json(folder / ORACLE_FILE, oracle)
    if read_json(tuner_file(folder)) is None:
        write_json(tuner_file(folder), {})
    return notes


def _rebuild(place: Path, trial_id: str, oracle: dict[str, Any], objective: str) -> tuple[dict[str, Any], str]:
    """Write a trial.json in the place of one that is torn or behind our record, from the record where that is whole."""
    fault = "lacked the end of the trial"
    if read_json(place / TRIAL_FILE) is None:
        fault = "was torn"
        if (place / TRIAL_FILE).exists():
            (place / TRIAL_FILE).replace(place / f"{TRIAL_FILE}.torn")
    record = read_json(place / RECORD_FILE)
    trial: dict[str, Any] = {
        "trial_id": trial_id,
        "hyperparameters": {**oracle["hyperparameters"], "values": {}},
        "metrics": {"metrics": {}},
        "score": None,
        "best_step": 0,
        "status": "FAILED",
        "message": None,
    }
    if record is None:
        trial["message"] = "its files are torn"
        note = f"{TRIAL_FILE} is torn and nothing else is known of it; it counts as failed"
        write_json(place / RECORD_FILE, {"trial_id": trial_id, "status": FAILED, "reason": trial["message"], "starts": 1})
    else:
        trial["hyperparameters"] = record["hyperparameters"]
        note = f"{TRIAL_FILE} {fault} and is restored"
        if record["status"] == COMPLETED:
            step, score = record["best_step"], record["score"]
            history = {"direction": DIRECTION, "observations": [{"value": [score], "step": step}]}
            trial |= {"status": "COMPLETED", "score": score, "best_step": step, "metrics": {"metrics": {objective: history}}}
        elif record["status"] == FAILED:
            trial["message"] = record.get("reason")
        else:
            trial["status"] = "RUNNING"
            note += "; it is trained again"
    write_json(place / TRIAL_FILE, trial)
    return trial, note


def _move_aside(folder: Path, paths: Iterable[Path]) -> Path:
    number = 1
    while (folder / ASIDE / str(number)).exists():
        number += 1
    place = folder / ASIDE / str(number)
    found = list(paths)
    place.mkdir(parents=True)
    for path in found:
        path.replace(place / path.name)
    return place
