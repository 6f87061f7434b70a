"""What a comparison holds: rows, estimates, differences. Everything that the tables and the page show."""

from dataclasses import dataclass

from pydantic import Field

from components.base.section import Section
from components.evaluator.intervals import Interval
from pipeline.experiments.metric import Metric

RANDOM_INITIALISATION = "random initialisation"
_WITHOUT = "without "


class Published(Section):
    """A figure from a paper, as the experiment's YAML states it.

    Attributes:
      name: of the model or the work.
      metric: the one of the experiment's metrics that it reports.
      citation: where it stands, to the table or page.
      comparable: whether the paper measured the same on the same images.
      why: why not, or what differs.
    """

    name: str = Field(min_length=1)
    metric: str
    value: float = Field(ge=0, le=1)
    citation: str = Field(min_length=1)
    comparable: bool
    why: str = ""


@dataclass(frozen=True)
class Change:
    """A row less the one that it is compared with, on the same images.

    Attributes:
      interval: of the difference.
      p: two-sided; None where there is no interval.
      corrected_p: by Holm, over all comparisons of the experiment.
      why_none: why there is no difference at all; empty where there is one.
      seeds: of the one or of the other, whichever has fewer; seeds that answer alike are one.
    """

    interval: Interval | None
    p: float | None
    corrected_p: float | None
    why_none: str = ""
    seeds: int = 2

    @property
    def real(self) -> bool:
        """Whether chance is an unlikely explanation: corrected p below 0.05, 0 outside the interval, and two seeds or more of each."""
        return self.beyond_patients and self.seeds > 1

    @property
    def beyond_patients(self) -> bool:
        """Whether the draw of patients does not explain it; with one seed, the luck of a training still may."""
        found = self.interval
        if found is None or found.low is None or found.high is None or self.corrected_p is None:
            return False
        return self.corrected_p < 0.05 and not found.low <= 0 <= found.high


@dataclass(frozen=True)
class Estimate:
    """One metric of one row.

    Attributes:
      images: that the metric is about, such as those of one source or of two classes.
      patients: of these images.
      interval: of the mean over seeds; None where these images cannot have the metric, for the reason in `why_none`.
      by_seed: seed to its figure.
      spread: standard deviation over seeds; None with fewer than two.
      change: against another row; None for the reference itself, and where there is no reference.
      remark: which findings a mean over findings is of, and which it leaves out; else empty.
    """

    images: int
    patients: int
    interval: Interval | None
    by_seed: dict[int, float]
    spread: float | None
    change: Change | None
    why_none: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Row:
    """One variant on one family of divisions.

    Attributes:
      variant: its name.
      division: "eval", "folds by patient", "without SOURCE"; empty where nothing is measured yet.
      images: that were predicted, each once a seed.
      patients: of these images.
      seeds: of the cells that count; of seeds that answer alike the first.
      cells: that are measured; `planned` is how many were to be, None where no plan is known.
      seconds: mean training time of a cell.
      parameters: least and most; so are epochs, image_px and training_images.
      estimates: one for each metric of the comparison.
      against: the variant that it is compared with; empty where it is with none.
      copied: whether its cells are picked from other rows, so that none was trained for it.
      alike: seeds that answer exactly alike, those of one answer together; they count as one.
    """

    variant: str
    division: str
    reference: bool
    changes: dict[str, str | int | float | bool | None]
    images: int
    patients: int
    seeds: tuple[int, ...]
    cells: int
    planned: int | None
    seconds: float | None
    parameters: tuple[int, int] | None
    epochs: tuple[int, int] | None
    image_px: tuple[int, int] | None
    training_images: tuple[int, int] | None
    initial_weights: tuple[str, ...]
    notes: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    against: str = ""
    copied: bool = False
    alike: tuple[tuple[int, ...], ...] = ()

    @property
    def random_initialisation(self) -> bool:
        """Whether its notes say that it did not start from published weights, so that no paper's figure is its measure."""
        return any(RANDOM_INITIALISATION in note.lower() for note in self.notes)


@dataclass(frozen=True)
class Between:
    """One variant judged on one family of divisions less the same on another, of the same images.

    Attributes:
      variant: its name.
      metric: what is compared.
      first: the family of divisions from which `second` is subtracted.
    """

    variant: str
    metric: Metric
    first: str
    second: str
    change: Change


@dataclass(frozen=True)
class Comparison:
    """All rows of an experiment.

    Attributes:
      title: of the experiment as people read it; its name where none is known.
      comparisons: how many differences were tested; Holm's correction is for these.
      draws: of the bootstrap.
      code: versions of the code that the cells were measured by.
      other_code: how many cells were measured by another version than the one that compares.
      phantom: whether any of the images are the built-in synthetic ones.
      measured: machines and dates.
      warnings: what was left out or differs between cells.
      notes: what the experiment says a reader must know.
      between: divisions compared with each other.
      named: whether rows are compared with several variants, so that each must name its own.
    """

    experiment: str
    title: str
    task: str
    classes: tuple[str, ...]
    metrics: tuple[Metric, ...]
    rows: tuple[Row, ...]
    published: tuple[Published, ...]
    comparisons: int
    draws: int
    seed: int
    data: tuple[str, ...]
    measured: tuple[str, ...]
    commands: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    between: tuple[Between, ...] = ()
    named: bool = False
    phantom: bool = False
    code: tuple[str, ...] = ()
    other_code: int = 0

    @property
    def cells(self) -> int:
        """Cells that are measured; copies do not count again."""
        return sum(row.cells for row in self.rows if not row.copied)

    @property
    def planned(self) -> int | None:
        """Cells that were to be measured; None where no plan is known."""
        progress = self.progress
        known = [planned for _, planned in progress.values() if planned is not None]
        return sum(known) if len(known) == len(progress) else None

    @property
    def progress(self) -> dict[str, tuple[int, int | None]]:
        """Variant to its cells that are measured, over all of its rows, and to how many were to be; without copies."""
        trained = [row for row in self.rows if not row.copied]
        return {row.variant: (sum(other.cells for other in trained if other.variant == row.variant), row.planned) for row in trained}

    def rows_about(self, place: int) -> tuple[Row, ...]:
        """The rows of one metric: where each source was left out by itself, a metric at a source is about the networks without it."""
        source = self.metrics[place].source
        if source is None:
            return self.rows
        away = f"{_WITHOUT}{source}"
        return tuple(row for row in self.rows if row.division == away or not row.division.startswith(_WITHOUT))

    @property
    def several_divisions(self) -> bool:
        """Whether the rows must name their divisions to be told apart."""
        return len({row.division for row in self.rows if row.division}) > 1
