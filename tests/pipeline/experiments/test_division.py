import numpy as np
import pytest

from components.base.errors import DataRefusedError, UsageError
from pipeline.experiments.division import divisions
from pipeline.experiments.experiment import DivisionConfig


@pytest.fixture
def images():
    """Sixty patients of two images; source a has normal and pneumonia, b has covid19; the last patient of a has a copy in b."""
    groups = np.repeat(np.arange(60), 2)
    sources = np.where(groups < 40, "a", "b")
    labels = np.where(groups >= 40, "covid19", np.where(groups % 2, "pneumonia", "normal"))
    sources[79] = "b"
    splits = np.where(groups % 5 == 0, "test", np.where(groups % 5 == 1, "eval", "train"))
    return groups, labels, sources, splits


def divided(images, **settings):
    return divisions(DivisionConfig(**settings), *images)


def sides(division):
    return [set(rows.tolist()) for rows in (division.train, division.inner_eval, division.judged)]


@pytest.mark.parametrize("by", ["patient", "image"])
def test_each_image_is_judged_once_and_no_row_is_on_two_sides(images, by):
    found = divided(images, kind="folds", folds=4, by=[by])
    assert [division.name for division in found] == [f"fold {number} by {by}" for number in range(4)]
    assert sorted(np.concatenate([division.judged for division in found])) == list(range(120))
    for division in found:
        train, inner, judged = sides(division)
        assert len(train) + len(inner) + len(judged) == len(train | inner | judged) == 120
        assert 0.1 < len(inner) / (len(train) + len(inner)) < 0.2


def test_folds_by_patient_divide_no_patient_and_folds_by_image_do(images):
    groups = images[0]
    straddling = {}
    for by in ("patient", "image"):
        division = divided(images, kind="folds", folds=4, by=[by])[0]
        train, inner, judged = ({groups[row] for row in rows} for rows in sides(division))
        straddling[by] = len(judged & (train | inner)) + len(train & inner)
    assert straddling["patient"] == 0
    assert straddling["image"] > 10


def test_folds_hold_every_class_in_its_share(images):
    labels = images[1]
    for division in divided(images, kind="folds", folds=4, by=["patient"]):
        shares = [(labels[division.judged] == name).mean() for name in ("normal", "pneumonia", "covid19")]
        np.testing.assert_allclose(shares, [1 / 3] * 3, atol=0.1)


def test_both_ways_of_folding_come_one_after_the_other(images):
    names = [division.name for division in divided(images, folds=2, by=["image", "patient"])]
    assert names == ["fold 0 by image", "fold 1 by image", "fold 0 by patient", "fold 1 by patient"]


def test_some_folds_alone_can_be_judged(images):
    some, every = (divided(images, folds=4, judged_folds=count) for count in (2, 0))
    assert [division.name for division in some] == ["fold 0 by patient", "fold 1 by patient"]
    assert (some[1].judged == every[1].judged).all()


def test_a_closed_split_takes_no_part(images):
    splits = images[3]
    found = divided(images, kind="folds", folds=3, within=["train", "eval"])
    for division in [*found, *divided(images, kind="leave_one_source_out", within=["train", "eval"])]:
        for rows in (division.train, division.inner_eval, division.judged):
            assert "test" not in splits[rows]


def test_a_source_that_is_left_out_takes_its_copies_with_it(images):
    groups, _, sources, _ = images
    found = divided(images, kind="leave_one_source_out")
    assert [division.name for division in found] == ["without a", "without b"]
    for division, source in zip(found, "ab", strict=True):
        train, inner, judged = sides(division)
        assert judged == set(np.flatnonzero(sources == source).tolist())
        # Rows 78 and 79 are one patient in two sources: in neither case is it trained on.
        assert not (train | inner) & {78, 79}
        assert not {groups[row] for row in train} & {groups[row] for row in inner}


def test_the_splits_of_the_ingest_can_be_kept(images):
    splits = images[3]
    for judge in ("eval", "test"):
        (division,) = divided(images, kind="splits", judge=judge)
        assert division.name == judge
        assert set(splits[division.train]) == {"train"}
        assert set(splits[division.inner_eval]) == {"eval"}
        assert set(splits[division.judged]) == {judge}


def test_the_same_images_give_the_same_divisions(images):
    first, second = (divided(images, kind="folds", folds=4, seed=seed) for seed in (1, 1))
    other = divided(images, kind="folds", folds=4, seed=2)
    assert all((left.judged == right.judged).all() for left, right in zip(first, second, strict=True))
    assert not all(np.array_equal(left.judged, right.judged) for left, right in zip(first, other, strict=True))


def test_what_cannot_be_divided_is_refused(images):
    with pytest.raises(UsageError, match="'c' is no source"):
        divided(images, kind="leave_one_source_out", sources=["c"])
    groups, labels, sources, splits = images
    with pytest.raises(DataRefusedError, match="there are no images for train"):
        divisions(DivisionConfig(kind="leave_one_source_out"), groups, labels, np.full(120, "a"), splits)
    with pytest.raises(DataRefusedError, match="there are no images for"):
        divisions(DivisionConfig(folds=20), groups[:6], labels[:6], sources[:6], splits[:6])
