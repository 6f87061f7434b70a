"""The curated schema of a run: schema.pbtxt with what the configuration decides."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from schemas import features

SCHEMA_FILE = Path(__file__).with_name("schema.pbtxt")


def curated_schema(classes: Sequence[str], columns: Sequence[str]) -> schema_pb2.Schema:
    """Read schema.pbtxt and add the classes and the further csv columns.

    Args:
      classes: the values that `label` may have, in order; `label_index` must stay below their number.
      columns: further csv columns; each becomes an optional feature `extra/<column>`.
    """
    schema = text_format.Parse(SCHEMA_FILE.read_text(encoding="utf-8"), schema_pb2.Schema())
    for domain in schema.string_domain:
        if domain.name == features.LABEL:
            domain.value.extend(classes)
    for feature in schema.feature:
        if feature.name == features.LABEL_INDEX:
            feature.int_domain.max = len(classes) - 1
    for flag in features.QUALITY_FLAGS:
        feature = schema.feature.add(name=features.quality(flag), type=schema_pb2.INT)
        feature.presence.min_fraction = 1.0
        feature.presence.min_count = 1
        feature.shape.SetInParent()
        feature.int_domain.min, feature.int_domain.max = 0, 1
        _compare_like_view(schema, feature)
    for column in columns:
        feature = schema.feature.add(name=features.extra(column), type=schema_pb2.BYTES)
        feature.presence.min_fraction = 1.0
        feature.presence.min_count = 1
        feature.shape.SetInParent()
        _compare_like_view(schema, feature)
    # Without a representation of each, Transform looks at those that have one alone; it has no use for the boxes.
    tensors = schema.tensor_representation_group[""].tensor_representation
    for feature in schema.feature:
        if feature.name not in (features.BOX_LABEL, *features.BOX_SIDES):
            tensors[feature.name].dense_tensor.column_name = feature.name
            tensors[feature.name].dense_tensor.shape.CopyFrom(feature.shape)
    return schema


def _compare_like_view(schema: schema_pb2.Schema, feature: schema_pb2.Feature) -> None:
    """Give a feature the thresholds that schema.pbtxt sets, with their reasons, for categories."""
    (view,) = (known for known in schema.feature if known.name == features.VIEW)
    feature.drift_comparator.CopyFrom(view.drift_comparator)
    feature.skew_comparator.CopyFrom(view.skew_comparator)


def write_curated_schema(folder: Path, classes: Sequence[str], columns: Sequence[str]) -> Path:
    """Write the curated schema of a run as text for ImportSchemaGen.

    The file is named by its content: the cache of the pipeline knows it by its path.
    """
    text = text_format.MessageToString(curated_schema(classes, columns))
    path = folder / sha256(text.encode()).hexdigest()[:16] / "schema.pbtxt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
