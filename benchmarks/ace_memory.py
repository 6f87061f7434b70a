"""Measure whether the memory of ACE is bounded by the batch or grows with the number of patches.

python -m benchmarks.ace_memory [--images 24] [--image-px 96]

Measured is the default form: the image without the segment, seen at the last layer. Each figure comes from a process of its own: what
one has taken, another does not give back. Counted is what lies above the segments themselves, a mask and a box each, which are kept
either way. The code is that of ACE itself. What grows in it is the result, some channels of activations for each patch, and once the
images as the network reads them. Showing all patches at once, as the published code does, stands beside.
"""

import argparse
import json
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.ratios import Ratio, print_ratios

_FACTOR = 4
_BATCH = 64


def main() -> int:
    """Print megabytes and ratios; return 1 where one falls short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ace_memory", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--image-px", type=int, default=96)
    parser.add_argument("--measure", choices=("in batches", "at once"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_measured(options.images, options.image_px, options.measure == "at once")))
        return 0
    return print_ratios(memory_ratios(options.images, options.image_px))


def memory_ratios(images: int, image_px: int) -> Sequence[Ratio]:
    """Compare the peaks of few and of four times as many patches."""
    found = {}
    for form in ("in batches", "at once"):
        for count in (images, _FACTOR * images):
            command = [
                sys.executable,
                "-m",
                "benchmarks.ace_memory",
                "--images",
                str(count),
                "--image-px",
                str(image_px),
                "--measure",
                form,
            ]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            one = found[form, count] = json.loads(done.stdout.splitlines()[-1])
            parts = f"arrays {one['peak'] / 1e6:.1f} MB above segments of {one['segments'] / 1e6:.1f} MB"
            print(f"ACE {form}, {one['patches']} patches ({one['form']}): {parts}; process {one['process'] / 1e6:.0f} MB", flush=True)
    patch_bytes = 4 * image_px**2
    grown = {form: _growth(found[form, images], found[form, _FACTOR * images]) / patch_bytes for form in ("in batches", "at once")}
    few, many = found["in batches", images], found["in batches", _FACTOR * images]
    times = many["patches"] / few["patches"], many["peak"] / few["peak"]
    print(f"{times[0]:.2f} times the patches take {times[1]:.2f} times the arrays, in batches of {_BATCH}")
    print(f"all at once, each further patch takes {grown['at once']:.3f} of its own size")
    return [
        Ratio("memory of ACE: a further patch, over its own size", grown["in batches"], 0.05, False),
        Ratio(f"peak memory of the process, {_FACTOR} times the images over once", many["process"] / few["process"], 1.1, False),
    ]


def _growth(few: dict[str, Any], many: dict[str, Any]) -> float:
    return (many["peak"] - few["peak"]) / (many["patches"] - few["patches"])


def _measured(count: int, image_px: int, at_once: bool) -> dict[str, Any]:
    # TensorFlow takes seconds to import, which the process that only compares has no use for.
    from components.explainer.config import AceConfig
    from components.explainer.layer_view import LayerView
    from components.explainer.scored_concepts import segment_activations
    from components.explainer.superpixels import segment
    from components.phantom.radiograph import expose
    from components.phantom.roster import roster
    from components.trainer.architectures import own_cnn
    from components.trainer.network import NetworkSpec

    images = np.stack([expose(exposure, image_px, None).pixels for exposure in roster(1, count)])
    model = own_cnn.build(own_cnn.DEFAULTS, NetworkSpec(image_px, 3, seed=1))
    view = LayerView(model, AceConfig().layer, _BATCH)
    view.pooled(np.zeros((_BATCH, image_px, image_px, 1), np.float32))
    tracemalloc.start()
    segments = segment(images)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    config = AceConfig(batch_size=len(segments) if at_once else _BATCH)
    found = segment_activations(view, images, segments, 0.5, (), config)
    peak = tracemalloc.get_traced_memory()[1] - held
    # Linux counts it in KiB.
    process = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"form": config.patches, "patches": len(found), "peak": peak, "segments": held, "process": process}


if __name__ == "__main__":
    raise SystemExit(main())
