"""Check again, on what was written, everything that an ingest promises."""

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.base.errors import DataRefusedError, UsageError
from components.ingest import checksums, folder, png_checksums
from components.ingest.config import SplitConfig
from components.ingest.copies.find import find_copies
from components.ingest.example import DamagedExampleError, decode_example
from components.ingest.ledger import division_of, ledger_path, load_ledger, split_of_place
from components.ingest.refusal import Refusal
from components.ingest.tfrecord import DamagedRecordError, read_record
from components.ingest.watch import Pace, copies_pace
from components.ingest.written_fingerprints import WrittenFingerprints
from schemas import features

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Seen:
    """One written example."""

    group: str
    split: str
    source: str
    label: str
    fold: int

    @property
    def place(self) -> str:
        """Where its group lies for ever: its fold, or its split."""
        return self.split if self.fold == features.NOT_STATED else str(self.fold)


def verify(output: Path) -> Iterator[str]:
    """Check the records folders of an output folder, or one records folder.

    Checksums of every file; every record whole, every PNG whole; the counts of the summary; each image once, in the
    split of its folder; each group and patient in one split (or fold), the ledger's; no image and no copy in two splits.

    Args:
      output: an output folder, or `OUTPUT/records/<digest>`.
    Yields:
      A line for each promise that is not kept; none where all are.
    Raises:
      UsageError: there are no records.
    """
    if (output / folder.SUMMARY).is_file() or (output / checksums.FILE).is_file():
        folders, ledger = [output], ledger_path(output.parent.parent)
    else:
        records = output / "records"
        folders = [path for path in sorted(records.glob("[!.]*")) if path.is_dir()] if records.is_dir() else []
        ledger = ledger_path(output)
    if not folders:
        raise UsageError(f"{output}: holds no records; run `python -m components.ingest --output {output}` first")
    for target in folders:
        for fault in _verify_folder(target, ledger):
            yield f"{target.name}: {fault}"


def _verify_folder(target: Path, ledger: Path) -> Iterator[str]:
    yield from _check_sums(target)
    try:
        summary = folder.read_summary(target)
        split = SplitConfig(**summary["split"])
        counts = summary["counts"]
    except (DataRefusedError, KeyError, TypeError, ValueError):
        yield f"{folder.SUMMARY} is damaged"
        return
    seen: dict[str, _Seen] = {}
    try:
        for name, data in _records(target, folder.EXAMPLES):
            yield from _check_example(name, data, summary, seen)
        yield from _check_counts(target, summary, counts, seen)
        yield from _check_places(target, split, seen, ledger)
        yield from _check_copies(target, seen, summary["near_copies"])
    except (DamagedRecordError, DamagedExampleError, DataRefusedError, OSError, ValueError, KeyError) as error:
        yield f"cannot be read to the end: {' '.join(str(error).split()) or type(error).__name__}"


def _check_sums(target: Path) -> Iterator[str]:
    try:
        sums = checksums.read_checksums(target)
    except ValueError as error:
        yield str(error)
        return
    there = checksums.files_below(target)
    for name in sorted(set(sums) - set(there)):
        yield f"{name} is missing"
    for name in sorted(set(there) - set(sums)):
        yield f"{name} was not written by the ingest"
    pace = Pace(len(there), "files checked")
    for done, name in enumerate(there, start=1):
        if name in sums and checksums.sha256_of(target / name) != sums[name]:
            yield f"{name} is not what was written: its SHA-256 differs"
        pace(done)


def _records(target: Path, kind: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted((target / kind).glob("*/*.tfrecord")):
        with path.open("rb") as file:
            while (data := read_record(file)) is not None:
                yield f"{path.parent.name}/{path.name}", data


def _check_example(name: str, data: bytes, summary: dict[str, Any], seen: dict[str, _Seen]) -> Iterator[str]:
    values = decode_example(data)
    image_id, group, source, label, split = (
        _text(values[key]) for key in (features.ID, features.GROUP, features.SOURCE, features.LABEL, features.SPLIT)
    )
    if image_id in seen:
        yield f"image {image_id} is written twice"
    if split != name.partition("/")[0]:
        yield f"image {image_id} of split {split} lies in {name}"
    if label not in summary["classes"] or values[features.LABEL_INDEX] != [summary["classes"].index(label)]:
        yield f"image {image_id} has a label index that is not that of its class"
    try:
        png_checksums.check(bytes(values[features.ENCODED][0]))  # type: ignore[arg-type]
    except Refusal as refusal:
        yield f"image {image_id}: {refusal.detail}"
    seen[image_id] = _Seen(group, split, source, label, int(values[features.FOLD][0]))


def _check_counts(target: Path, summary: dict[str, Any], counts: dict[str, int], seen: dict[str, _Seen]) -> Iterator[str]:
    if counts["written"] != len(seen):
        yield f"holds {len(seen)} images; its summary counts {counts['written']}"
    if counts["listed"] != sum(count for name, count in counts.items() if name != "listed"):
        yield "the counts of its summary do not add up"
    with (target / folder.QUARANTINE).open(encoding="utf-8", newline="") as file:
        quarantined = sum(1 for _ in csv.DictReader(file))
    if quarantined != counts["quarantined"]:
        yield f"{folder.QUARANTINE} names {quarantined} files; the summary counts {counts['quarantined']}"
    cells = Counter((image.source, image.label, image.split) for image in seen.values())
    if cells != {(cell["source"], cell["label"], cell["split"]): cell["images"] for cell in summary["cells"]}:
        yield "the images by source, label and split are not those of its summary"
    if hashlib.sha256("".join(sorted(seen)).encode()).hexdigest()[:16] != summary["image_ids_digest"]:
        yield "the ids of the images are not those of its summary"


def _check_places(target: Path, split: SplitConfig, seen: dict[str, _Seen], ledger: Path) -> Iterator[str]:
    yield from _several("group", ((image.group, image.place) for image in seen.values()))
    with (target / folder.SPLITS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    yield from _several("patient", ((row["patient_group"], row["place"]) for row in rows))
    if {row["id"]: (row["group"], row["split"]) for row in rows} != {name: (image.group, image.split) for name, image in seen.items()}:
        yield f"{folder.SPLITS} does not name the images that are written"
    wrong = [row["id"] for row in rows if split_of_place(row["place"], split) != row["split"]]
    if split.folds:
        wrong += [row["id"] for row in rows if row["id"] in seen and str(seen[row["id"]].fold) != row["place"]]
    if wrong:
        yield f"{len(wrong)} images are not in the split of their place: {_some(wrong)}"
    yield from _check_ledger({row["patient_group"]: row["place"] for row in rows}, [row["id"] for row in rows], split, ledger)


def _check_ledger(groups: dict[str, str], images: Sequence[str], split: SplitConfig, path: Path) -> Iterator[str]:
    try:
        book = load_ledger(path)
    except UsageError:
        yield f"{path.parent.name}/{path.name} is damaged"
        return
    if book is None:
        yield f"{path.parent.name}/{path.name} is missing; the next ingest restores it"
        return
    if book.division != division_of(split):
        yield "the ledger divides by other rules"
    moved = [group for group, place in groups.items() if book.groups.get(group) != place]
    if moved:
        yield f"the ledger has another place for {len(moved)} patients: {_some(moved)}"
    if not book.images.issuperset(images):
        yield "the ledger does not know every image"


def _check_copies(target: Path, seen: dict[str, _Seen], near_copies: bool) -> Iterator[str]:
    prints = WrittenFingerprints(target)
    if sorted(prints.ids) != sorted(seen):
        yield f"{folder.FINGERPRINTS} are not those of the images"
        return
    images = [seen[name] for name in prints.ids]
    yield from _several("digest of pixels", zip(prints.pixels, (image.place for image in images), strict=True))
    pairs = find_copies(prints, copies_pace(len(prints))) if near_copies else []
    torn = [f"{prints.ids[pair.i]} and {prints.ids[pair.j]}" for pair in pairs if images[pair.i].place != images[pair.j].place]
    if torn:
        yield f"{len(torn)} pairs of copies lie in two splits: {_some(torn)}"
    contrary = [f"{prints.ids[pair.i]} and {prints.ids[pair.j]}" for pair in pairs if images[pair.i].label != images[pair.j].label]
    if contrary:
        yield f"{len(contrary)} pairs of copies have two classes: {_some(contrary)}"


def _several(kind: str, held: Any) -> Iterator[str]:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for name, place in held:
        places[name].add(place)
    torn = sorted(name for name, those in places.items() if len(those) > 1)
    if torn:
        yield f"{len(torn)} times one {kind} lies in two splits: {_some(torn)}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _text(values: Sequence[Any]) -> str:
    return bytes(values[0]).decode()
