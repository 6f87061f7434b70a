"""Count how often the lung finder of `transform.harmonise.crop: lungs` gives up and takes the body, by source.

    python -m benchmarks.lung_finder --data DIR

DIR has a metadata.csv with the columns filename and source (docs/datasets.md). A share that differs between sources means that the crop
itself tells something of the source.
"""

import argparse
import csv
from collections import Counter
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from components.transform.crop import body_box, lung_box


def main() -> None:
    """Print a line for each source."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lung_finder", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with images and a metadata.csv")
    folder = parser.parse_args().data
    with (folder / "metadata.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    images, given_up = Counter(row["source"] for row in rows), Counter[str]()
    for number, row in enumerate(rows, 1):
        with Image.open(folder / row["filename"]) as image:
            gray = tf.constant(np.asarray(image.convert("L"), np.float32)[..., np.newaxis])
        given_up[row["source"]] += not bool(lung_box(gray, body_box(gray))[1])
        if number % 200 == 0 or number == len(rows):
            print(f"\r{number} of {len(rows)} images", end="" if number < len(rows) else "\n", flush=True)
    for source in sorted(images, key=lambda name: given_up[name] / images[name]):
        print(f"{source:<24} {given_up[source] / images[source]:.3f} of {images[source]} images")


if __name__ == "__main__":
    main()
