import numpy as np
import pytest

from components.trainer.config import TrainerConfig
from components.trainer.objective import make_loss

TRUTH = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
SAID = np.array([[0.8, 0.2], [0.6, 0.4]], np.float32)


def loss(positive_weights=None, truth=TRUTH, said=SAID, **settings):
    return np.array(make_loss(TrainerConfig(**settings), positive_weights).call(truth, said))


def test_cross_entropy_by_hand():
    np.testing.assert_allclose(loss(balance="none"), -np.log([0.8, 0.4]), rtol=1e-5)


def test_the_focal_loss_hardly_counts_what_is_known_well():
    expected = [-(0.2**2) * np.log(0.8), -(0.6**2) * np.log(0.4)]
    np.testing.assert_allclose(loss(balance="focal", focal_gamma=2.0), expected, rtol=1e-5)
    np.testing.assert_allclose(loss(balance="focal", focal_gamma=0.0), loss(balance="none"), rtol=1e-5)


def test_positives_are_weighed_in_the_loss_of_findings():
    settings = {"task": "multilabel", "objective": "auc"}
    plain = loss(**settings, balance="none")
    np.testing.assert_allclose(plain, [-np.log(0.8), -(np.log(0.4) + np.log(0.4)) / 2], rtol=1e-5)
    weighed = loss([3.0, 2.0], **settings, balance="class_weight")
    np.testing.assert_allclose(weighed, [-(3 * np.log(0.8) + np.log(0.8)) / 2, -(np.log(0.4) + 2 * np.log(0.4)) / 2], rtol=1e-5)
    np.testing.assert_allclose(loss([1.0, 1.0], **settings, balance="class_weight"), plain, rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"mixup": 0.2, "metadata": True}, "mixup"),
        ({"mixup": 0.2, "robust": {"method": "group_dro"}}, "mixup"),
        ({"task": "multilabel", "objective": "auc", "balance": "source_class"}, "source_class"),
        ({"task": "multilabel"}, "objective auc"),
    ],
)
def test_what_does_not_go_together_is_refused(settings, reason):
    with pytest.raises(ValueError, match=reason):
        TrainerConfig(**settings)
