from components.reporter.comparison.configuration import ABSENT, Both, both, flatten


def test_a_tree_becomes_dotted_keys() -> None:
    tree = {
        "seed": 7,
        "gate": {"thresholds": [{"metric": "accuracy", "slice": {}}], "min_images": None},
        "classes": ["a", "b"],
        "layer": "",
    }
    assert flatten(tree) == {
        "seed": "7",
        "gate.thresholds.1.metric": "accuracy",
        "gate.thresholds.1.slice": "{}",
        "gate.min_images": "null",
        "classes": '["a", "b"]',
        "layer": '""',
    }


def test_no_path_is_told() -> None:
    assert flatten({"weights": "/home/someone/model.keras", "list": ["/home/someone/x"]}) == {"weights": "[path]", "list": '["[path]"]'}


def test_what_one_lacks_is_said() -> None:
    rows = both({"a": "1", "b": "2"}, {"b": "2", "c": "3"})
    assert rows == (Both("a", "1", ABSENT), Both("b", "2", "2"), Both("c", ABSENT, "3"))
    assert [row.differs for row in rows] == [True, False, True]
