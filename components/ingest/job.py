"""Convert folders of images to sharded TFRecords: once, and never half."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.base import progress
from components.base.errors import DataRefusedError, UserError
from components.ingest import checks, folder, private_lists, staging
from components.ingest.config import IngestConfig
from components.ingest.content import hash_files, records_digest
from components.ingest.decode import Limits
from components.ingest.deidentify import check_private_dir, load_pseudonyms
from components.ingest.duplicates import Fingerprint, Grouping, join_copies
from components.ingest.ledger import Ledger, ledger_path, load_ledger
from components.ingest.listing import ListedImage, Listing, RefusedImage, list_images
from components.ingest.place import place
from components.ingest.records import DataSource, Records
from components.ingest.refusal import Refusal
from components.ingest.summary import PlacedImage, summarise
from components.ingest.tfrecord import count_records
from components.ingest.watch import STAGE, Pace, watching
from schemas import features
from schemas.classes import ClassMap
from schemas.quarantine import Reason

__all__ = ["DataSource", "Records", "ingest"]


def ingest(
    sources: Sequence[DataSource],
    output: Path,
    config: IngestConfig,
    classes: ClassMap,
    columns: tuple[str, ...],
    private_dir: Path | None,
) -> Records:
    """Bring the images of all data folders into `OUTPUT/records/<digest>`, or find them there.

    What is written depends on the files, the rows, the configuration (but for `workers`), the key of the pseudonyms,
    the ledger of splits and the code. The ledger gets its entries before the folder gets its name; wherever a run is
    killed, the next one comes to the same result.

    Args:
      sources: folders and their readers; paths must be visible to every worker.
      output: the output folder.
      config: limits, storage and division.
      classes: the classes of the run; rows with other labels are skipped and counted.
      columns: further csv columns that travel as features `extra/<column>`.
      private_dir: where the key and the names are kept, outside `output`; None for the built-in phantom only.
    Raises:
      UsageError: data, configuration or ledger do not fit together.
      DataRefusedError: the data are not fit to train on.
      LockedError: another ingest writes here.
    """
    checks.check_columns(columns)
    if private_dir is not None:
        check_private_dir(private_dir, output)
    pseudonyms = load_pseudonyms(private_dir)
    listing = list_images(sources, classes, columns, pseudonyms)
    hashes = _hash(listing)
    digest = records_digest(listing, hashes, config, classes, columns, pseudonyms)
    with folder.open_records(output) as records:
        book = _open_ledger(output, records, config)
        target = records / digest
        if target in folder.whole_folders(records):
            _restore_ledger(book, target, ledger_path(output))
            summary = folder.check_whole(target)
            if private_dir is not None and not private_lists.index_path(private_dir, digest).exists():
                private_lists.write_index(private_dir, digest, listing)
            return Records(target, digest, summary, reused=True)
        partial = folder.begin_folder(records, digest)
        try:
            summary = _Build(partial, digest, listing, config, classes, columns, private_dir).run(hashes, book)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        book.save(ledger_path(output))
        return Records(folder.finish_folder(partial), digest, summary, reused=False)


@dataclass
class _Build:
    """One folder in the making."""

    partial: Path
    digest: str
    listing: Listing
    config: IngestConfig
    classes: ClassMap
    columns: tuple[str, ...]
    private_dir: Path | None

    def run(self, hashes: Sequence[str], book: Ledger) -> dict[str, Any]:
        # Both checks come again after decoding; what cannot pass now need not be decoded.
        self._check_share(decoded=False)
        checks.check_classes(self.classes, self.listing)
        rows = self._decode(hashes)
        fingerprints = [Fingerprint(image.id, image.patient_group, image.label, rows[image.id]["pixels"]) for image in self.listing.images]
        grouping = join_copies(fingerprints, book.groups, book.images)
        self._refuse(dict.fromkeys(grouping.ties, (Reason.TIES_SPLITS, "its copy belongs to another split")))
        self._check_share(decoded=True)
        checks.check_classes(self.classes, self.listing)
        placed = place(self.listing.images, grouping, self.config, book)
        checks.check_splits({(image.label, image.split) for image in placed}, self.classes)
        self._write(rows, placed)
        return self._finish(placed, grouping, book)

    def _check_share(self, decoded: bool) -> None:
        names = private_lists.write_quarantine_names(self.private_dir, self.digest, self.listing) if self.private_dir else None
        checks.check_share(self.listing, self.config.max_quarantined, names, decoded)

    def _decode(self, hashes: Sequence[str]) -> dict[str, staging.Row]:
        from components.ingest import passes  # Beam takes seconds to import, and a folder that is reused needs none

        area = self.partial / "staging"
        area.mkdir()
        batches = staging.batches_of(self.listing.images, hashes)
        limits = Limits(self.config.min_side_px, self.config.max_megapixels, self.config.max_aspect_ratio)
        per_batch = len(batches[0][1]) if batches else 1
        with watching(lambda: per_batch * len(list(area.glob("*.jsonl"))), len(self.listing.images), "images decoded"):
            _guard(lambda: passes.decode_all(batches, area, limits, self.config.max_side_px, self.config.workers))
        rows = {str(row["id"]): row for row in staging.read_rows(area)}
        for image in self.listing.images:
            if rows[image.id].get("changed"):
                raise DataRefusedError(f"image {image.id} changed while it was read; run again when nothing writes to the data folders")
        self._refuse({key: (Reason(row["reason"]), row["detail"]) for key, row in rows.items() if "reason" in row})
        return rows

    def _refuse(self, refusals: dict[str, tuple[Reason, str]]) -> None:
        kept: list[ListedImage] = []
        for image in self.listing.images:
            if image.id in refusals:
                self.listing.refused.append(RefusedImage(image.id, image.record.source, *refusals[image.id], image.record))
            else:
                kept.append(image)
        self.listing.images = kept

    def _write(self, rows: dict[str, staging.Row], placed: Sequence[PlacedImage]) -> None:
        from components.ingest import passes

        listed = {image.id: image for image in self.listing.images}
        shards: list[staging.Shard] = []
        for split in features.SPLITS:
            examples = self.partial / folder.EXAMPLES / split
            examples.mkdir(parents=True)
            chosen = [(rows[image.id], self._values(listed[image.id], image, rows[image.id])) for image in placed if image.split == split]
            shards += staging.shards_of(chosen, examples, self.partial / "staging", self.config.images_per_shard)
        with watching(lambda: len(list(self.partial.glob("examples/*/part-*"))), len(shards), "shards written"):
            _guard(lambda: passes.write_shards(shards, self.config.workers))
        shutil.rmtree(self.partial / "staging")

    def _values(self, image: ListedImage, placed: PlacedImage, row: staging.Row) -> dict[str, str | int]:
        return {
            features.ID: image.id,
            features.GROUP: placed.group,
            features.SOURCE: image.record.source,
            features.VIEW: image.record.view,
            features.LABEL: image.label,
            features.LABEL_INDEX: self.classes.names.index(image.label),
            features.SPLIT: placed.split,
            **{name: row[name] for name in (features.HEIGHT_PX, features.WIDTH_PX, features.MODE, features.FORMAT)},
            **{features.extra(column): value for column, value in image.record.extra.items()},
        }

    def _finish(self, placed: Sequence[PlacedImage], grouping: Grouping, book: Ledger) -> dict[str, Any]:
        summary = summarise(self.digest, self.listing, placed, grouping, self.config, self.classes, self.columns)
        written = sum(count_records(path) for path in self.partial.glob("examples/*/part-*.tfrecord"))
        counts = summary["counts"]
        if counts["listed"] != written + counts["quarantined"] + counts["skipped"] + counts["absent"]:
            raise UserError(
                f"ingest wrote {written} images where the counts are {counts}; this is a fault of the program, nothing was kept"
            )
        quarantine = [(image.id, image.source, image.reason.value, image.detail) for image in self.listing.refused]
        folder.write_quarantine(self.partial, quarantine)
        folder.write_splits(self.partial, [(image.id, image.patient_group, image.group, image.split) for image in placed])
        folder.write_summary(self.partial, summary)
        if self.private_dir is not None:
            private_lists.write_index(self.private_dir, self.digest, self.listing)
        book.add({image.patient_group: image.split for image in placed}, [image.id for image in placed])
        return summary


def _hash(listing: Listing) -> list[str]:
    hashes: list[str] = []
    kept: list[ListedImage] = []
    results = hash_files([image.path for image in listing.images], Pace(len(listing.images), "files hashed"))
    for image, result in zip(listing.images, results, strict=True):
        if isinstance(result, Refusal):
            listing.refused.append(RefusedImage(image.id, image.record.source, result.reason, result.detail, image.record))
        else:
            kept.append(image)
            hashes.append(result)
    listing.images = kept
    return hashes


def _open_ledger(output: Path, records: Path, config: IngestConfig) -> Ledger:
    path = ledger_path(output)
    book = load_ledger(path)
    if book is None:
        book = Ledger.of(config.split)
        for target in folder.whole_folders(records):
            split = folder.read_summary(target)["split"]
            book.fractions, book.seed = {name: split[name] for name in features.SPLITS}, split["seed"]
            _restore_ledger(book, target, path)
    book.check(config.split, path)
    return book


def _restore_ledger(book: Ledger, target: Path, path: Path) -> None:
    if book.add(*folder.read_splits(target)):
        book.save(path)
        progress.notice(STAGE, "the ledger of splits lacked images of records that are there; restored")


def _guard(run: Callable[[], None]) -> None:
    try:
        run()
    except Exception as error:  # Beam wraps what a worker raises in errors of many kinds
        text = str(error).strip().splitlines()
        raise UserError(f"ingest: a worker failed: {text[-1] if text else type(error).__name__}") from error
