"""What a model tells of its sources, with its run and without it."""

import pytest

from components.external.made_with import MadeWith, find_sources
from components.external.own_run import OwnRun
from components.trainer.training_data import TrainingData, source_name_digest
from tests.components.external.written import data_of

KEY = "ab" * 32


def facts_of(*sources: str, fingerprints: str = "full") -> TrainingData:
    return TrainingData(
        classes=("normal", "covid19"),
        labels={"normal": "normal", "covid19": "covid19"},
        max_side_px=512,
        pseudonym_key=KEY,
        fingerprints=fingerprints,
        images={"train": 2},
        source_digests=tuple(source_name_digest(KEY, source) for source in sources),
    )


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (
            facts_of("phantom_site_a", "phantom_site_b"),
            MadeWith(("phantom_site_a", "phantom_site_b"), ("phantom_site_a", "phantom_site_b")),
        ),
        (facts_of("phantom_site_b", "vienna"), MadeWith(None, ("phantom_site_b",))),
        (facts_of("phantom_site_b", fingerprints="none"), MadeWith(None, ("phantom_site_b",))),
        (facts_of("vienna"), MadeWith(None, ())),
        (facts_of().model_copy(update={"source_digests": None}), MadeWith(None, ())),
    ],
)
def test_a_copied_model_tells_the_sites_of_the_phantom(facts, found):
    assert find_sources(facts, None) == found


def test_the_run_tells_all_sources():
    assert find_sources(facts_of("vienna"), OwnRun("1", data_of("vienna"), None)) == MadeWith(("vienna",), ())
    older = facts_of().model_copy(update={"source_digests": None})
    assert find_sources(older, OwnRun("1", data_of("phantom_site_c"), None)) == MadeWith(("phantom_site_c",), ("phantom_site_c",))
