import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from components.evaluator.assessment import SliceFigures
from components.evaluator.figures import figure
from components.evaluator.intervals import NO_SPREAD, Sampled, resample
from components.evaluator.slice_figures import measure_slices
from components.evaluator.slicing import Slice, make_slices
from components.predictions.table import Predictions

CLASSES = ("normal", "pneumonia", "covid19")


@pytest.fixture(scope="module")
def slices(table: Predictions) -> list[Slice]:
    return make_slices(table, [("source",), ("label",), ("sex",)])


@pytest.fixture(scope="module")
def found(table: Predictions, slices: list[Slice]) -> list[SliceFigures]:
    draws = resample(table.group, draws=200, seed=3)
    return measure_slices(table.label_index, table.probabilities, CLASSES, table.source, draws, slices)


def test_values_are_those_of_scikit_learn(table: Predictions, slices: list[Slice], found: list[SliceFigures]) -> None:
    for part, row in zip(slices, found, strict=True):
        labels, scores = table.label_index[part.mask], table.probabilities[part.mask].astype(float)
        answers, present = scores.argmax(axis=1), np.unique(labels)
        assert (row.n, row.patients) == (len(labels), len(np.unique(table.group[part.mask])))
        assert row.confusion == metrics.confusion_matrix(labels, answers, labels=[0, 1, 2]).tolist()
        assert row.class_counts == {name: int((labels == place).sum()) for place, name in enumerate(CLASSES)}
        expected = {"accuracy": metrics.accuracy_score(labels, answers)}
        for place in present:
            expected[f"recall/{CLASSES[place]}"] = metrics.recall_score(labels == place, answers == place)
        if len(present) > 1:
            expected["macro_recall"] = metrics.recall_score(labels, answers, labels=present, average="macro")
            expected["macro_f1"] = metrics.f1_score(labels, answers, labels=present, average="macro")
            for place in present:
                name, positive = CLASSES[place], labels == place
                expected[f"precision/{name}"] = metrics.precision_score(positive, answers == place)
                expected[f"specificity/{name}"] = metrics.recall_score(~positive, answers != place)
                expected[f"auc/{name}"] = metrics.roc_auc_score(positive, scores[:, place])
                expected[f"average_precision/{name}"] = metrics.average_precision_score(positive, scores[:, place])
        for name, value in expected.items():
            assert row.metrics[name].value == pytest.approx(value), (part.where, name)


def test_what_is_undefined_says_why(found: list[SliceFigures]) -> None:
    cohen = next(row for row in found if row.slice == {"source": "cohen"})
    assert cohen.metrics["auc/covid19"].note == cohen.metrics["macro_f1"].note == "n/a (one class)"
    assert cohen.metrics["recall/normal"].note == "n/a (no normal image)"
    assert cohen.metrics["within_source_auc/normal/covid19"].note == "n/a (not identifiable from this data)"
    assert cohen.confusion_shares[0][2].note == "n/a (no normal image)"
    assert cohen.confusion_shares[2][2] == cohen.metrics["recall/covid19"] == cohen.metrics["accuracy"]
    for row in found:
        for shown in row.metrics.values():
            assert (shown.value is None) == shown.note.startswith("n/a (")


def test_pairs_within_sources_come_first_and_leave_out_what_crosses_them(table: Predictions, found: list[SliceFigures]) -> None:
    assert list(found[0].metrics)[:4] == [
        *("within_source_auc/normal/pneumonia", "within_source_auc/normal/covid19", "within_source_auc/pneumonia/covid19", "accuracy")
    ]
    areas, weights = [], []
    for source in ("nih", "rsna"):
        inside = table.source == source
        first = table.label_index[inside] == 0
        share = table.probabilities[inside, 0] / table.probabilities[inside, :2].sum(axis=1)
        areas.append(metrics.roc_auc_score(first, share))
        weights.append(first.sum() * (~first).sum())
    pooled = found[0].metrics["within_source_auc/normal/pneumonia"]
    assert pooled.value == pytest.approx(np.average(areas, weights=weights), abs=1e-6)
    assert pooled.low is not None
    assert pooled.low < pooled.value < pooled.high
    assert found[0].metrics["within_source_auc/normal/covid19"].value is None


@pytest.mark.parametrize(("right", "n"), [(960, 1200), (330, 1100)])
def test_a_share_of_patients_has_the_interval_of_the_closed_form(right: int, n: int) -> None:
    scores = np.where(np.arange(n)[:, None] < right, [[0.9, 0.1, 0]], [[0.1, 0.9, 0]])
    whole = [Slice({}, np.ones(n, np.bool_))]
    [row] = measure_slices(np.zeros(n, int), scores, CLASSES, np.full(n, "a"), resample(np.arange(n), 4000, 2), whole)
    low, high = stats.norm.interval(0.95, right / n, np.sqrt(right / n * (1 - right / n) / n))
    for shown in (row.metrics["accuracy"], row.metrics["recall/normal"], row.confusion_shares[0][0]):
        assert [shown.low, shown.high] == pytest.approx([low, high], abs=0.0025)
    assert row.confusion_shares[0][1].high == pytest.approx(1 - low, abs=0.0025)


def test_where_no_draw_differs_the_bound_is_exact() -> None:
    always = figure(Sampled(np.ones(101), 35, "share"), "")
    expected = stats.binomtest(35, 35).proportion_ci(0.95, method="exact")
    assert (always.value, always.high, always.note) == (1, 1, NO_SPREAD)
    assert always.low == pytest.approx(expected.low)
    never = figure(Sampled(np.zeros(101), 35, "share"), "")
    assert (never.low, never.high) == (0, pytest.approx(1 - expected.low))
    assert figure(Sampled(np.ones(101), 9, "share"), "").note == "fewer than 10 patients"
    half = figure(Sampled(np.full(101, 0.5), 35, "score"), "")
    assert (half.low, half.high) == pytest.approx((expected.low - 0.5, 1.5 - expected.low))
