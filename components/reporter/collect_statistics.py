"""The columns of TensorFlow Data Validation's statistics: of a split, and of each source in it."""

from dataclasses import dataclass
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from components.base.split_statistics import everything, feature_name
from components.reporter.drift import Bucket
from schemas.features import NOT_STATED, SOURCE, SPLITS


@dataclass(frozen=True)
class Column:
    """One feature of some images.

    Attributes:
      present: images that have a value; one that is NOT_STATED is one.
      counts: text values to images.
      buckets: of the stated numbers.
      stated: images with a stated number.
      mean: of the stated numbers; None where there is none.
    """

    present: int
    counts: dict[str, float]
    buckets: tuple[Bucket, ...]
    stated: int
    mean: float | None


Columns = dict[str, Column]


def read_columns(folder: Path) -> tuple[dict[str, Columns], dict[str, dict[str, Columns]]]:
    """Read the statistics of every split of an ExampleStatistics artifact.

    Returns:
      Split to its columns, by name; and source to split to columns. Both in the order of SPLITS, sources by name.
    """
    splits: dict[str, Columns] = {}
    sources: dict[str, dict[str, Columns]] = {}
    for split in SPLITS:
        path = folder / f"Split-{split}" / "FeatureStats.pb"
        if not path.exists():
            continue
        message = statistics_pb2.DatasetFeatureStatisticsList.FromString(path.read_bytes())
        whole = everything(message).name
        for dataset in message.datasets:
            columns = {feature_name(feature): _column(feature) for feature in dataset.features}
            if dataset.name == whole:
                splits[split] = columns
            elif dataset.name.startswith(f"{SOURCE}_"):
                sources.setdefault(dataset.name.removeprefix(f"{SOURCE}_"), {})[split] = columns
    return splits, dict(sorted(sources.items()))


def _column(feature: statistics_pb2.FeatureNameStatistics) -> Column:
    if not feature.HasField("num_stats"):
        text = feature.string_stats
        counts = {bucket.label: float(bucket.sample_count) for bucket in text.rank_histogram.buckets}
        present = int(text.common_stats.num_non_missing)
        return Column(present, counts, (), present, None)
    number = feature.num_stats
    present = int(number.common_stats.num_non_missing)
    standard = [histogram for histogram in number.histograms if histogram.type == statistics_pb2.Histogram.STANDARD]
    buckets = [(bucket.low_value, bucket.high_value, bucket.sample_count) for histogram in standard for bucket in histogram.buckets]
    # TFDV's buckets come from a sketch: what is far below one image in them is no image.
    buckets = [bucket for bucket in buckets if bucket[2] >= 0.5]
    unstated = 0
    if number.min == NOT_STATED and buckets:
        unstated = round(buckets.pop(0)[2])
    stated = present - unstated
    mean = (number.mean * present - NOT_STATED * unstated) / stated if stated > 0 else None
    return Column(present, {}, tuple(buckets), stated, mean)
