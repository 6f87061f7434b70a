from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from components.ingest.duplicates import CopyCandidate
from components.ingest.duplicates import join_copies as join_pairs


class Image(CopyCandidate):
    """A candidate that says of which set of copies it is."""

    __slots__ = ("pixels",)


def image(name, group, pixels, label="normal"):
    made = Image(name, group, label)
    object.__setattr__(made, "pixels", pixels)
    return made


def join_copies(images, places, known):
    sets = defaultdict(list)
    for index, one in enumerate(images):
        sets[one.pixels].append(index)
    return join_pairs(images, [(same[0], other) for same in sets.values() for other in same[1:]], places, known)


def test_copies_join_their_patients():
    grouping = join_copies([image("1", "b", "x"), image("2", "a", "x"), image("3", "c", "y")], {}, ())
    assert grouping.group_of == {"a": "a", "b": "a", "c": "c"}
    assert (grouping.copies, grouping.ties, grouping.conflicts) == (1, [], {})
    assert (grouping.sets, grouping.largest_set) == (1, 2)


def test_joining_passes_on():
    images = [image("1", "a", "x"), image("2", "b", "x"), image("3", "b", "y"), image("4", "c", "y")]
    assert set(join_copies(images, {}, ()).group_of.values()) == {"a"}


def test_copies_of_one_patient_are_counted_and_change_nothing():
    grouping = join_copies([image("1", "a", "x"), image("2", "a", "x"), image("3", "a", "x")], {}, ())
    assert grouping.group_of == {"a": "a"}
    assert grouping.copies == 2


def test_copies_with_several_labels_are_all_left_out_and_their_patients_are_one():
    images = [image("1", "b", "x"), image("2", "a", "x", "pneumonia"), image("3", "c", "x"), image("4", "d", "y")]
    grouping = join_copies(images, {}, ())
    assert grouping.conflicts == {"1": "2", "2": "1", "3": "2"}
    assert grouping.group_of == {"a": "a", "b": "a", "c": "a", "d": "d"}, "whoever is right, they are one person"


def test_copies_of_copies_are_copies():
    images = [image("1", "a", "x"), image("2", "b", "y"), image("3", "c", "z")]
    assert set(join_pairs(images, [(1, 2), (0, 1)], {}, ()).group_of.values()) == {"a"}


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


def test_a_new_patient_between_two_splits_is_left_out_altogether():
    images = [image("a1", "a", "x"), image("n1", "n", "x"), image("n2", "n", "y"), image("n3", "n", "z"), image("b1", "b", "y")]
    grouping = join_copies(images, {"a": "train", "b": "test"}, {"a1", "b1"})
    assert grouping.ties == ["n1", "n2", "n3"]
    assert grouping.group_of == {"a": "a", "n": "n", "b": "b"}


def test_an_old_patient_keeps_the_images_that_tie_nothing():
    images = [image("a1", "a", "x"), image("b1", "b", "y"), image("b2", "b", "x")]
    grouping = join_copies(images, {"a": "train", "b": "test"}, {"a1", "b1"})
    assert grouping.ties == ["b2"]


def test_an_image_of_an_earlier_run_contradicts_no_class_and_binds_its_copies():
    images = [image("old", "a", "x", ""), image("new", "n", "x", "pneumonia")]
    grouping = join_copies(images, {"a": "test"}, {"old"})
    assert (grouping.conflicts, grouping.ties) == ({}, [])
    assert grouping.group_of == {"a": "a", "n": "a"}


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
        if one.id not in grouping.ties and one.id not in grouping.conflicts:
            joined = grouping.group_of[one.patient_group]
            assert groups_of_pixels.setdefault(one.pixels, joined) == joined
    shuffled = list(images)
    random.shuffle(shuffled)
    assert join_copies(shuffled, splits, known) == grouping
