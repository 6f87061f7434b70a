import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((0.5, "0.500"), (0, "0.000"), (1.0, "1.000"), (0.9996, "0.9996"), (0.0001234, "0.0001"), (0.99996, "0.99996")),
        *((0.9999996, "> 0.999999"), (3e-9, "< 0.000001"), (None, "none given")),
    ],
)
def test_what_is_not_certain_is_not_written_as_0_or_1(value: float | None, text: str) -> None:
    assert formats.uncertain(value, "none given") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((float(np.float32(0.50989)), "0.50989"), (0.5, "0.5"), (0.0, "0"), (None, "none")),
        *((float(np.float32(1) - np.float32(2**-24)), "0.99999994"), (1.0, "1"), (float(np.float32(3e-6)), "3e-06")),
        # 0.7 would lie above the score that is nearest to it.
        (float(np.float32(0.7)), "0.69999998"),
    ],
)
def test_thresholds_have_the_digits_that_they_need(value: float | None, text: str) -> None:
    assert formats.threshold(value) == text


@settings(deadline=None)
@given(st.floats(0, 1, width=32), st.booleans())
def test_a_written_threshold_calls_the_same_images_positive(score: float, above: bool) -> None:
    # For a sensitivity a threshold is a score, for a specificity it lies just above one.
    meant = float(np.nextafter(np.float64(score), np.inf)) if above else score
    written = float(formats.threshold(meant))
    single = np.float32(score)
    for seen in (np.nextafter(single, np.float32(-1)), single, np.nextafter(single, np.float32(2))):
        assert (float(seen) >= written) == (seen >= np.float32(written)) == (float(seen) >= meant)


def test_names_may_break_after_underscores_and_inner_dots() -> None:
    assert formats.breakable("phantom_site_a, x < 0.5") == "phantom_<wbr>site_<wbr>a, x &lt; 0.5"
    assert formats.breakable("trainer.batch_size") == "trainer.<wbr>batch_<wbr>size"


def test_metrics_are_named_as_people_write_them() -> None:
    assert formats.metric_name("macro_auc") == "macro AUC"
    assert formats.metric_name("f1/f1_positive") == "F1 of f1_positive"
    assert formats.metric_name("within_source") == "AUC within sources"
    assert formats.metric_name("within_source_auc/a_b/c") == "AUC of a_b or c within sources"


@pytest.mark.parametrize(
    ("kind", "value", "bound", "shown"),
    [
        ("value", 0.5, 0.25, ("threshold", "0.500", "at least 0.250")),
        ("change", None, 0.02, ("against the last blessed model", "undefined", "drop of at most 0.020")),
        ("images", 1200.0, 1500.0, ("size of the test split", "1,200", "at least 1,500 images")),
        ("excess", -0.01, 0.02, ("excess over every floor", "-0.010", "lower end at least 0.020")),
        ("excess_within_source", 0.1, 0.02, ("excess over every floor, within sources", "0.100", "lower end at least 0.020")),
        ("interval", 0.3, 0.2, ("width of the interval", "0.300", "at most 0.200 wide")),
        ("of_later", 0.3, 0.2, ("of later", "0.300", "at least 0.200")),
    ],
)
def test_checks_of_every_kind(kind: str, value: float | None, bound: float, shown: tuple[str, str, str]) -> None:
    assert (formats.check_kind(kind), formats.check_value(kind, value), formats.check_bound(kind, bound)) == shown


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
