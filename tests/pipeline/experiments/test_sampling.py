import numpy as np
import pytest
from sklearn import metrics

from components.evaluator.intervals import resample
from pipeline.experiments.metric import parse_metric
from pipeline.experiments.pooling import Answers
from pipeline.experiments.result import NOT_STATED
from pipeline.experiments.sampling import Sampler

CLASSES = ("normal", "pneumonia", "covid19")


@pytest.fixture(scope="module")
def answers() -> Answers:
    generator = np.random.default_rng(4)
    label = generator.integers(0, 3, 150)
    # covid19 and normal share no source.
    source = np.where(label == 2, "cohen", np.where(label == 0, "guangzhou", generator.choice(["cohen", "guangzhou"], 150)))
    scores = generator.dirichlet([1, 1, 1], 150)
    return Answers(("eval",), ("o",), np.zeros(150, int), np.arange(150) // 2, label, source, scores)


def expected(text: str, answers: Answers, weights: np.ndarray) -> float:
    label, scores, source = answers.label, answers.probabilities, answers.source
    top = scores.argmax(axis=1)
    area = metrics.roc_auc_score
    one_two = np.isin(label, (0, 1))
    at = one_two & (source == "guangzhou")
    share = scores[:, 1] / (scores[:, 1] + scores[:, 0])
    covid_normal = np.isin(label, (0, 2))
    return {
        "accuracy": lambda: metrics.accuracy_score(label, top, sample_weight=weights),
        "accuracy@cohen": lambda: np.average((top == label)[source == "cohen"], weights=weights[source == "cohen"]),
        "macro_recall": lambda: metrics.balanced_accuracy_score(label, top, sample_weight=weights),
        "auc": lambda: np.mean([area(label == place, scores[:, place], sample_weight=weights) for place in range(3)]),
        "auc[covid19]": lambda: area(label == 2, scores[:, 2], sample_weight=weights),
        "recall[covid19]": lambda: np.average((top == 2)[label == 2], weights=weights[label == 2]),
        "auc[pneumonia,normal]": lambda: area(label[one_two] == 1, share[one_two], sample_weight=weights[one_two]),
        "auc[pneumonia,normal]@guangzhou": lambda: area(label[at] == 1, share[at], sample_weight=weights[at]),
        # The only source with both.
        "within_source_auc[pneumonia,normal]": lambda: area(label[at] == 1, share[at], sample_weight=weights[at]),
        "called[covid19]@guangzhou": lambda: np.average((top == 2)[source == "guangzhou"], weights=weights[source == "guangzhou"]),
        "called[covid19]": lambda: np.average(top == 2, weights=weights),
        "binary_accuracy[covid19,normal]": lambda: np.average(
            ((scores[:, 2] > scores[:, 0]) == (label == 2))[covid_normal], weights=weights[covid_normal]
        ),
    }[text]()


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("accuracy", lambda a: np.ones(150, bool)),
        ("accuracy@cohen", lambda a: a.source == "cohen"),
        ("macro_recall", lambda a: np.ones(150, bool)),
        ("auc", lambda a: np.ones(150, bool)),
        ("auc[covid19]", lambda a: np.ones(150, bool)),
        ("recall[covid19]", lambda a: a.label == 2),
        ("auc[pneumonia,normal]", lambda a: a.label != 2),
        ("auc[pneumonia,normal]@guangzhou", lambda a: (a.label != 2) & (a.source == "guangzhou")),
        ("within_source_auc[pneumonia,normal]", lambda a: (a.label != 2) & (a.source == "guangzhou")),
        ("called[covid19]@guangzhou", lambda a: a.source == "guangzhou"),
        ("called[covid19]", lambda a: np.ones(150, bool)),
        ("binary_accuracy[covid19,normal]", lambda a: a.label != 1),
    ],
)
def test_each_metric_is_that_of_an_independent_computation(answers: Answers, text: str, images) -> None:
    resampling = resample(answers.group, draws=3, seed=0)
    sampler = Sampler(answers, CLASSES, resampling)
    sampled = sampler.sample(parse_metric(text))
    for draw in range(4):
        assert sampled.values[draw] == pytest.approx(expected(text, answers, resampling.counts[resampling.index, draw])), draw
    np.testing.assert_array_equal(sampler.images(parse_metric(text)), images(answers))


@pytest.mark.parametrize("text", ["auc[pneumonia,normal]", "auc[covid19]", "auc", "within_source_auc[pneumonia,normal]"])
def test_an_auc_over_folds_ranks_within_folds(answers: Answers, text: str) -> None:
    # The networks of three folds, of scales that differ: what they rank is not touched by it.
    part = np.arange(150) // 2 % 3
    factors = np.array([[1.0, 1.0, 1.0], [1.0, 9.0, 1.0], [5.0, 1.0, 3.0]])[part]
    folds = tuple(f"fold {place} by patient" for place in range(3))
    scaled = answers.probabilities * factors
    pooled = Answers(folds, ("o",) * 3, part, answers.group, answers.label, answers.source, scaled)
    sampled = Sampler(pooled, CLASSES, resample(answers.group, 3)).sample(parse_metric(text))
    counts = resample(answers.group, 3).counts
    pairs = {"auc": [((0,), (1, 2)), ((1,), (0, 2)), ((2,), (0, 1))], "auc[covid19]": [((2,), (0, 1))]}.get(text, [((1,), (0,))])
    strata = part if not text.startswith("within") else np.where(answers.source == "guangzhou", part, part + 3)
    for draw in range(4):
        areas = []
        for ones, others in pairs:
            inside = np.isin(answers.label, ones + others)
            score = scaled[:, 1] / (scaled[:, 0] + scaled[:, 1]) if len(ones + others) == 2 else scaled[:, ones[0]]
            weights = counts[np.arange(150) // 2, draw]
            found = []
            for fold in np.unique(strata):
                where = inside & (strata == fold)
                first = np.isin(answers.label[where], ones)
                if first.any() and not first.all():
                    area = metrics.roc_auc_score(first, score[where], sample_weight=weights[where])
                    found.append((area, weights[where][first].sum() * weights[where][~first].sum()))
            values, pairs_of_fold = np.transpose(found)
            areas.append(np.average(values, weights=pairs_of_fold))
        assert sampled.values[draw] == pytest.approx(np.mean(areas)), draw


def test_a_fold_without_one_of_the_classes_has_no_part_in_an_auc(answers: Answers) -> None:
    folds = ("fold 0 by image", "fold 1 by image")
    part = (answers.label == 2).astype(int)
    sampler = Sampler(
        Answers(folds, ("o", "o"), part, answers.group, answers.label, answers.source, answers.probabilities),
        CLASSES,
        resample(answers.group, 3),
    )
    assert sampler.sample(parse_metric("auc[covid19,normal]")) == "not identifiable from this data"
    assert not sampler.images(parse_metric("auc[covid19,normal]")).any()
    np.testing.assert_array_equal(sampler.images(parse_metric("auc[pneumonia,normal]")), answers.label != 2)


def test_what_the_sources_confound_is_not_identifiable(answers: Answers) -> None:
    sampler = Sampler(answers, CLASSES, resample(answers.group, 10))
    assert sampler.sample(parse_metric("within_source_auc[covid19,normal]")) == "not identifiable from this data"
    assert sampler.sample(parse_metric("auc[covid19,normal]@cohen")) == "not identifiable from this data"
    assert sampler.sample(parse_metric("accuracy@nih")) == "no image of nih"


def test_equal_probabilities_are_answered_as_by_argmax() -> None:
    scores = np.array([[0.2, 0.2, 0.6]] * 3)
    answers = Answers(("eval",), ("o",), np.zeros(3, int), np.arange(3), np.array([0, 0, 1]), np.array(["a"] * 3), scores)
    sampler = Sampler(answers, CLASSES, resample(answers.group, 1))
    for text in ("binary_accuracy[normal,pneumonia]", "binary_accuracy[pneumonia,normal]"):
        assert sampler.sample(parse_metric(text)).values[0] == pytest.approx(2 / 3)


def test_findings_count_only_where_they_are_stated() -> None:
    generator = np.random.default_rng(5)
    label = generator.integers(-1, 2, (80, 3))
    # The third finding is never present, and takes no part.
    label[:, 2] = np.minimum(label[:, 2], 0)
    scores = generator.random((80, 3))
    answers = Answers(("eval",), ("o",), np.zeros(80, int), np.arange(80), label, np.full(80, "nih"), scores)
    sampler = Sampler(answers, ("effusion", "mass", "hernia"), resample(answers.group, 2))
    areas = [metrics.roc_auc_score(label[label[:, c] >= 0, c], scores[label[:, c] >= 0, c]) for c in (0, 1)]
    assert sampler.sample(parse_metric("auc[mass]")).values[0] == pytest.approx(areas[1])
    assert sampler.sample(parse_metric("auc")).values[0] == pytest.approx(np.mean(areas))
    assert sampler.sample(parse_metric("auc[hernia]")) == "not identifiable from this data"
    np.testing.assert_array_equal(sampler.images(parse_metric("auc[mass]")), label[:, 1] >= 0)


def test_a_mean_over_findings_leaves_out_those_of_few_patients() -> None:
    generator = np.random.default_rng(6)
    label = np.zeros((60, 4), np.int64)
    # 30 patients of two images: 10 have the first, 9 the second (9 patients, 18 images), 25 the third; the fourth is not stated of most.
    label[:20, 0], label[:18, 1], label[:50, 2], label[12:, 3] = 1, 1, 1, NOT_STATED
    label[:6, 3] = 1
    scores = generator.random((60, 4))
    answers = Answers(("test",), ("o",), np.zeros(60, int), np.arange(60) // 2, label, np.full(60, "nih"), scores)
    names = ("effusion", "mass", "nodule", "hernia")
    sampler = Sampler(answers, names, resample(answers.group, 2))
    assert sampler.sample(parse_metric("auc")).values[0] == pytest.approx(metrics.roc_auc_score(label[:, 0], scores[:, 0]))
    assert sampler.remark(parse_metric("auc")) == (
        "averages 1 of 4 findings: effusion; left out, with fewer than 10 patients: "
        "mass (9 positive), nodule (5 negative), hernia (3 positive)"
    )
    assert sampler.remark(parse_metric("auc[mass]")) == ""
    rare = Sampler(answers, names, resample(answers.group, 2))
    rare._answers.label[:2, 0] = 0
    assert rare.sample(parse_metric("auc")) == "no finding that 10 patients have and 10 have not"
    assert rare.remark(parse_metric("auc")).startswith("averages 0 of 4 findings; left out")
    assert not rare.images(parse_metric("auc")).any()
