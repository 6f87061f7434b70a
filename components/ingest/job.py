"""Convert folders of images to sharded TFRecords: once, and never half."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from components.base import progress
from components.base.errors import DataRefusedError, UsageError
from components.ingest import checks, folder, private_lists
from components.ingest.build import Build
from components.ingest.config import IngestConfig, SplitConfig
from components.ingest.content import hash_files, records_digest
from components.ingest.deidentify import check_private_dir, load_pseudonyms
from components.ingest.heap import shared_heap
from components.ingest.ledger import Ledger, division_of, ledger_path, load_ledger
from components.ingest.listing import ListedImage, Listing, RefusedImage, list_images
from components.ingest.records import DataSource, Records
from components.ingest.refusal import Refusal
from components.ingest.watch import STAGE, Pace
from schemas.classes import ClassMap

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
    killed, the next one goes on with the images that were decoded and comes to the same result.

    Args:
      sources: folders and their readers; paths must be visible to every worker.
      output: the output folder.
      config: limits, storage and division.
      classes: the classes of the run; rows with other labels are skipped and counted.
      columns: further csv columns that travel as features `extra/<column>`.
      private_dir: where the key and the names are kept, outside `output`; None for the built-in phantom only.
    Raises:
      UsageError: data, configuration, Beam's flags or ledger do not fit together.
      DataRefusedError: the data are not fit to train on.
      LockedError: another ingest writes here.
    """
    checks.check_columns(columns)
    if config.beam:
        from components.ingest.runner import check_flags  # Beam takes seconds to import

        check_flags(config.beam)
    if private_dir is not None:
        check_private_dir(private_dir, output)
    pseudonyms = load_pseudonyms(private_dir)
    listing = list_images(sources, classes, columns, pseudonyms)
    if listing.faults:
        raise UsageError(listing.faults[0])
    hashes = _hash(listing)
    digest = records_digest(listing, hashes, config, classes, columns, pseudonyms)
    with folder.open_records(output, digest) as records, shared_heap():
        book = _open_ledger(output, records, config)
        target = records / digest
        if target in folder.whole_folders(records):
            _restore_ledger(book, target, ledger_path(output))
            summary = folder.check_whole(target)
            if private_dir is not None and not private_lists.index_path(private_dir, digest).exists():
                private_lists.write_index(private_dir, digest, listing)
            return Records(target, digest, summary, reused=True)
        if target.exists():
            raise DataRefusedError(f"{target}: its {folder.SUMMARY} is missing; remove this folder, and it is made again")
        partial = folder.begin_folder(records, digest)
        try:
            summary = Build(partial, digest, listing, hashes, config, classes, columns, private_dir).run(book)
        except DataRefusedError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        book.save(ledger_path(output))
        return Records(folder.finish_folder(partial), digest, summary, reused=False)


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
            book.division = division_of(SplitConfig(**folder.read_summary(target)["split"]))
            _restore_ledger(book, target, path)
    book.check(config.split, path)
    return book


def _restore_ledger(book: Ledger, target: Path, path: Path) -> None:
    if book.add(*folder.read_splits(target)):
        book.save(path)
        progress.notice(STAGE, "the ledger of splits lacked images of records that are there; restored")
