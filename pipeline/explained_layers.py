"""Refuse the name of a layer that no network of a run can have, before anything is trained."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from components.base.errors import UsageError
from pipeline.config import Config


def check_layers(config: Config) -> None:
    """Look for the layers that `explainer.gradcam.layer` and `explainer.ace.layer` name.

    Of another architecture than own_cnn the network is known. Of own_cnn the search decides: a name is refused that no candidate has;
    one that some of them have is found missing by the explainer, where the search chooses another.

    Raises:
      UsageError: there is no such layer, the message naming the nearest; or it has no feature maps.
    """
    settings = {f"explainer.{name}.layer": getattr(config.explainer, name).layer for name in ("gradcam", "ace")}
    named = {setting: layer for setting, layer in settings.items() if layer not in ("", "earlier")}
    if not named:
        return
    # Keras takes seconds to import, and few configurations name a layer.
    from components.explainer.feature_maps import feature_layer, flat_graph

    missing: dict[str, UsageError] = {}
    found = set()
    for network in _networks(config):
        graph = flat_graph(network)
        for setting, layer in named.items():
            try:
                feature_layer(graph, layer, setting)
                found.add(setting)
            except UsageError as error:
                missing[setting] = error
    for setting, fault in missing.items():
        if setting not in found:
            raise fault


def _networks(config: Config) -> Iterator[Any]:
    """Build the networks whose layers' names are those of all candidates of the search."""
    from components.trainer.network import NetworkSpec
    from components.trainer.networks import architecture, build_network
    from tuning.space import dimensions

    name, fixed = config.trainer.architecture, config.trainer.parameters
    spec = NetworkSpec(
        config.transform.image_px, len(config.data.class_map.names), config.seed, config.trainer.task, config.trainer.metadata
    )
    searched = dimensions(config.tuning, config.trainer)
    # A deeper network has all the names of a shallower one, and what is no part of the shape changes no name.
    choices: dict[str, list[Any]] = {key: [max(searched[key])] for key in ("stages", "blocks") if key in searched}
    choices |= {key: searched[key] for key in ("block", "squeeze_excitation", "normalisation", "pooling") if key in searched}
    for values in product(*choices.values()):
        parameters = {**architecture(name).DEFAULTS, **dict(zip(choices, values, strict=True)), **fixed}
        yield build_network(name, parameters, spec).model
