import numpy as np
import pytest

from components.auditor.audit import ONE_SOURCE
from components.auditor.source_probe import probe_source


def split(seed, sources, informative):
    """Two tables of 4 features, of which the first tells the source where it is to."""
    random = np.random.default_rng(seed)
    names = np.array(sources)
    told = (np.unique(names, return_inverse=True)[1] * 8.0) if informative else np.zeros(len(names))
    table = random.normal(0, 1, (len(names), 4))
    table[:, 0] += told
    return table.astype(np.float32), names, np.array([f"{seed}-{row // 2}" for row in range(len(names))])


def probe(sources=("a", "b", "c") * 20, tested=None):
    told = split(1, sources, True), split(2, tested or sources, True)
    blind = split(3, sources, False), split(4, tested or sources, False)
    tables = {"embedding": (told[0][0], told[1][0]), "thumbnail": (blind[0][0], blind[1][0])}
    return probe_source(tables, (told[0][1], told[1][1]), (told[0][2], told[1][2]), 200, 5)


def test_an_embedding_that_holds_the_source_is_found_out_and_one_that_does_not_is_at_chance():
    found = probe()
    assert found.chance == pytest.approx(1 / 3)
    assert found.embedding.low == pytest.approx(0.025 ** (1 / 20))  # 20 patients of the scarcest source, all right
    assert found.thumbnail.value == pytest.approx(1 / 3, abs=0.15)
    assert found.thumbnail.low < 1 / 3 < found.thumbnail.high
    assert (found.sources, found.images, found.left_out) == (("a", "b", "c"), 60, 0)


def test_test_images_of_a_source_that_eval_lacks_are_left_out():
    found = probe(("a", "b") * 30, tested=["a", "b", "z"] * 20)
    assert (found.sources, found.images, found.left_out, found.chance) == (("a", "b"), 40, 20, 0.5)
    assert found.embedding.value > 0.85


def test_of_one_source_nothing_is_said():
    found = probe(("a",) * 30)
    assert found.chance is None
    assert (found.embedding.value, found.embedding.why_none) == (None, ONE_SOURCE)
    strangers = probe(("a",) * 30, tested=["a", "b"] * 15)
    assert strangers.embedding.why_none == "eval and test share fewer than two sources"


def test_a_rare_source_weighs_as_much_as_a_frequent_one():
    # Always answering the frequent one would be right for 9 of 10 images, and is chance.
    found = probe(("a",) * 54 + ("b",) * 6)
    assert found.thumbnail.value < 0.8
