"""Measure the pointing game of Grad-CAM on lesions of whole phantom runs without a shortcut, by class.

python -m benchmarks.pointing [--seeds 2020 2021 2022] [--set KEY=VALUE ...] [--output DIR]

Every seed is one run of run_pipeline.py, with that seed for phantom, search and training. Judged are all test images with a lesion that
were answered right: does the highest point of the map lie in a lesion, or within the tolerance of `explainer.faithfulness`? The image's
centre, a random map and the lungs (a random point in them), which know nothing of the model, stand beside. The mean over all classes
hides one that is never hit. `docs/explanations.md` holds what this printed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from benchmarks.ratios import Ratio, print_ratios

WANTED = 0.8
GRADCAM, HIRESCAM = "Grad-CAM, last layer", "HiResCAM, earlier layer"


def main() -> int:
    """Print hits by run; return 1 where the mean of Grad-CAM's falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pointing", description=(__doc__ or "").splitlines()[0])
    add_options(parser, [2020, 2021, 2022])
    options = parser.parse_args()
    return print_ratios(pointing_ratios(options.seeds, options.set, options.output))


def add_options(parser: argparse.ArgumentParser, seeds: Sequence[int]) -> None:
    """Add the options of the runs."""
    parser.add_argument("--seeds", type=int, nargs="+", default=list(seeds), help="one run each")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="of run_pipeline.py; may be given again")
    parser.add_argument("--output", type=Path, help="keep the runs there, and take those that it holds; default: a folder that is removed")


def pointing_ratios(seeds: Sequence[int], assignments: Sequence[str], output: Path | None) -> Sequence[Ratio]:
    """Run the pipeline for every seed, and measure."""
    with tempfile.TemporaryDirectory() as temporary:
        hits = [_hits(_run(seed, assignments, (output or Path(temporary)) / f"seed-{seed}"), seed) for seed in seeds]
    mean = statistics.mean(each[GRADCAM] for each in hits)
    return [Ratio(f"pointing game of {GRADCAM} on lesions, mean of {len(hits)} run(s)", mean, WANTED, True)]


def _run(seed: int, assignments: Sequence[str], output: Path) -> Path:
    seeds = [f"seed={seed}", f"phantom.seed={seed}", "phantom.shortcut=0"]
    settings = [word for text in (*seeds, *assignments) for word in ("--set", text)]
    command = [sys.executable, "run_pipeline.py", "--runner", "local", "--output", str(output), *settings]
    print(f"seed {seed}: {' '.join(command[1:])}", flush=True)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # A run whose model is not blessed has explained it all the same.
    if done.returncode not in (0, 5):
        raise SystemExit(f"the run of seed {seed} ended with {done.returncode}: {done.stderr.splitlines()[-1:]}")
    return output


def _hits(output: Path, seed: int) -> dict[str, float]:
    # TensorFlow is not wanted beside the run, which needs the memory.
    from components.explainer.configured import configured_maps
    from components.explainer.explanations import test_rows
    from components.explainer.faithfulness.config import FaithfulnessConfig
    from components.explainer.faithfulness.controls import centre_maps, random_maps
    from components.explainer.faithfulness.localisation import chance, pointing_game
    from components.explainer.faithfulness.measures import LUNG, LUNGS
    from components.explainer.given_model import find_model
    from components.explainer.known_truth import find_known
    from components.explainer.phantom_truth import Phantom
    from components.explainer.trained_model import load_model
    from components.explainer.transformed_images import read_images
    from components.phantom.config import PhantomConfig
    from components.predictions.table import FILE_NAME, Predictions

    run = sorted(output.glob("runs/*/run.json"))[-1].parent
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    pipeline = output / "pipeline" / json.loads((run / "run.json").read_text(encoding="utf-8"))["pipeline_name"]
    given = find_model(run)
    trained = load_model(given.folder)
    table = test_rows(Predictions.load(_newest(pipeline / "predictions" / "predictions") / FILE_NAME), trained)
    (folder,) = (output / "phantom").iterdir()
    phantom = Phantom(folder, PhantomConfig.model_validate(config["phantom"]))
    right = table.subset(table.predicted_index == table.label_index)
    known = find_known(right.id.tolist(), trained.image_px, trained.harmonise, phantom, ())
    lesions, lungs = known.evidence["lesion"], known.anatomy[LUNG]
    judged = lesions.any(axis=(1, 2))
    right, lesions, lungs = right.subset(judged), lesions[judged], lungs[judged]
    files = list((_newest(pipeline / "transform" / "transformed_examples") / "Split-test").iterdir())
    images, metadata = read_images(files, right.id.tolist(), trained.image_px)
    pixels, others = images[..., None].astype(np.float32) / 255, [metadata] if len(trained.network.inputs) > 1 else []
    faithfulness = FaithfulnessConfig.model_validate(config["explainer"]["faithfulness"])
    tolerance_px = faithfulness.tolerance * trained.image_px
    shown = {"image centre": centre_maps(lesions.shape), "random map": random_maps(lesions.shape, seed), LUNGS: lungs}
    for name, kind, layer in ((GRADCAM, "gradcam", ""), (HIRESCAM, "hirescam", "earlier")):
        chosen = given.gradcam.model_copy(update={"kind": kind, "layer": layer})
        shown[name] = configured_maps(trained.network, chosen, pixels, right.label_index, others).maps
    hits = {name: pointing_game(maps, lesions, tolerance_px) for name, maps in shown.items()}
    hits["chance"] = chance(lesions, tolerance_px)
    groups = {"all": np.ones(len(right), np.bool_)} | {str(name): right.label == name for name in np.unique(right.label)}
    accuracy = float((table.predicted_index == table.label_index).mean())
    print(f"seed {seed}: accuracy {accuracy:.2f} on {len(table)} test images, {len(right)} with a lesion answered right")
    print(f"  {'images':<26} " + " ".join(f"{name} {int(of_group.sum()):<5}" for name, of_group in groups.items()))
    for name, values in hits.items():
        print(f"  {name:<26} " + " ".join(f"{float(values[of_group].mean()):<{len(group) + 6}.2f}" for group, of_group in groups.items()))
    return {name: float(values.mean()) for name, values in hits.items()}


def _newest(folder: Path) -> Path:
    return max(folder.iterdir(), key=lambda path: int(path.name))


if __name__ == "__main__":
    raise SystemExit(main())
