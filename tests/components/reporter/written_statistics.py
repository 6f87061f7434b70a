"""Write what TFDV measures of a scenario: all images of a split, and those of each source."""

from tensorflow_metadata.proto.v0 import statistics_pb2

from tests.components.reporter.simulated import CLASSES, PATIENT, Scenario

Statistics = statistics_pb2.DatasetFeatureStatistics


def statistics_of(scenario: Scenario, index: int) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of one split, the first of whose slices holds all of it."""
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    whole = statistics.datasets.add(name="All Examples")
    _add_labels(whole, scenario, index, None)
    group = whole.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
    group.path.step.append("group")
    group.string_stats.unique = 1
    group.string_stats.top_values.add(value=PATIENT, frequency=9)
    add_numbers(whole, "height_px", [(224, 1024, 60), (1024, 4122, 40)], 812.25, missing=index)
    for source in sorted({source for (source, _), counts in scenario.cells.items() if counts[index]}):
        part = statistics.datasets.add(name=f"source_{source}")
        images = _add_labels(part, scenario, index, source)
        side_px = 1024 if source == "nih" else 512
        add_numbers(part, "height_px", [(side_px, side_px, images)], side_px)
    return statistics


def add_values(part: Statistics, name: str, counts: dict[str, int]) -> None:
    """Add a feature of text."""
    feature = part.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
    feature.path.step.append(name)
    feature.string_stats.common_stats.num_non_missing = sum(counts.values())
    feature.string_stats.unique = len(counts)
    for value, count in counts.items():
        feature.string_stats.top_values.add(value=value, frequency=count)
        feature.string_stats.rank_histogram.buckets.add(label=value, sample_count=count)


def add_numbers(part: Statistics, name: str, buckets: list[tuple[float, float, float]], mean: float, missing: int = 0) -> None:
    """Add a feature of numbers."""
    feature = part.features.add(type=statistics_pb2.FeatureNameStatistics.INT)
    feature.path.step.append(name)
    feature.num_stats.min, feature.num_stats.mean, feature.num_stats.max = buckets[0][0], mean, buckets[-1][1]
    feature.num_stats.common_stats.num_non_missing = round(sum(count for _, _, count in buckets))
    feature.num_stats.common_stats.num_missing = missing
    histogram = feature.num_stats.histograms.add(type=statistics_pb2.Histogram.STANDARD)
    for low, high, count in buckets:
        histogram.buckets.add(low_value=low, high_value=high, sample_count=count)


def _add_labels(part: Statistics, scenario: Scenario, index: int, source: str | None) -> int:
    counts = dict.fromkeys(CLASSES, 0)
    for (held_by, label), images in scenario.cells.items():
        if source in (None, held_by):
            counts[label] += images[index]
    present = {label: count for label, count in counts.items() if count}
    add_values(part, "label", present)
    return sum(present.values())
