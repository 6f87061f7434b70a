"""Find the folder of a run.

An output folder holds `runs/<run id>/`; run ids begin with the UTC time of their start, so that names sort by age.
"""

from pathlib import Path

from components.base.errors import UsageError


def find_run(output: Path) -> Path:
    """Find the run that a command's OUTPUT argument means.

    Args:
      output: an output folder (its newest run is meant) or the folder of one run.
    Returns:
      The folder that holds the run's `run.json` and, where the run came so far, `report.html`.
    Raises:
      UsageError: there is no run.
    """
    if (output / "run.json").is_file():
        return output
    if not output.is_dir():
        raise UsageError(f"{output}: no such folder; give an output folder of run_pipeline.py, or one of its runs")
    runs = sorted(path.parent for path in output.glob("runs/*/run.json"))
    if not runs:
        raise UsageError(f"{output}: holds no run; run `python run_pipeline.py --runner local --output {output}` first")
    return runs[-1]
