import sys
import zipfile

import keras
import numpy as np
import pytest

from components.base.errors import UsageError, UserError
from components.trainer.architectures import own_cnn
from components.trainer.network import NetworkSpec, body_layers
from components.trainer.networks import architecture, build_network

PARAMETERS = {**own_cnn.DEFAULTS, "stages": 2, "width": 4}
SPEC = NetworkSpec(32, 3, seed=1)


def body_weights(model):
    return [weight for layer in body_layers(model) for weight in layer.get_weights()]


def differ(ones, twos):
    return [not np.array_equal(one, two) for one, two in zip(ones, twos, strict=True)]


@pytest.fixture
def trained(tmp_path):
    """A multilabel network with other weights in every layer, and its file."""
    model = own_cnn.build(PARAMETERS, NetworkSpec(48, 14, seed=9, task="multilabel", metadata=True))
    random = np.random.default_rng(3)
    model.set_weights([random.uniform(0.5, 1.5, weight.shape) for weight in model.get_weights()])
    model.save(tmp_path / "model.keras")
    return model, tmp_path / "model.keras"


def test_an_architecture_is_found_by_its_name_and_no_other_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "components.trainer.architectures.vgg19", raising=False)
    assert architecture("own_cnn") is own_cnn
    assert "components.trainer.architectures.vgg19" not in sys.modules
    assert architecture("vgg19").PRETRAINED


def test_an_unknown_architecture_names_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'densenet121'"):
        architecture("densenet-121")
    with pytest.raises(UsageError, match="there are: own_cnn, dark_covid_net"):
        architecture("zzz")


def test_without_weights_it_is_what_the_architecture_builds():
    network = build_network("own_cnn", PARAMETERS, SPEC)
    assert network.layers_taken == 0
    assert not any(differ(network.model.get_weights(), own_cnn.build(PARAMETERS, SPEC).get_weights()))


def test_a_multiclass_network_starts_from_a_multilabel_one(trained):
    model, path = trained
    network = build_network("own_cnn", PARAMETERS, SPEC, str(path))
    assert not any(differ(body_weights(network.model), body_weights(model)))
    assert network.layers_taken == network.layer_count == len([layer for layer in body_layers(model) if layer.weights])
    fresh = own_cnn.build(PARAMETERS, SPEC).get_layer("logits").get_weights()
    assert not any(differ(network.model.get_layer("logits").get_weights(), fresh))
    assert network.model.output_shape == (None, 3)


def test_layers_of_another_shape_stay_new(trained):
    _, path = trained
    deeper = {**PARAMETERS, "stages": 3}
    network = build_network("own_cnn", deeper, SPEC, str(path))
    assert 0 < network.layers_taken < network.layer_count
    changed = differ(body_weights(network.model), body_weights(own_cnn.build(deeper, SPEC)))
    assert any(changed)
    assert not all(changed)


def test_imagenet_weights_are_refused_where_there_are_none():
    for name in ("own_cnn", "dark_covid_net", "covid_net"):
        with pytest.raises(UsageError, match=f"{name} has no ImageNet weights"):
            build_network(name, PARAMETERS, SPEC, "imagenet")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"absent\.keras: no such model\.keras"):
        build_network("own_cnn", PARAMETERS, SPEC, str(tmp_path / "absent.keras"))


def test_another_format_is_refused_since_it_could_bring_code(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(UserError, match=r"model\.h5: no such model\.keras"):
        build_network("own_cnn", PARAMETERS, SPEC, str(path))


@pytest.mark.parametrize("damage", ["noise", "empty archive"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "model.keras"
    if damage == "noise":
        path.write_bytes(b"noise" * 100)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("nothing", "")
    with pytest.raises(UserError, match=r"model\.keras: cannot be read") as caught:
        build_network("own_cnn", PARAMETERS, SPEC, str(path))
    assert "\n" not in str(caught.value)


def test_code_in_a_file_is_not_run(tmp_path):
    image = keras.Input([32, 32, 1])
    keras.Model(image, keras.layers.Lambda(lambda x: x * 2)(image)).save(tmp_path / "model.keras")
    with pytest.raises(UserError, match=r"model\.keras: cannot be read"):
        build_network("own_cnn", PARAMETERS, SPEC, str(tmp_path / "model.keras"))


def test_a_model_of_another_kind_fits_nowhere(tmp_path):
    image = keras.Input([32, 32, 1])
    keras.Model(image, keras.layers.Conv2D(2, 3, name="unknown")(image), name="stranger").save(tmp_path / "model.keras")
    with pytest.raises(UserError, match=r"no layer of this stranger fits own_cnn"):
        build_network("own_cnn", PARAMETERS, SPEC, str(tmp_path / "model.keras"))
