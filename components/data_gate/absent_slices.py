"""Slices that a threshold of the gate names and no test image is in: seen in the statistics, before hours of training."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from tensorflow_metadata.proto.v0 import statistics_pb2

from components.base.errors import UsageError
from components.base.split_statistics import everything, feature_name
from components.evaluator.slice_names import slice_feature
from components.evaluator.slicing import NOT_STATED
from components.gate.check import slice_name
from components.gate.config import GateConfig, Threshold
from schemas.features import SOURCE

_SHOWN = 10


def refuse_absent_slices(gate: GateConfig, test: statistics_pb2.DatasetFeatureStatisticsList) -> None:
    """Refuse a threshold on a slice without a test image.

    Every value is looked for alone and, where the threshold names a source, in that source; a crossing of other features may still be
    empty, which the gate finds.

    Args:
      gate: the thresholds.
      test: statistics of the test split, divided by source.
    Raises:
      UsageError: one line names the threshold, the value that is missing, and those that are there, the nearest first.
    """
    for place, threshold in _named(gate):
        where, dataset = "the test split", everything(test)
        # The source first: the other values are looked for in it.
        for name, value in sorted(threshold.slice.items(), key=lambda item: item[0] != SOURCE):
            held = _values(dataset, slice_feature(name))
            if held is not None and value not in held:
                raise UsageError(
                    f"{place} ({threshold.metric} of {slice_name(threshold.slice)}): {where} holds no {name} {value!r}; "
                    f"it holds {_listed(value, held)}"
                )
            if name == SOURCE:
                where, dataset = f"source {value!r} of the test split", _of_source(test, value)


def _named(gate: GateConfig) -> Iterator[tuple[str, Threshold]]:
    kinds: Mapping[str, tuple[Threshold, ...]] = {"value_thresholds": gate.value_thresholds, "change_thresholds": gate.change_thresholds}
    for kind, thresholds in kinds.items():
        for place, threshold in enumerate(thresholds):
            yield f"gate.{kind}[{place}]", threshold


def _of_source(test: statistics_pb2.DatasetFeatureStatisticsList, source: str) -> statistics_pb2.DatasetFeatureStatistics:
    # Where one source is all there is, or its statistics are not there, all rows stand for it.
    return next((dataset for dataset in test.datasets if dataset.name == f"{SOURCE}_{source}"), everything(test))


def _values(dataset: statistics_pb2.DatasetFeatureStatistics, name: str) -> list[str] | None:
    """List the values of a feature as the slice table writes them, the most frequent first; None where they are not all listed."""
    feature = next((each for each in dataset.features if feature_name(each) == name), None)
    if feature is None:
        return []
    if feature.HasField("num_stats"):  # a flag
        return sorted({f"{feature.num_stats.min:.0f}", f"{feature.num_stats.max:.0f}"})
    text = feature.string_stats
    listed = [bucket.label or NOT_STATED for bucket in text.rank_histogram.buckets]
    return listed if len(listed) >= text.unique else None


def _listed(wanted: str, held: list[str]) -> str:
    nearest = sorted(held, key=lambda name: -SequenceMatcher(None, wanted.lower(), name.lower()).ratio())
    more = f" and {len(held) - _SHOWN} more" if len(held) > _SHOWN else ""
    return f"{', '.join(nearest[:_SHOWN])}{more}" if held else "none"
