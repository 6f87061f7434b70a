import pytest

from components.ingest.source_text import parse_source


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("/data", {"reader": "manifest", "root": "/data"}),
        ("/data/a=b", {"reader": "manifest", "root": "/data/a=b"}),
        ("kermany=/data", {"reader": "kermany", "root": "/data", "options": {}}),
        ("manifest=/c=d,e=f", {"reader": "manifest", "root": "/c=d,e=f", "options": {}}),
        ("covidx,version=9A=/data", {"reader": "covidx", "root": "/data", "options": {"version": "9A"}}),
        ("manifest,label=dx,patient_id==/x", {"reader": "manifest", "root": "/x", "options": {"label": "dx", "patient_id": ""}}),
    ],
)
def test_the_words_of_a_source(text, item):
    assert parse_source(text) == item
