"""Find the folder of a run.

An output folder holds `runs/<run id>/`; run ids begin with the UTC time of their start, so that names sort by age.
"""

from pathlib import Path

from components.base.errors import UsageError

_NAMED = 5


def find_run(output: Path, run_id: str | None = None) -> Path:
    """Find the run that a command's OUTPUT argument means.

    Args:
      output: an output folder (its newest run is meant) or the folder of one run.
      run_id: another run of that output folder than its newest.
    Returns:
      The folder that holds the run's `run.json` and, where the run came so far, `report.html`.
    Raises:
      UsageError: there is no run, or none of that id.
    """
    if (output / "run.json").is_file():
        if run_id in (None, output.resolve().name):
            return output
        raise UsageError(f"{output}: is the folder of one run, and not of {run_id}; give the output folder that holds both")
    if not output.is_dir():
        raise UsageError(f"{output}: no such folder; give an output folder of run_pipeline.py, or one of its runs")
    runs = sorted(path.parent for path in output.glob("runs/*/run.json"))
    if not runs:
        raise UsageError(f"{output}: holds no run; run `python run_pipeline.py --runner local --output {output}` first")
    if run_id is None:
        return runs[-1]
    named = [run for run in runs if run.name == run_id]
    if not named:
        more = " and earlier ones" if len(runs) > _NAMED else ""
        raise UsageError(f"{output}: holds no run {run_id!r}; it holds {', '.join(run.name for run in runs[-_NAMED:])}{more}")
    return named[0]
