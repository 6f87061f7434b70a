"""What is known against the answers of a model that is given alone: synthetic images, and a gate that did not bless it."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.base.errors import UsageError
from components.phantom.roster import SITES
from components.trainer.training_data import load_training_data, source_name_digest

_SERVING = "Format-Serving"
# From OUTPUT/pipeline/NAME/trainer/model/ID up to OUTPUT.
_LEVELS = 5
_BLESSED = {"blessed": True, "not blessed": False}


@dataclass(frozen=True)
class Standing:
    """What a reader of a model's answer must know.

    Attributes:
      phantom: whether synthetic images were among those that it was trained on; None where that is not known.
      blessed: whether the gate of its run blessed it; None where that is not known.
      failed: the checks that it failed, in sentences.
    """

    phantom: bool | None
    blessed: bool | None
    failed: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Say it, a line each."""
        said = []
        if self.phantom is None:
            said.append("whether the model was trained on synthetic images is not known here")
        elif self.phantom:
            said.append("the model was trained on synthetic images of the built-in phantom: what it says of a patient means nothing")
        if self.blessed is None:
            said.append("whether a gate blessed the model is not known here")
        elif not self.blessed:
            said.append(f"the model is not blessed: {' '.join(self.failed) or 'the reason is not known here'}")
        return [*said, "for research; not for diagnosis"]


def find_standing(folder: Path, run: Path | None = None) -> Standing:
    """Find what is known of a model.

    Args:
      folder: holds model.keras.
      run: that it was given by; None for the newest run that names it, in the output folder that it lies in.
    """
    known = run or _run_of(folder.resolve().parent)
    record = _read(known / "run.json") if known else {}
    checks = _read(known / "gate.json").get("checks", []) if known else []
    phantom = record.get("phantom")
    return Standing(
        phantom if isinstance(phantom, bool) else _from_training(folder),
        _BLESSED.get(str(record.get("state"))),
        tuple(" ".join(str(check["text"]).split()) for check in checks if not check["passed"] and not check.get("not_compared")),
    )


def _run_of(model: Path) -> Path | None:
    for output in model.parents[:_LEVELS]:
        for record in sorted(output.glob("runs/*/run.json"), reverse=True):
            place = _read(record).get("model")
            if place and (output / str(place)).resolve() == model:
                return record.parent
    return None


def _from_training(folder: Path) -> bool | None:
    """Ask what travels with the SavedModel beside for the sites of the phantom."""
    with suppress(UsageError):
        facts = load_training_data(folder.parent / _SERVING)
        if facts.source_digests is not None:
            return any(source_name_digest(facts.pseudonym_key, site) in facts.source_digests for site in SITES)
    return None


def _read(path: Path) -> dict[str, Any]:
    """Read an object of JSON; empty where there is none."""
    with suppress(OSError, ValueError):
        tree = json.loads(path.read_text(encoding="utf-8"))
        return tree if isinstance(tree, dict) else {}
    return {}
