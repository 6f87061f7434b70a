"""python -m benchmarks.ingest: how fast and how large the ingest is, as ratios measured side by side in one run.

Against a plain loop of two processes that decodes, shrinks and encodes with Pillow, on full-size originals (a folder
`fullsize` of ../shared/data beside the project; without it this part is left out, and says so); and against itself, at
1,000 and 10,000 small images. Beside them: where the time of an image goes, and Beam's execution modes.
"""

import argparse
import csv
import io
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.ratios import Ratio, print_ratios

ROOT = Path(__file__).resolve().parents[1]
FULLSIZE = ROOT.parent / "shared" / "data" / "fullsize"
LABELS = ("normal", "pneumonia", "covid19")
SIDE_PX = 512
TURNS = (None, *Image.Transpose)  # eight ways to lay an image: to the search for copies these are eight radiographs
MODES = ("in_memory", "multi_threading", "multi_processing")
LISTED = 4  # times: start-up, some seconds of imports, weighs on a few hundred images as it never does on a data set
FN_API_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


def main() -> int:
    """Run the parts that were asked for."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    arguments.add_argument("--part", choices=["speed", "steps", "modes", "growth"], action="append", help="default: all but modes")
    arguments.add_argument("--work", type=Path, help="folder to keep the images in, between runs (default: a temporary one)")
    chosen = arguments.parse_args()
    parts = chosen.part or ["speed", "steps", "growth"]
    ratios: list[Ratio] = []
    with tempfile.TemporaryDirectory() as temporary:
        work = chosen.work or Path(temporary)
        if {"speed", "steps", "modes"} & set(parts):
            if FULLSIZE.is_dir():
                originals = make_fullsize(work / "fullsize")
                for part in ("speed", "steps", "modes"):
                    if part in parts:
                        ratios += {"speed": speed, "steps": steps, "modes": modes}[part](originals, Path(temporary))
            else:
                print("speed: skipped, there is no folder ../shared/data/fullsize beside the project")
        if "growth" in parts:
            ratios += growth(work, Path(temporary))
    return print_ratios(ratios)


def speed(originals: Path, temporary: Path) -> list[Ratio]:
    """Images a second of the whole command, and of its work without starting Python and Beam, over the plain loop's."""
    files = [originals / row["filename"] for row in rows_of(originals)]
    start = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(plain, [str(path) for path in files], chunksize=4)
    plain_s = time.perf_counter() - start
    whole_s, _ = run_ingest(originals, temporary / "speed", [])
    empty_s, _ = run_ingest(make_few(temporary / "few"), temporary / "empty", [])
    count = len(files)
    print(
        f"{count} originals: plain loop {count / plain_s:.1f} images/s; ingest {count / whole_s:.1f} images/s, with {whole_s:.1f} s in all,"
    )
    print(f"of which {empty_s:.1f} s are spent on a folder of 12 tiny images too (imports, two Beam pipelines)")
    return [
        Ratio("images/s of the whole ingest command over a plain two-process Pillow loop", plain_s / whole_s, 1.0, True),
        Ratio("the same without start-up", plain_s / (whole_s - empty_s), 1.0, True),
    ]


def plain(path: str) -> int:
    """Decode, shrink and encode as one would write it down first."""
    with Image.open(path) as image:
        gray = image.convert("L")
        scale = SIDE_PX / max(gray.size)
        small = gray.resize((round(gray.width * scale), round(gray.height * scale)), Image.Resampling.BICUBIC)
        buffer = io.BytesIO()
        small.save(buffer, "PNG")
    return len(buffer.getvalue())


def steps(originals: Path, _temporary: Path) -> list[Ratio]:
    """Where the time of an image goes, on one thread."""
    import hashlib

    from components.ingest.copies.fingerprint import take_fingerprint
    from components.ingest.decode import Limits, decode
    from components.ingest.quality import flags
    from components.ingest.shrink import encode_png, shrink

    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> object:
        start = time.perf_counter()
        result = work()
        spent[name] = spent.get(name, 0.0) + time.perf_counter() - start
        return result

    files = [originals / row["filename"] for row in rows_of(originals)]
    files = files[: len(files) // LISTED : len(TURNS)]
    limits = Limits(32, 100.0, 4.0)
    for path in files:
        data: bytes = timed("read", path.read_bytes)  # type: ignore[assignment]
        timed("hash of the file, twice", lambda data=data: (hashlib.sha256(data).digest(), hashlib.sha256(data).digest()))
        image = timed("decode", lambda data=data: decode(data, limits, SIDE_PX))
        timed("hash of the pixels", lambda image=image: hashlib.sha256(np.ascontiguousarray(image.pixels).data).digest())
        shrunk = timed("shrink", lambda image=image: shrink(image.pixels, SIDE_PX))
        timed("flags", lambda image=image, shrunk=shrunk: flags(image, shrunk))
        timed("fingerprint", lambda shrunk=shrunk: take_fingerprint(shrunk).to_bytes())
        timed("encode", lambda shrunk=shrunk: encode_png(shrunk))
        timed("(plain loop with Pillow)", lambda path=path: plain(str(path)))
    print(f"\n{'step':<28} ms an image, {len(files)} originals, one thread")
    for name, seconds in spent.items():
        print(f"{name:<28} {1000 * seconds / len(files):.1f}")
    return []


def modes(originals: Path, temporary: Path) -> list[Ratio]:
    """Time of the whole command in each execution mode of Beam's local runner."""
    for mode in MODES:
        seconds, peak_mib = run_ingest(
            originals, temporary / mode, [f"--runner={FN_API_RUNNER}", "--direct_num_workers=2", f"--direct_running_mode={mode}"]
        )
        print(f"{mode:<18} {seconds:6.1f} s  {peak_mib:6.0f} MiB")
    return []


def growth(work: Path, temporary: Path) -> list[Ratio]:
    """Peak memory, and time an image, at 10,000 images over those at 1,000."""
    measured = {}
    for count in (1_000, 10_000):
        data = make_small(work / f"small-{count}", count)
        measured[count] = run_ingest(data, temporary / f"growth-{count}", [])
        seconds, peak_mib = measured[count]
        print(f"{count} small images: {seconds:.1f} s, {1000 * seconds / count:.2f} ms an image, peak memory {peak_mib:.0f} MiB")
    (small_s, small_mib), (large_s, large_mib) = measured[1_000], measured[10_000]
    return [
        Ratio("peak memory at 10,000 images over that at 1,000", large_mib / small_mib, 1.15, False),
        Ratio("time an image at 10,000 images over that at 1,000", large_s / 10 / small_s, 1.1, False),
    ]


def run_ingest(data: Path, output: Path, flags: list[str]) -> tuple[float, float]:
    """Run the command on a fresh output folder; seconds, and its peak memory in MiB."""
    environ = {**os.environ, "CXR_PRIVATE_DIR": str(output.with_name(f"{output.name}-private"))}
    command = [sys.executable, "-m", "components.ingest", "--data", str(data), "--output", str(output), "--set", "ingest.workers=2", *flags]
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        log.seek(0)
        if status:
            raise SystemExit(f"the ingest ended with {os.waitstatus_to_exitcode(status)}:\n{log.read()}")
    return seconds, usage.ru_maxrss / 1024


def make_fullsize(folder: Path) -> Path:
    """Turn each original in eight ways, in its own format, so that these are no copies of each other; and link each four times."""
    if not (folder / "metadata.csv").exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = []
        for path in sorted(FULLSIZE.iterdir()):
            if path.suffix == ".csv":
                continue
            with Image.open(path) as image:
                for number, turn in enumerate(TURNS):
                    turned = image if turn is None else image.transpose(turn)
                    name = f"{path.stem}-{number}{path.suffix}"
                    options = {"quality": 92} if image.format == "JPEG" else {}
                    turned.save(folder / name, image.format, **options)
                    made.append(name)
        names = []
        for again in range(LISTED):
            (folder / f"again{again}").mkdir(exist_ok=True)
            for name in made:
                names.append(f"again{again}/{name}")
                (folder / names[-1]).hardlink_to(folder / name)
        write_table(folder, names, len(made))
    return folder


def make_small(folder: Path, count: int) -> Path:
    """Draw phantoms of 128 px."""
    from components.phantom.config import PhantomConfig
    from components.phantom.generate import generate

    return generate(PhantomConfig(images=count, image_px=128), folder)


def make_few(folder: Path) -> Path:
    """Draw 12 tiny images of noise."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(2020)
    for number in range(12):
        Image.fromarray(noise.integers(0, 256, (40, 40), dtype=np.uint8)).save(folder / f"{number}.png")
    write_table(folder, [f"{number}.png" for number in range(12)])
    return folder


def write_table(folder: Path, names: list[str], distinct: int = 0) -> None:
    """List images, each of a patient of its own, the classes in turn; names that lie `distinct` apart are one image."""
    with (folder / "metadata.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filename", "label", "source", "patient_id"])
        writer.writerows([name, LABELS[number % (distinct or len(names)) % 3], "bench", f"p{number}"] for number, name in enumerate(names))


def rows_of(folder: Path) -> Iterator[dict[str, str]]:
    """Read the table of a folder."""
    with (folder / "metadata.csv").open(newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
