import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evaluator.slices import make_row
from components.reporter import formats
from components.reporter.redact import without_paths


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "n/a"), (0.42, "0.4 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (192, "3 min 12 s"), (7_500, "2 h 5 min")],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert formats.duration(seconds) == text


def test_numbers() -> None:
    assert formats.score(0.12345) == "0.123"
    assert formats.score(float("nan"), "no score") == "no score"
    assert formats.count(12_345) == "12,345"
    assert formats.plain(0.0003) == "0.0003"
    assert formats.plain("plain") == "plain"
    assert formats.plural(1, "image") == "1 image"
    assert formats.plural(1204, "anomaly", "anomalies") == "1,204 anomalies"
    assert formats.words(["a", "b", "c"]) == "a, b and c"
    assert formats.words(["a"]) == "a"
    assert formats.words([]) == ""


def test_metrics_are_named_as_people_write_them() -> None:
    assert formats.metric_name("macro_auc") == "macro AUC"
    assert formats.metric_name("f1/f1_positive") == "F1 of f1_positive"


def test_what_is_undefined_says_why() -> None:
    one_class = make_row({"source": "a"}, ("normal", "covid19"), [[3, 1], [0, 0]], {})
    assert formats.metric(one_class, "macro_recall") == "n/a (one class)"
    assert formats.metric(one_class, "auc/normal") == "n/a (one class)"
    assert formats.metric(one_class, "recall/normal") == "0.750"
    assert formats.metric(one_class, "recall/covid19") == "n/a (no covid19 image)"
    both = make_row({}, ("normal", "covid19"), [[3, 0], [2, 0]], {})
    assert formats.metric(both, "precision/covid19") == "n/a (covid19 never predicted)"
    assert formats.metric(both, "macro_auc") == "n/a"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("no file /home/ann/x-rays/p 1.png there", "no file [path] 1.png there"),
        ("at '/data/ward/scan.png'", "at '[path]'"),
        ("see ~/data/images, please", "see [path], please"),
        (r"C:\Users\ann\scan.png is bad", "[path] is bad"),
        ("file:///tmp/x", "[path]"),
        ("n/a, 3/4, 2020/01/02, components/trainer/run.py", "n/a, 3/4, 2020/01/02, components/trainer/run.py"),
        ("root: /\nratio: 1/2", "root: /\nratio: 1/2"),
    ],
)
def test_paths_leave_free_text(text: str, clean: str) -> None:
    assert without_paths(text) == clean


@settings(deadline=None)
@given(
    st.lists(st.text("az09_.-", min_size=1, max_size=8), min_size=2, max_size=5).map(lambda names: "/" + "/".join(names)),
    st.sampled_from(["", "in ", "(", "'", "path=", ": "]),
)
def test_no_absolute_path_survives(path: str, before: str) -> None:
    assert path not in without_paths(before + path)
