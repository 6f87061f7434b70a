"""Statistics, schemas and anomalies, from TensorFlow Data Validation's protos."""

from dataclasses import dataclass
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from components.base.split_statistics import everything, feature_name
from components.reporter.redact import without_paths
from schemas.features import IDENTIFIERS, SPLITS

# A longer list of values may come near to naming people, and nobody reads it: then only their number is shown.
MAX_VALUES = 12
_MAX_TOP_VALUES = 4


@dataclass(frozen=True)
class FeatureRule:
    """What a schema demands of one feature, in words."""

    type: str
    presence: str
    domain: str


@dataclass(frozen=True)
class FeaturePair:
    """A feature as inferred from the data and as curated by hand; None where that schema does not have it."""

    name: str
    inferred: FeatureRule | None
    curated: FeatureRule | None


@dataclass(frozen=True)
class Anomaly:
    """One deviation of a split from the curated schema."""

    split: str
    feature: str
    severity: str
    text: str


@dataclass(frozen=True)
class FeatureStatistics:
    """One feature in one split. Numbers have minimum, mean and maximum; strings their most frequent values."""

    feature: str
    split: str
    present: int
    missing: int
    minimum: float | None
    mean: float | None
    maximum: float | None
    distinct: int | None
    top_values: dict[str, int]


def compare_schemas(inferred_folder: Path, curated_folder: Path) -> tuple[FeaturePair, ...]:
    """Lay the inferred schema beside the curated one, feature by feature, in alphabetical order."""
    inferred, curated = _rules(read_schema(inferred_folder)), _rules(read_schema(curated_folder))
    return tuple(FeaturePair(name, inferred.get(name), curated.get(name)) for name in sorted(inferred.keys() | curated.keys()))


def read_anomalies(folder: Path) -> tuple[Anomaly, ...]:
    """Read the anomalies of every split of an ExampleAnomalies artifact."""
    found = []
    for split, path in _split_files(folder, "SchemaDiff.pb"):
        message = anomalies_pb2.Anomalies.FromString(path.read_bytes())
        entries = sorted(message.anomaly_info.items())
        if message.HasField("dataset_anomaly_info"):
            entries.append(("(all)", message.dataset_anomaly_info))
        for feature, info in entries:
            severity = anomalies_pb2.AnomalyInfo.Severity.Name(info.severity).lower()
            found.append(Anomaly(split, feature, severity, without_paths(info.description or info.short_description)))
    return tuple(found)


def read_statistics(folder: Path) -> tuple[FeatureStatistics, ...]:
    """Read the statistics of every split of an ExampleStatistics artifact, without identifiers."""
    found = []
    for split, path in _split_files(folder, "FeatureStats.pb"):
        message = statistics_pb2.DatasetFeatureStatisticsList.FromString(path.read_bytes())
        found += [_statistics(feature, split) for feature in everything(message).features if feature_name(feature) not in IDENTIFIERS]
    return tuple(sorted(found, key=lambda entry: (entry.feature, _split_order(entry.split))))


def read_schema(folder: Path) -> schema_pb2.Schema:
    """Read the one schema of a Schema artifact."""
    (path,) = sorted(folder.glob("*.pbtxt"))
    return text_format.Parse(path.read_text(), schema_pb2.Schema())


def _rules(schema: schema_pb2.Schema) -> dict[str, FeatureRule]:
    domains = {domain.name: list(domain.value) for domain in schema.string_domain}
    return {
        feature.name: FeatureRule(
            type=schema_pb2.FeatureType.Name(feature.type).lower(),
            presence=_presence(feature),
            domain="not shown" if feature.name in IDENTIFIERS else _domain(feature, domains),
        )
        for feature in schema.feature
    }


def _presence(feature: schema_pb2.Feature) -> str:
    if not feature.HasField("presence"):
        return "any"
    if feature.presence.min_fraction >= 1:
        return "required"
    return f"at least {feature.presence.min_fraction:.0%}" if feature.presence.min_fraction > 0 else "optional"


def _domain(feature: schema_pb2.Feature, domains: dict[str, list[str]]) -> str:
    kind = feature.WhichOneof("domain_info")
    if kind in ("domain", "string_domain"):
        values = domains.get(feature.domain, []) if kind == "domain" else list(feature.string_domain.value)
        return ", ".join(sorted(values)) if len(values) <= MAX_VALUES else f"{len(values)} values"
    if kind == "int_domain":
        low = feature.int_domain.min if feature.int_domain.HasField("min") else None
        high = feature.int_domain.max if feature.int_domain.HasField("max") else None
        return _range(low, high)
    if kind == "float_domain":
        low = feature.float_domain.min if feature.float_domain.HasField("min") else None
        high = feature.float_domain.max if feature.float_domain.HasField("max") else None
        return _range(low, high)
    return "any" if kind is None else kind.removesuffix("_domain")


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "any"
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if low is None else f"{low:g} to {high:g}"


def _statistics(feature: statistics_pb2.FeatureNameStatistics, split: str) -> FeatureStatistics:
    numeric = feature.num_stats if feature.HasField("num_stats") else None
    strings = feature.string_stats if feature.HasField("string_stats") else None
    common = (numeric or strings or feature.bytes_stats).common_stats
    few = strings is not None and strings.unique <= MAX_VALUES
    return FeatureStatistics(
        feature=feature_name(feature),
        split=split,
        present=int(common.num_non_missing),
        missing=int(common.num_missing),
        minimum=float(numeric.min) if numeric else None,
        mean=float(numeric.mean) if numeric else None,
        maximum=float(numeric.max) if numeric else None,
        distinct=int(strings.unique) if strings else None,
        top_values={top.value: int(top.frequency) for top in strings.top_values[:_MAX_TOP_VALUES]} if strings and few else {},
    )


def _split_files(folder: Path, name: str) -> list[tuple[str, Path]]:
    files = [(path.parent.name.removeprefix("Split-"), path) for path in folder.glob(f"Split-*/{name}")]
    return sorted(files, key=lambda item: _split_order(item[0]))


def _split_order(split: str) -> tuple[int, str]:
    return (SPLITS.index(split) if split in SPLITS else len(SPLITS), split)
