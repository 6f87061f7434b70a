import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2

from components.base.errors import UsageError
from components.data_gate.absent_slices import refuse_absent_slices
from components.gate.config import ChangeThreshold, GateConfig, ValueThreshold

# Test images: source, sex, ward, and whether the flag is up.
IMAGES = [("nih", "F", "ICU", 0), ("nih", "M", "", 0), ("cohen", "M", "ICU", 0), ("covid_cxnet", "M", "", 1)]
ASKED = ValueThreshold(metric="macro_recall", lower_bound=0.5)


def statistics(images=IMAGES, slices=True):
    """Statistics of a test split as StatisticsGen divides them by source."""
    message = statistics_pb2.DatasetFeatureStatisticsList()
    parts = {"All Examples": images}
    if slices:
        parts |= {f"source_{name}": [image for image in images if image[0] == name] for name in sorted({image[0] for image in images})}
    for name, rows in parts.items():
        dataset = message.datasets.add(name=name, num_examples=len(rows))
        for place, column in enumerate(("source", "sex", "extra/ward")):
            feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.STRING)
            feature.path.step.append(column)
            values = [row[place] for row in rows]
            feature.string_stats.unique = len(set(values))
            for value in sorted(set(values)):
                feature.string_stats.rank_histogram.buckets.add(label=value, sample_count=values.count(value))
        flag = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.INT)
        flag.path.step.append("quality/flat")
        flag.num_stats.min, flag.num_stats.max = min(row[3] for row in rows), max(row[3] for row in rows)
    return message


def check(where, message=None):
    threshold = ValueThreshold(metric="recall/covid19", lower_bound=0.5, slice=where)
    refuse_absent_slices(GateConfig(value_thresholds=(ASKED, threshold)), message or statistics())


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"source": "covid-cxnet"}, "the test split holds no source 'covid-cxnet'; it holds covid_cxnet, cohen, nih"),
        ({"source": "NIHH"}, "the test split holds no source 'NIHH'; it holds nih, cohen, covid_cxnet"),
        ({"sex": "X"}, "the test split holds no sex 'X'; it holds F, M"),
        ({"ward": "icu"}, "the test split holds no ward 'icu'; it holds ICU, not stated"),
        ({"quality/flat": "2"}, "the test split holds no quality/flat '2'; it holds 0, 1"),
        ({"view": "AP"}, "the test split holds no view 'AP'; it holds none"),
        ({"sex": "F", "source": "cohen"}, "source 'cohen' of the test split holds no sex 'F'; it holds M"),
        ({"source": "nih", "quality/flat": "1"}, "source 'nih' of the test split holds no quality/flat '1'; it holds 0"),
    ],
)
def test_a_slice_without_a_test_image_is_refused(where, text):
    with pytest.raises(UsageError) as caught:
        check(where)
    name = ", ".join(f"{feature}={value}" for feature, value in where.items())
    assert str(caught.value) == f"gate.value_thresholds[1] (recall/covid19 of the slice {name}): {text}"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("where", [{}, {"source": "nih"}, {"source": "nih", "sex": "F"}, {"quality/flat": "1"}, {"ward": "not stated"}])
def test_a_slice_with_test_images_is_let_through(where):
    check(where)


def test_thresholds_on_the_change_are_looked_at_too():
    gate = GateConfig(change_thresholds=(ChangeThreshold(metric="accuracy", max_drop=0, slice={"source": "x"}),))
    with pytest.raises(UsageError, match=r"gate\.change_thresholds\[0\] \(accuracy of the slice source=x\): "):
        refuse_absent_slices(gate, statistics())


def test_what_is_not_listed_whole_refuses_nothing():
    message = statistics(slices=False)
    message.datasets[0].features[1].string_stats.unique = 2000
    check({"sex": "X"}, message)


def test_long_lists_are_cut():
    with pytest.raises(UsageError, match=r"it holds s\d+(, s\d+){9} and 20 more$"):
        check({"source": "s"}, statistics([(f"s{number}", "F", "", 0) for number in range(30)]))
