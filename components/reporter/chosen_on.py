"""What thresholds were chosen on, in words: a threshold is as uncertain as the images are few, and no interval says so."""

from components.evaluator.assessment import Assessment
from components.reporter.collect_data import Data
from components.reporter.formats import plural


def describe_choice(assessment: Assessment, data: Data | None) -> str:
    """Say on how many images of eval, and how many of each class that has a threshold, the thresholds were chosen.

    Args:
      assessment: with the thresholds.
      data: of the run that chose them; None where its records are not here, and the classes are not counted.
    """
    split = assessment.splits.get("eval")
    if split is None:
        return "Thresholds are chosen on eval"
    text = f"Thresholds chosen on eval: {_counted(split['images'], split['patients'])}"
    labels = dict.fromkeys(point.label for point in assessment.operating_points if point.threshold is not None)
    if data is None or not labels:
        return text
    return f"{text}, among them {', '.join(f'{_of_class(data, label)} of {label}' for label in labels)}"


def _of_class(data: Data, label: str) -> str:
    return _counted(data.images(label=label, split="eval"), sum(data.groups(source, label, "eval") for source in data.sources))


def _counted(images: int, patients: int) -> str:
    return f"{plural(images, 'image')} ({plural(patients, 'patient')})"
