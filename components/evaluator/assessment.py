"""The assessment of a model: `assessment.json`, with its types. Imports no numpy, so that it is read at once."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from components.base.errors import UserError
from components.base.section import Section

FILE_NAME = "assessment.json"
VERSION: Literal[1] = 1


class Figure(Section):
    """A number with its 95 % interval over draws of patients.

    Attributes:
      value: on the images as they are; None where it is undefined.
      low: lower end; None where there is no interval.
      high: upper end.
      note: why there is no value, such as "n/a (one class)", or no interval, such as "fewer than 10 patients", or why the interval
        is not of the draws; else empty.
    """

    value: float | None
    low: float | None
    high: float | None
    note: str = ""


class PairWithin(Section):
    """Two classes told apart inside sources, where the source cannot give the class away.

    Attributes:
      pair: the two classes.
      pooled: AUC over pairs of images of one source; its note is "not identifiable from this data" where no source holds both.
      by_source: source to its own AUC; the sources that hold enough of both.
      images: source to its images of either class, of all sources with any.
    """

    pair: tuple[str, str]
    pooled: Figure
    by_source: dict[str, Figure]
    images: dict[str, tuple[int, int]]


class SliceFigures(Section):
    """One slice of the test split.

    Attributes:
      slice: feature to value; empty for the whole split.
      n: images, at least 1.
      patients: groups of images that are drawn as one.
      class_counts: class to images.
      metrics: name to figure: within_source_auc/ of each pair of classes first, then accuracy, macro_recall (the balanced
        accuracy), macro_f1, macro_auc, and by class recall/, precision/, specificity/, f1/, auc/ (against the rest),
        average_precision/.
      confusion: [classes, classes] counts, rows the truth, columns the most probable class.
      confusion_shares: the same over the sums of its rows.
    """

    slice: dict[str, str]
    n: int
    patients: int
    class_counts: dict[str, int]
    metrics: dict[str, Figure]
    confusion: list[list[int]]
    confusion_shares: list[list[Figure]]


class OperatingPoint(Section):
    """A threshold on the probability of a class: chosen on eval, applied to test.

    The intervals hold the threshold as it is; that another eval split would have given another one is not in them.

    Attributes:
      label: the class; an image is called positive where its probability is at least the threshold.
      aim: what was wanted on eval.
      wanted: how much of it.
      threshold: None where eval lacks the class or the rest, and the notes say so.
      on_eval: sensitivity and specificity that were attained there.
      sensitivity: on test.
      specificity: on test.
      prevalence: the user's; None where none was given.
      positive_predictive_value: at that prevalence.
      negative_predictive_value: at that prevalence.
    """

    label: str
    aim: Literal["sensitivity", "specificity"]
    wanted: float
    threshold: float | None
    on_eval: dict[str, float]
    sensitivity: Figure
    specificity: Figure
    prevalence: float | None
    positive_predictive_value: Figure
    negative_predictive_value: Figure


class Bin(Section):
    """Images whose answers have about the same probability.

    Attributes:
      low: lower edge, (0, 1].
      high: upper edge, inclusive.
      n: images.
      confidence: mean probability of the answer.
      accuracy: share of right answers.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: Figure


class Calibration(Section):
    """How far the probabilities of a slice are meant.

    Attributes:
      slice: feature to value; empty for the whole split.
      n: images.
      brier: multiclass Brier score, [0, 2]; 0 is best.
      log_loss: mean negative log probability of the true class, nats.
      ece: expected calibration error of the answer over the bins, [0, 1]. Its interval lies high: drawing patients scatters the
        bins once more.
      ece_by_chance: mean ECE of as many answers that are right exactly as often as their probabilities say.
      bins: of equal count.
    """

    slice: dict[str, str]
    n: int
    brier: Figure
    log_loss: Figure
    ece: Figure
    ece_by_chance: float
    bins: list[Bin]


class Temperature(Section):
    """One temperature for all probabilities, fitted on eval, and the calibration on test with and without it.

    Attributes:
      value: above 1 the model was too sure; None where it cannot be fitted, and the note says why.
      note: empty, or why there is none.
      exported: the model carries it: its probabilities, and all figures of them, are scaled by it already.
      eval_log_loss: without and with it, on eval; None without a temperature, or where eval was not looked at.
      after: as `calibration`, with a temperature that the model does not carry; else empty.
      without: as `calibration`, with the temperature that the model carries taken off again; else empty.
    """

    value: float | None
    note: str
    exported: bool = False
    eval_log_loss: tuple[float, float] | None
    after: list[Calibration]
    without: list[Calibration] = []


class Assessment(Section):
    """Everything that the predictions of one model on the test split say.

    Attributes:
      version: of this layout.
      classes: in the order of the probabilities.
      draws: of patients.
      seed: of the draws.
      level: of the intervals.
      splits: split to its images and patients.
      within_source: each pair of classes; it stands above the pooled figures.
      slices: the whole split first.
      operating_points: in the order of the configuration.
      calibration: the whole split, then by source, as the model is.
      temperature: what one scalar mends of it.
    """

    version: Literal[1] = VERSION
    classes: tuple[str, ...]
    draws: int
    seed: int
    level: float
    splits: dict[str, dict[str, int]]
    within_source: list[PairWithin]
    slices: list[SliceFigures]
    operating_points: list[OperatingPoint]
    calibration: list[Calibration]
    temperature: Temperature

    @property
    def calibrations(self) -> dict[str, list[Calibration]]:
        """Which probabilities, in words, to their calibration; those of the model first, whatever it carries."""
        temperature = self.temperature
        if temperature.exported:
            return {"as exported, with the temperature": self.calibration, "without it": temperature.without}
        return {"as they are": self.calibration} | ({"after the temperature": temperature.after} if temperature.after else {})

    def save(self, folder: Path) -> Path:
        """Write `assessment.json` into the folder; the same assessment gives the same bytes."""
        path = folder / FILE_NAME
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> "Assessment":
        """Read `assessment.json`, given the file or its folder.

        Raises:
          UserError: the file is no assessment of this version.
        """
        file = path / FILE_NAME if path.is_dir() else path
        try:
            return cls.model_validate_json(file.read_bytes())
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "the file"
            raise UserError(f"{file} is damaged or of another version: {where}: {fault['msg']}. Run the pipeline again.") from error
