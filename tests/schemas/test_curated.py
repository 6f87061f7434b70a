from pathlib import Path

from schemas import features
from schemas.curated import curated_schema, write_curated_schema


def test_every_named_feature_is_in_the_curated_schema_once() -> None:
    names = [feature.name for feature in curated_schema(["a", "b"], []).feature]
    written = {
        features.ENCODED, features.ID, features.GROUP, features.SOURCE, features.VIEW, features.LABEL, features.LABEL_INDEX,
        features.SPLIT, features.HEIGHT_PX, features.WIDTH_PX, features.MODE, features.FORMAT,
        features.AGE, features.SEX, features.FOLLOW_UP, features.FINDINGS_PRESENT, features.FOLD, features.BOX_LABEL, *features.BOX_SIDES,
        *(features.quality(flag) for flag in features.QUALITY_FLAGS),
    }  # fmt: skip
    assert sorted(names) == sorted(written)


def test_classes_and_columns_come_from_the_configuration() -> None:
    schema = curated_schema(["normal", "covid19"], ["age"])
    domains = {domain.name: list(domain.value) for domain in schema.string_domain}
    assert domains["label"] == ["normal", "covid19"]
    assert domains["view"] == list(features.VIEWS)
    assert domains["split"] == list(features.SPLITS)
    by_name = {feature.name: feature for feature in schema.feature}
    assert by_name["label_index"].int_domain.max == 1
    assert by_name["extra/age"].presence.min_fraction == 1.0
    assert not by_name[features.ENCODED].HasField("presence"), "image bytes are kept out of the statistics"
    boxes = {features.BOX_LABEL, *features.BOX_SIDES}
    assert set(schema.tensor_representation_group[""].tensor_representation) == set(by_name) - boxes, "Transform has no use for the boxes"


def test_the_file_is_named_by_its_content(tmp_path: Path) -> None:
    first = write_curated_schema(tmp_path, ["a", "b"], [])
    again = write_curated_schema(tmp_path, ["a", "b"], [])
    other = write_curated_schema(tmp_path, ["a", "b", "c"], [])
    assert first == again != other
    assert 'value: "c"' in other.read_text()


def test_what_the_report_compares_has_thresholds() -> None:
    by_name = {feature.name: feature for feature in curated_schema(["a", "b"], ["ward"]).feature}
    shares = ["extra/ward", *(features.quality(flag) for flag in features.QUALITY_FLAGS)]
    for name in (features.LABEL, features.VIEW, features.SEX, features.MODE, features.FORMAT, *shares):
        assert by_name[name].drift_comparator.infinity_norm.threshold == 0.1
        assert by_name[name].skew_comparator.infinity_norm.threshold == 0.2
    for name in (features.AGE, features.HEIGHT_PX, features.WIDTH_PX):
        assert by_name[name].drift_comparator.jensen_shannon_divergence.threshold == 0.0072
        assert by_name[name].skew_comparator.jensen_shannon_divergence.threshold == 0.029
    assert not by_name[features.SOURCE].HasField("skew_comparator"), "sources differ by their name"


def test_an_age_that_is_not_stated_has_a_bucket_of_its_own() -> None:
    assert (features.TOP_AGE - features.NOT_STATED) / features.HISTOGRAM_BUCKETS < 1
