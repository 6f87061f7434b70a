"""The results of an experiment in a folder, with what is known of the experiment beside them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.base.errors import UsageError
from components.ingest.atomic_file import write_atomically
from pipeline.experiments.choice import CHOSEN, chosen_cells
from pipeline.experiments.comparison import Comparison, Published
from pipeline.experiments.experiment import Experiment
from pipeline.experiments.failure import read_failures
from pipeline.experiments.result import EXPERIMENT_FILE, read_cells
from pipeline.experiments.statistics import compare


def describe(folder: Path, experiment: Experiment, planned: Mapping[str, int]) -> None:
    """Leave beside the results what a comparison must know of the experiment; what was there is replaced.

    Args:
      folder: of the result files.
      experiment: as its YAML file says now.
      planned: variant to its number of cells.
    """
    names = {"name", "title", "metrics", "published", "notes", "choose", "references"}
    facts = {**experiment.model_dump(mode="json", include=names), "planned": dict(planned)}
    write_atomically(folder / EXPERIMENT_FILE, json.dumps(facts, indent=2) + "\n")


def results_folders(place: Path) -> list[Path]:
    """Find the folders of results that a path means: itself, those in it, or those of an output folder; of several, those with results.

    Raises:
      UsageError: there is none.
    """
    found = [place] if (place / EXPERIMENT_FILE).is_file() else []
    for pattern in (f"*/{EXPERIMENT_FILE}", f"experiments/*/{EXPERIMENT_FILE}"):
        found = found or sorted(path.parent for path in place.glob(pattern))
    if len(found) > 1:
        found = [folder for folder in found if len(list(folder.glob("*.json"))) > 1]
    if not found:
        raise UsageError(f"{place}: holds no results; run `python -m pipeline.experiments run FILE.yaml --results {place}` first")
    return found


def compare_folder(folder: Path, metrics: Sequence[str] = ()) -> Comparison:
    """Compare what a folder holds.

    Args:
      folder: with result files and experiment.json.
      metrics: in place of the experiment's own.
    Raises:
      UsageError: there is no result yet, a file is damaged, or a metric does not exist.
    """
    facts = _facts(folder / EXPERIMENT_FILE)
    cells, failures = read_cells(folder), read_failures(folder)
    if not cells:
        failed = f" ({len(failures)} failed, the first: {failures[0].reason})" if failures else ""
        raise UsageError(f"{folder}: no training is finished yet{failed}; the run goes on with the same command")
    planned = facts["planned"]
    if facts["choose"]:
        chosen = chosen_cells(cells)
        cells += chosen
        planned = {**planned, CHOSEN: max(planned.values())}
    published = [Published(**item) for item in facts["published"]]
    wanted = metrics or facts["metrics"]
    published = [figure for figure in published if figure.metric in wanted]
    return compare(
        cells, wanted, planned, published, notes=facts["notes"], references=facts["references"], title=facts["title"], failures=failures
    )


def _facts(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # What the files of older experiments lack.
        absent = {"choose": False, "references": {}, "title": ""}
        return {**absent, **{name: content[name] for name in ("metrics", "planned", "published", "notes")}, **content}
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: is damaged; remove it, and `python -m pipeline.experiments run` writes it anew") from error
