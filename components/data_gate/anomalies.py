"""What ExampleValidator found, as lines that a person can act on."""

from collections.abc import Mapping
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import anomalies_pb2

from schemas.features import SPLITS

SHOWN = 10
_WHOLE = "the whole split"


@dataclass(frozen=True)
class Anomaly:
    """One thing about one feature of one split that does not fit the schema."""

    split: str
    feature: str
    short: str
    description: str


def list_anomalies(by_split: Mapping[str, anomalies_pb2.Anomalies]) -> list[Anomaly]:
    """List the anomalies of all splits, in the order of the splits and then of the features.

    Args:
      by_split: split name to what TFDV wrote for it. A split without data is an anomaly too.
    """
    found = []
    for split in sorted(by_split, key=lambda name: (SPLITS.index(name) if name in SPLITS else len(SPLITS), name)):
        message = by_split[split]
        if message.data_missing:
            found.append(Anomaly(split, _WHOLE, "No examples", "The split holds no example."))
        if message.HasField("dataset_anomaly_info"):
            found.append(_anomaly(split, _WHOLE, message.dataset_anomaly_info))
        found += [_anomaly(split, name, message.anomaly_info[name]) for name in sorted(message.anomaly_info)]
    return found


def refusal(anomalies: list[Anomaly]) -> str:
    """Say what is wrong, one line an anomaly and at most `SHOWN` of them, and what to do."""
    lines = [f"  {one.feature} ({one.split}): {one.short}: {one.description}" for one in anomalies[:SHOWN]]
    if len(anomalies) > SHOWN:
        lines.append(f"  and {len(anomalies) - SHOWN} more")
    count = "1 anomaly" if len(anomalies) == 1 else f"{len(anomalies)} anomalies"
    advice = "Correct the data, or, where the data are right, the schema in schemas/schema.pbtxt; then run again."
    return "\n".join([f"The data do not fit the schema: {count}.", *lines, advice])


def _anomaly(split: str, feature: str, info: anomalies_pb2.AnomalyInfo) -> Anomaly:
    return Anomaly(split, feature, _line(info.short_description), _line(info.description))


def _line(text: str) -> str:
    return " ".join(text.split())
