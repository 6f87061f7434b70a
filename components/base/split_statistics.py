"""What TensorFlow Data Validation's statistics of a split are divided into: all rows, and slices of them."""

from tensorflow_metadata.proto.v0 import statistics_pb2

# What TFDV names all rows in a list of slices.
_EVERYTHING = "All Examples"


def everything(message: statistics_pb2.DatasetFeatureStatisticsList) -> statistics_pb2.DatasetFeatureStatistics:
    """Find the statistics of all rows among those of slices.

    Raises:
      ValueError: there are slices and none holds all rows.
    """
    if len(message.datasets) == 1:
        return message.datasets[0]
    found = [dataset for dataset in message.datasets if dataset.name == _EVERYTHING]
    if not found:
        raise ValueError(f"the statistics hold {len(message.datasets)} slices and none of all examples")
    return found[0]


def feature_name(feature: statistics_pb2.FeatureNameStatistics) -> str:
    """Name a feature, which older statistics name and newer ones give a path."""
    return feature.name or ".".join(feature.path.step)
