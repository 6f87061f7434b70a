"""What the run that trained a model says of it: its data, and its figures on its own test split."""

import json
from dataclasses import dataclass
from pathlib import Path

from components.evaluator.assessment import FILE_NAME, Assessment, Figure
from components.reporter import formats
from components.reporter.collect_data import Data, read_data
from components.reporter.slice_tables import whole

_POOLED = ("macro_recall", "accuracy", "macro_f1", "macro_auc")


@dataclass(frozen=True)
class OwnRun:
    """The run of the model.

    Attributes:
      run_id: its name.
      data: its images by source, class and split; None where its records are gone.
      assessment: on its own test split; None where it has none.
    """

    run_id: str
    data: Data | None
    assessment: Assessment | None

    @property
    def sources(self) -> tuple[str, ...] | None:
        """Names of the sources of its images, as far as they are known."""
        return self.data.sources if self.data is not None else None


@dataclass(frozen=True)
class Beside:
    """One measure on the external images, and on the test split of the model's own run; `chance` where it is the same for both."""

    name: str
    here: Figure
    there: Figure
    chance: float | None = None


def read_own_run(run: Path) -> OwnRun:
    """Read the run.

    Args:
      run: folder of a run, which holds `run.json`.
    Raises:
      UserError: its assessment is damaged.
    """
    assessment = Assessment.load(run) if (run / FILE_NAME).is_file() else None
    return OwnRun(run.resolve().name, _data(run.resolve()), assessment)


def compare(here: Assessment, own: OwnRun | None) -> tuple[Beside, ...]:
    """Lay the figures of both beside each other, pairs within sources first; none where the run is not known.

    The images are others, so that no difference of two figures is one of paired images.
    """
    if own is None or own.assessment is None:
        return ()
    there = own.assessment
    of_pairs = {pair.pair: pair.pooled for pair in there.within_source}
    found = [
        Beside(f"{formats.sentence(pair.pair[0])} or {pair.pair[1]}, AUC within sources", pair.pooled, of_pairs[pair.pair], 0.5)
        for pair in here.within_source
        if pair.pair in of_pairs
    ]
    mine, theirs = whole(here).metrics, whole(there).metrics
    found += [Beside(formats.sentence(formats.metric_name(name)), mine[name], theirs[name]) for name in _POOLED]
    found.append(Beside("Expected calibration error", here.calibration[0].ece, there.calibration[0].ece))
    return tuple(line for line in found if line.here.value is not None or line.there.value is not None)


def _data(run: Path) -> Data | None:
    try:
        records = json.loads((run / "run.json").read_text(encoding="utf-8")).get("records")
        return read_data(run.parents[1] / records) if records else None
    except (OSError, ValueError, KeyError, TypeError):
        # The output folder was tidied up, and the page says that they are not known.
        return None
