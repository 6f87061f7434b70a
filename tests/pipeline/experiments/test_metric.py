import pytest

from components.base.errors import UsageError
from pipeline.experiments.metric import Metric, check_metric, parse_metric


@pytest.mark.parametrize(
    ("text", "kind", "classes", "source", "words"),
    [
        ("accuracy", "accuracy", (), None, "Accuracy"),
        ("macro_recall", "macro_recall", (), None, "Macro recall"),
        ("auc", "auc", (), None, "Macro AUC"),
        ("auc[effusion]", "auc", ("effusion",), None, "AUC of effusion"),
        ("auc[pneumonia,normal]", "auc", ("pneumonia", "normal"), None, "AUC of pneumonia against normal"),
        (
            "auc[pneumonia, normal]@covid-cxnet",
            "auc",
            ("pneumonia", "normal"),
            "covid-cxnet",
            "AUC of pneumonia against normal at covid-cxnet",
        ),
        ("called[covid19]@kermany", "called", ("covid19",), "kermany", "Share of images called covid19 at kermany"),
        ("within_source_auc[a,b]", "within_source_auc", ("a", "b"), None, "AUC of a against b within sources"),
        ("binary_accuracy[covid19,normal]", "binary_accuracy", ("covid19", "normal"), None, "Accuracy on covid19 and normal alone"),
    ],
)
def test_names_are_read(text: str, kind: str, classes: tuple[str, ...], source: str | None, words: str) -> None:
    metric = parse_metric(text)
    assert (metric.kind, metric.classes, metric.source, metric.words, metric.text) == (kind, classes, source, words, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("acuracy", "no metric 'acuracy'; did you mean 'accuracy'?"),
        ("acc", "no metric 'acc'; did you mean 'accuracy'?"),
        ("loss", "there are accuracy, macro_recall"),
        ("auc[a,b,c]", "auc takes 0 or 1 or 2 classes"),
        ("called", "called takes 1 class in brackets"),
        ("accuracy[normal]", "accuracy takes 0 classes"),
        ("binary_accuracy[a,]", "binary_accuracy takes 2 classes"),
        ("auc[a,a]", "two different classes"),
        ("auc[a", "write it as in accuracy"),
        ("", "write it as in accuracy"),
        ("accuracy@", "write it as in accuracy"),
        ("within_source_auc[a,b]@x", "for one of them write auc[a,b]@x"),
    ],
)
def test_mistakes_are_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_metric(text)
    assert message in str(caught.value)


def test_classes_and_sources_must_exist() -> None:
    classes, sources = ("normal", "covid19"), ("kermany_guangzhou", "cohen")
    check_metric(parse_metric("auc[covid19,normal]@cohen"), "multiclass", classes, sources)
    with pytest.raises(UsageError, match="no class 'covid'; did you mean 'covid19'"):
        check_metric(parse_metric("called[covid]"), "multiclass", classes, sources)
    with pytest.raises(UsageError, match="no images of source 'kermany'; did you mean 'kermany_guangzhou'"):
        check_metric(parse_metric("accuracy@kermany"), "multiclass", classes, sources)


@pytest.mark.parametrize("text", ["accuracy", "auc[normal,covid19]", "called[covid19]"])
def test_findings_have_areas_only(text: str) -> None:
    with pytest.raises(UsageError, match=r"a multilabel task has auc and auc\[FINDING\]"):
        check_metric(parse_metric(text), "multilabel", ("normal", "covid19"), ())
    check_metric(Metric("auc", "auc"), "multilabel", ("normal",), ())
