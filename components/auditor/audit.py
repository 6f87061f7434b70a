"""What the audit found: `audit.json`. Reading it imports neither TensorFlow nor TFX."""

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from components.base.errors import UserError
from components.evaluator.intervals import Interval

FILE_NAME: Final = "audit.json"
VERSION: Final = 2
ONE_SOURCE: Final = "n/a (one source)"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Measures(_Part):
    """How well something answers, on the test split, with 95 % intervals by patient.

    Attributes:
      accuracy, macro_recall: by the largest probability.
      macro_auc: mean over the classes, each against the rest.
      within_source: mean of `pairs` over `within_pairs`.
      within_pairs: those that can be told and hold enough patients for an interval; where none does, those that can be told.
      pairs: "normal vs covid19" to the AUC of the two within sources that hold both; a value of None, and a `why_none` that says
        "not identifiable from this data", where no source does.
    """

    accuracy: Interval
    macro_recall: Interval
    macro_auc: Interval
    within_source: Interval
    within_pairs: tuple[str, ...]
    pairs: dict[str, Interval]


class Excess(_Part):
    """A model less a floor, on the same images and the same draws of patients; fields as in `Measures`."""

    accuracy: Interval
    macro_recall: Interval
    macro_auc: Interval
    within_source: Interval


class Floor(_Part):
    """What a cheap classifier of one table of features scores.

    Attributes:
      name: such as "border_ring".
      sees: what it reads, in words.
      sees_lungs: whether the lungs are in what it reads, be it as a blur.
      features: number of them.
      inverse_penalty: C of scikit-learn, chosen on eval.
      eval_macro_recall: by which the best floor is chosen; None where eval holds fewer than two classes.
      eval_within_source: by which the best floor within sources is chosen; None where eval cannot tell.
      measures: on test.
      excess: of the model over it.
    """

    name: str
    sees: str
    sees_lungs: bool
    features: int
    inverse_penalty: float
    eval_macro_recall: float | None
    eval_within_source: float | None
    measures: Measures
    excess: Excess


class SliceIntervals(_Part):
    """The model's intervals on one slice of the test split: feature to value (empty: all), images, metric to interval."""

    slice: dict[str, str]
    n: int
    metrics: dict[str, Interval]


class SourceProbe(_Part):
    """How well a linear classifier, trained on eval, tells the source of test images.

    Attributes:
      sources: those that eval and test both hold.
      images: of test, on which it was judged.
      left_out: images of test whose source eval lacks.
      chance: 1 / number of sources; None with fewer than two.
      embedding: balanced accuracy from the model's embedding.
      thumbnail: the same from the 8 x 8 thumbnail.
    """

    sources: tuple[str, ...]
    images: int
    left_out: int
    chance: float | None
    embedding: Interval
    thumbnail: Interval


class BorderDrop(_Part):
    """What the model loses on test images whose border is filled with the mean of the image.

    Attributes:
      share: of each side.
      before, after, drop: "accuracy" and "macro_recall" to their intervals; the drop is paired.
    """

    share: float
    before: dict[str, Interval]
    after: dict[str, Interval]
    drop: dict[str, Interval]


class Audit(_Part):
    """The whole audit.

    Attributes:
      images: split to number of images.
      train_images_used: of the train split, on which the floors were trained.
      sources: of the test split.
      lungs: how they were blacked out.
      lungs_share: of the image that is blacked out; None where that differs from image to image.
      file_features: what the floor of the file reads.
      model: its measures.
      slices: its intervals on the whole test split, and on the slices of the gate's thresholds.
      best_floor: name of the one with the highest macro recall on eval.
      best_floor_within_source: name of the one with the highest AUC within sources on eval; None where eval cannot tell.
      verdict: sentences.
    """

    version: Literal[2] = VERSION
    classes: tuple[str, ...]
    images: dict[str, int]
    train_images_used: int
    sources: tuple[str, ...]
    lungs: Literal["two fixed ellipses", "the phantom's truth"]
    lungs_share: float | None
    file_features: tuple[str, ...]
    model: Measures
    slices: tuple[SliceIntervals, ...]
    floors: tuple[Floor, ...]
    best_floor: str
    best_floor_within_source: str | None
    source_probe: SourceProbe
    border: BorderDrop
    verdict: tuple[str, ...] = ()

    def floor(self, name: str) -> Floor:
        """Find a floor by its name.

        Raises:
          KeyError: there is none.
        """
        return {floor.name: floor for floor in self.floors}[name]

    def find(self, wanted: dict[str, str]) -> SliceIntervals | None:
        """Find the model's intervals on exactly this slice."""
        return next((row for row in self.slices if row.slice == wanted), None)

    def save(self, folder: Path) -> Path:
        """Write `audit.json` into the folder."""
        path = folder / FILE_NAME
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> "Audit":
        """Read `audit.json`, given the file or its folder.

        Raises:
          UserError: it is absent, damaged, or of another version.
        """
        file = path / FILE_NAME if path.is_dir() else path
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise UserError(f"{FILE_NAME} is absent, damaged or not of version {VERSION}; run the auditor node again") from error
