"""What a run of the explainer left out, read off its configuration."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from components.base.layers import BASE, load_layers
from components.explainer.config import ExplainerConfig
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.reporter import formats

BASELINES: Final[tuple[str, ...]] = get_args(FaithfulnessConfig.model_fields["baseline"].annotation)
# Classes that were left out are named with the reason; batches change nothing that is found.
_TOLD_ELSEWHERE: Final = ("max_classes", "batch_size")


def full_settings() -> dict[str, dict[str, Any]]:
    """Return `explainer` of full.yaml as plain values."""
    return ExplainerConfig.model_validate(load_layers(BASE.with_name("full.yaml"), {}, ())["explainer"]).model_dump(mode="json")


def say_reduced(settings: Mapping[str, Mapping[str, Any]]) -> str:
    """Say in which numbers a run differs from full.yaml, and which baselines of insertion and deletion it did not try.

    Args:
      settings: `explainer` of the run's configuration, as `concepts.json` holds it.
    Returns:
      One or two sentences.
    """
    differing = [
        f"{section}.{key} {_value(settings[section][key])} ({_value(wanted)})"
        for section, of_full in full_settings().items()
        for key, wanted in of_full.items()
        if key not in _TOLD_ELSEWHERE and key in settings[section] and settings[section][key] != wanted
    ]
    used = settings["faithfulness"]["baseline"]
    others = formats.words(name for name in BASELINES if name != used)
    baselines = f"Of the baselines of insertion and deletion {used} alone was run, not {others}."
    return f"Set otherwise than in full.yaml (there in brackets): {', '.join(differing)}. {baselines}" if differing else baselines


def _value(value: Any) -> str:
    return formats.words(map(str, value)) if isinstance(value, list) else str(value)
