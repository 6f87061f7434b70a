from pathlib import Path

import pytest

from components.reporter.collect_schema import compare_schemas, read_anomalies, read_statistics


def test_schemas_lie_side_by_side(plain_report) -> None:
    pairs = {pair.name: pair for pair in compare_schemas(plain_report.folders.inferred_schema, plain_report.folders.curated_schema)}
    assert list(pairs) == ["group", "height_px", "image/encoded", "label", "source", "split"]
    assert pairs["image/encoded"].inferred is None
    assert pairs["image/encoded"].curated.presence == "any"
    assert pairs["height_px"].inferred.domain == "any"
    assert pairs["height_px"].curated.domain == "32 to 20000"
    assert pairs["label"].inferred.domain == "covid19, normal, pneumonia"
    assert (pairs["label"].curated.type, pairs["label"].curated.presence) == ("bytes", "required")
    assert pairs["group"].inferred.domain == "not shown"


@pytest.mark.parametrize(
    ("feature", "domain"),
    [
        ("int_domain { min: 1 }", "at least 1"),
        ("int_domain { max: 9 }", "at most 9"),
        ("float_domain { min: 0.5 max: 1 }", "0.5 to 1"),
        ("bool_domain { }", "bool"),
        ('domain: "many"', "13 values"),
    ],
)
def test_domains_in_words(tmp_path: Path, feature: str, domain: str) -> None:
    many = "\n".join(f'value: "p{index}"' for index in range(13))
    (tmp_path / "schema.pbtxt").write_text(f'string_domain {{ name: "many" {many} }} feature {{ name: "x" type: BYTES {feature} }}')
    assert compare_schemas(tmp_path, tmp_path)[0].curated.domain == domain


def test_presence_in_words(tmp_path: Path) -> None:
    (tmp_path / "schema.pbtxt").write_text(
        'feature { name: "x" type: INT presence { min_fraction: 0.25 } } feature { name: "y" presence { } }'
    )
    assert [pair.curated.presence for pair in compare_schemas(tmp_path, tmp_path)] == ["at least 25%", "optional"]


def test_statistics_leave_identifiers_out(plain_report) -> None:
    entries = read_statistics(plain_report.folders.statistics)
    assert [(entry.feature, entry.split) for entry in entries] == [
        (feature, split) for feature in ("height_px", "label") for split in ("train", "eval", "test")
    ]
    assert (entries[0].minimum, entries[0].mean, entries[0].maximum) == (224, 812.25, 4122)
    assert (entries[2].present, entries[2].missing) == (100, 2)
    assert entries[3].top_values == {"normal": 350, "pneumonia": 352, "covid19": 343}


def test_tfdv_itself_writes_what_is_read(tmp_path: Path) -> None:
    import pandas as pd
    import tensorflow_data_validation as tfdv

    frame = pd.DataFrame({"label": ["normal", "normal", "covid19", None], "height_px": [100, 200, 300, 400], "id": list("abcd")})
    statistics = tfdv.generate_statistics_from_dataframe(frame)
    schema = tfdv.infer_schema(statistics)
    schema_folder = tmp_path / "schema"
    for folder in (schema_folder, tmp_path / "statistics" / "Split-train", tmp_path / "anomalies" / "Split-train"):
        folder.mkdir(parents=True)
    tfdv.write_schema_text(schema, str(schema_folder / "schema.pbtxt"))
    (tmp_path / "statistics" / "Split-train" / "FeatureStats.pb").write_bytes(statistics.SerializeToString())
    label = next(domain for domain in schema.string_domain if domain.name == "label")
    label.value.remove("covid19")
    anomalies = tfdv.validate_statistics(statistics, schema)
    (tmp_path / "anomalies" / "Split-train" / "SchemaDiff.pb").write_bytes(anomalies.SerializeToString())

    entries = {entry.feature: entry for entry in read_statistics(tmp_path / "statistics")}
    assert set(entries) == {"label", "height_px"}
    assert (entries["height_px"].minimum, entries["height_px"].mean, entries["height_px"].maximum) == (100, 250, 400)
    assert (entries["label"].present, entries["label"].missing) == (3, 1)
    assert entries["label"].top_values == {"normal": 2, "covid19": 1}
    (found,) = read_anomalies(tmp_path / "anomalies")
    assert (found.split, found.feature, found.severity) == ("train", "label", "error")
    assert "covid19" in found.text
    assert next(pair for pair in compare_schemas(schema_folder, schema_folder) if pair.name == "label").inferred.domain == "covid19, normal"
