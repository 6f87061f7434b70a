"""Whether a result that lies there is the one that is wanted, though defaults may have changed since."""

import pytest

from components.base.errors import UsageError
from pipeline.experiments.done import find_result

NOTED = {"seed": 2020, "trainer": {"patience": 8, "robust": {"method": "none"}, "parameters": {"width": 8}}}


@pytest.fixture
def path(tmp_path, make_cell):
    make_cell(identity="1d", configuration=NOTED).save(tmp_path / "one.json")
    return tmp_path / "one.json"


def with_trainer(**changes):
    return {**NOTED, "trainer": {**NOTED["trainer"], **changes}}


def test_a_result_is_found_by_its_identity_and_its_configuration(path):
    assert find_result(path, "1d", NOTED)
    assert not find_result(path.with_name("two.json"), "1d", NOTED)
    with pytest.raises(UsageError, match="other images, another configuration, or other splits"):
        find_result(path, "other", NOTED)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"patience": 10}, r"another configuration: trainer\.patience is 8 there and 10 now"),
        ({"robust": {"method": "group_dro"}}, r"trainer\.robust\.method is 'none' there and 'group_dro' now"),
        ({"parameters": {"width": 9}}, r"trainer\.parameters is \{'width': 8\} there and \{'width': 9\} now"),
    ],
)
def test_a_default_that_changed_is_named_with_both_values(path, changes, reason):
    for identity in ("1d", "other"):
        with pytest.raises(UsageError, match=reason):
            find_result(path, identity, with_trainer(**changes))


def test_a_key_that_only_one_has_changes_nothing(path):
    assert find_result(path, "1d", with_trainer(novelty=0.5))
    assert find_result(path, "1d", {"trainer": {"patience": 8}})


def test_a_result_of_before_configurations_were_noted_is_taken_by_its_identity(tmp_path, make_cell):
    make_cell(identity="1d").save(tmp_path / "old.json")
    assert find_result(tmp_path / "old.json", "1d", with_trainer(patience=10))


def test_the_result_says_what_code_it_is_of(path):
    assert find_result(path, "1d", NOTED).code == "c0de"
