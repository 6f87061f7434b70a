"""Make a model's weights random from the top down, and see whether an explanation notices."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from components.base import progress
from components.explainer.faithfulness.agreement import centred_ranks, correlated
from components.explainer.feature_maps import flat_graph, layer_of
from components.explainer.gradcam import Against, GradCam, Kind
from components.explainer.model_inputs import Floats
from components.explainer.overflow import OverflowedError, check_outputs


@dataclass(frozen=True)
class Remade:
    """A method whose maps are made anew of random networks.

    Attributes:
      trained: float32 [n, height_px, width_px], its maps of the trained network.
      prepare: called once, with the copy whose weights change; what it returns makes the maps of the copy as it then is.
      stages: names of the layers after which it is asked; None for all.
    """

    trained: Floats
    prepare: Callable[[keras.Model], Callable[[], Floats]]
    stages: Collection[str] | None = None


@dataclass(frozen=True)
class StageCorrelations:
    """Rank correlations of a method's maps with those of random networks, at one stage of their cascades.

    Attributes:
      values: float32 [networks, n], range [-1, 1]; NaN where a map has one value everywhere, and all of a network that overflows.
      overflows: bool [networks], where the random network's numbers are not finite, so that there is nothing to compare.
    """

    values: Floats
    overflows: npt.NDArray[np.bool_]


def stage_names(model: keras.Model) -> list[str]:
    """Name the layers with weights, from the logits down to the image: the stages of a cascade."""
    return [operation.name for operation in reversed(flat_graph(model).operations) if getattr(layer_of(operation), "weights", None)]


def cascade(model: keras.Model, seed: int, copy: keras.Model | None = None) -> Iterator[tuple[str, keras.Model]]:
    """Make the layers of a copy random one after the other, from the logits down to the image.

    The cascading randomisation of Adebayo et al. 2018 (arXiv:1810.03292, section 3): an explanation that stays the same does not depend on
    what the model has learned. A layer starts again as it would before training, by its own initialisers. One draw of random
    weights may look where the trained ones do: average over several seeds.

    Args:
      model: as for components.explainer.feature_maps.flat_graph; it is not changed.
      seed: of the new weights.
      copy: made of `model` by an earlier cascade, to be used again from the trained weights on; by default a new one.
    Yields:
      The name of the layer that has just been made random, and the copy so far: the same object at every step, so that
      an explainer that was prepared at the first step sees the later ones. Layers without weights are passed over.
    """
    changed = copy or keras.models.clone_model(model)
    changed.set_weights(model.get_weights())
    for number, operation in enumerate(reversed(flat_graph(changed).operations)):
        layer = layer_of(operation)
        if getattr(layer, "weights", None):
            layer.set_weights(_first_weights(layer, np.random.SeedSequence([seed, number])))
            yield operation.name, changed


def cascade_correlations(model: keras.Model, seeds: Sequence[int], methods: Sequence[Remade]) -> list[dict[str, StageCorrelations]]:
    """Compare the maps of methods with those that they make of one and the same cascade of random networks.

    Args:
      model: trained.
      seeds: of the new weights, one for each random network.
      methods: what to compare.
    Returns:
      For each method, and each of its stages from the logits down, the rank correlations of its maps after this layer and all
      before it were made random.
    """
    copy: keras.Model | None = None
    explainers: list[Callable[[], Floats]] = []
    ranks = [centred_ranks(method.trained) for method in methods]
    found: list[dict[str, list[Floats | None]]] = [{} for _ in methods]
    done, total = 0, len(seeds) * len(stage_names(model))
    for seed in seeds:
        for name, changed in cascade(model, seed, copy):
            copy = changed
            explainers = explainers or [method.prepare(changed) for method in methods]
            for method, explainer, trained, values in zip(methods, explainers, ranks, found, strict=True):
                if method.stages is None or name in method.stages:
                    values.setdefault(name, []).append(_correlations_with(explainer, trained))
            done += 1
            progress.report("explainer", done, total, "random layers, all maps anew")
    return [{name: _stacked(rows, len(trained)) for name, rows in values.items()} for values, trained in zip(found, ranks, strict=True)]


def gradcam_anew(
    trained: Floats,
    images: npt.ArrayLike,
    class_indices: npt.ArrayLike,
    layer: str = "",
    others: Sequence[npt.ArrayLike] = (),
    kind: Kind = "gradcam",
    against: Against = None,
) -> Remade:
    """Make Grad-CAM anew at every stage.

    Args:
      trained: its maps of the trained network, made with the same arguments.
      images: float32 [n, height_px, width_px, channels].
      class_indices: int [n], the class to explain.
      layer: of the feature maps; empty for the default.
      others: what the model's other inputs take.
      kind: as for `GradCam`.
      against: as for `GradCam.maps`.
    """

    def prepare(changed: keras.Model) -> Callable[[], Floats]:
        explainer = GradCam(changed, layer, kind)

        def maps() -> Floats:
            found = explainer.maps(images, class_indices, others=others, against=against)
            if not found.any():
                inputs = [np.asarray(each, np.float32) for each in (images, *others)]
                check_outputs(changed, inputs if others else inputs[0])
            return found

        return maps

    return Remade(trained, prepare)


def _correlations_with(explainer: Callable[[], Floats], trained: npt.NDArray[np.float64]) -> Floats | None:
    """Compare maps with ranks; None where the network that they are of overflows."""
    try:
        maps = explainer()
    except OverflowedError:
        return None
    return correlated(trained, centred_ranks(maps)).astype(np.float32)


def _stacked(rows: Sequence[Floats | None], count: int) -> StageCorrelations:
    nothing = np.full(count, np.nan, np.float32)
    return StageCorrelations(np.stack([nothing if row is None else row for row in rows]), np.array([row is None for row in rows]))


def _first_weights(layer: Any, seeds: np.random.SeedSequence) -> list[npt.NDArray[Any]]:
    fresh = type(layer).from_config(_reseeded(layer.get_config(), iter(seeds.generate_state(64))))
    fresh.build_from_config(layer.get_build_config())
    weights: list[npt.NDArray[Any]] = fresh.get_weights()
    return weights


def _reseeded(config: Any, seeds: Iterator[np.uint32]) -> Any:
    """Give every initialiser of a layer's configuration a seed of its own; the rest stays."""
    if isinstance(config, dict):
        return {key: int(next(seeds)) if key == "seed" else _reseeded(value, seeds) for key, value in config.items()}
    return config
