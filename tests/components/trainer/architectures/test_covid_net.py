import keras
import pytest

from components.base.errors import UserError
from components.trainer.architectures import covid_net
from components.trainer.network import NetworkSpec

SPEC = NetworkSpec(64, 3, seed=1)


def test_the_flattened_head_has_the_size_that_is_published():
    """Wang et al. state 117.4 M for COVID-Net CXR-Small; batch normalisation is counted here, and the widths in a block are ours."""
    count = covid_net.count_parameters({**covid_net.DEFAULTS, "head": "flattened"}, NetworkSpec(224, 3, seed=1))
    assert count == 117_573_555
    assert count == pytest.approx(117.4e6, rel=0.002)


def test_sixteen_blocks_stand_in_four_stages_with_long_connections():
    model = covid_net.build(covid_net.DEFAULTS, SPEC)
    blocks = [layer.name for layer in model.layers if isinstance(layer, keras.layers.DepthwiseConv2D)]
    assert [sum(name.startswith(f"pepx{stage}_") for name in blocks) for stage in (1, 2, 3, 4)] == [3, 4, 6, 3]
    # The last block of a stage adds to all blocks before it.
    assert [len(model.get_layer(f"pepx{stage}_{last}_sum").input) for stage, last in enumerate((3, 4, 6, 3), start=1)] == [3, 4, 6, 3]
    widths = [model.get_layer(f"pepx2_2_{part}_conv").filters for part in ("projection", "expansion", "second_projection", "extension")]
    assert widths == [128, 384, 128, 512]
    assert [model.get_layer(f"stage{stage}_pool").output.shape[1] for stage in (1, 2, 3, 4)] == [16, 8, 4, 2]


def test_imagenet_weights_and_unknown_heads_are_refused():
    with pytest.raises(UserError, match="covid_net has no ImageNet weights"):
        covid_net.build(covid_net.DEFAULTS, SPEC, "imagenet")
    with pytest.raises(ValueError, match="pooled, flattened"):
        covid_net.build({**covid_net.DEFAULTS, "head": "round"}, SPEC)
