from hypothesis import given
from hypothesis import strategies as st

from components.ingest.duplicates import Fingerprint, join_copies


def image(name, group, pixels, label="normal"):
    return Fingerprint(name, group, label, pixels)


def test_copies_join_their_patients():
    grouping = join_copies([image("1", "b", "x"), image("2", "a", "x"), image("3", "c", "y")], {}, ())
    assert grouping.group_of == {"a": "a", "b": "a", "c": "c"}
    assert (grouping.copies, grouping.ties, grouping.label_conflicts) == (1, [], 0)


def test_joining_passes_on():
    images = [image("1", "a", "x"), image("2", "b", "x"), image("3", "b", "y"), image("4", "c", "y")]
    assert set(join_copies(images, {}, ()).group_of.values()) == {"a"}


def test_copies_of_one_patient_are_counted_and_change_nothing():
    grouping = join_copies([image("1", "a", "x"), image("2", "a", "x"), image("3", "a", "x")], {}, ())
    assert grouping.group_of == {"a": "a"}
    assert grouping.copies == 2


def test_copies_with_several_labels_are_told():
    assert join_copies([image("1", "a", "x", "normal"), image("2", "b", "x", "pneumonia")], {}, ()).label_conflicts == 1


def test_a_newcomer_joins_a_group_of_the_ledger():
    grouping = join_copies([image("old", "a", "x"), image("new", "b", "x")], {"a": "test"}, {"old"})
    assert grouping.group_of == {"a": "a", "b": "a"}
    assert grouping.ties == []


def test_a_newcomer_that_would_tie_two_splits_is_left_out():
    images = [image("1new", "b", "x"), image("9old", "a", "x"), image("b1", "b", "z")]
    grouping = join_copies(images, {"a": "train", "b": "test"}, {"9old", "b1"})
    assert grouping.ties == ["1new"]
    assert grouping.group_of == {"a": "a", "b": "b"}


def test_two_old_groups_of_one_split_may_join():
    grouping = join_copies([image("1", "a", "x"), image("2", "b", "x")], {"a": "eval", "b": "eval"}, {"1", "2"})
    assert grouping.group_of == {"a": "a", "b": "a"}
    assert grouping.ties == []


def test_a_new_group_between_two_splits_stays_on_one_side():
    images = [image("a1", "a", "x"), image("n1", "n", "x"), image("n2", "n", "y"), image("b1", "b", "y")]
    grouping = join_copies(images, {"a": "train", "b": "test"}, {"a1", "b1"})
    assert grouping.ties == ["n2"]
    assert grouping.group_of == {"a": "a", "n": "a", "b": "b"}


IMAGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), max_size=30).map(
    lambda pairs: [image(f"{index:02d}", f"g{group:02d}", f"p{pixels}") for index, (group, pixels) in enumerate(pairs)]
)
SPLITS = st.dictionaries(st.integers(0, 12).map("g{:02d}".format), st.sampled_from(["train", "eval", "test"]))


@given(IMAGES, SPLITS, st.sets(st.integers(0, 29).map("{:02d}".format)), st.randoms())
def test_no_group_spans_two_splits_and_no_copy_two_groups(images, splits, known, random):
    grouping = join_copies(images, splits, known)
    held = {}
    for group, split in splits.items():
        if group in grouping.group_of:
            assert held.setdefault(grouping.group_of[group], split) == split
    groups_of_pixels = {}
    for one in images:
        if one.id not in grouping.ties:
            joined = grouping.group_of[one.patient_group]
            assert groups_of_pixels.setdefault(one.pixels, joined) == joined
    shuffled = list(images)
    random.shuffle(shuffled)
    assert join_copies(shuffled, splits, known) == grouping
