"""Say what an ingest would do, without decoding an image or writing a file."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from components.base.errors import DataRefusedError
from components.ingest.checks import check_classes, check_columns, check_share, check_splits
from components.ingest.config import IngestConfig
from components.ingest.deidentify import check_private_dir, load_pseudonyms
from components.ingest.duplicates import Grouping
from components.ingest.ledger import Ledger, ledger_path, load_ledger
from components.ingest.listing import Listing, list_images
from components.ingest.names import escape_name
from components.ingest.place import describe_official, describe_unnamed, place
from components.ingest.records import DataSource
from components.ingest.summary import cells_of
from schemas import features
from schemas.classes import ClassMap

_SHOWN_NAMES = 5


def describe_plan(
    sources: Sequence[DataSource], output: Path, config: IngestConfig, classes: ClassMap, columns: tuple[str, ...], private_dir: Path | None
) -> Iterator[str]:
    """Describe in lines what `ingest` would make of the same arguments, as far as the listing tells.

    Of the files at most the header is read: damaged images and copies show in the run itself.

    Raises:
      UsageError: as `ingest`.
      DataRefusedError: as `ingest`.
    """
    check_columns(columns)
    if config.beam:
        from components.ingest.runner import check_flags  # Beam takes seconds to import

        check_flags(config.beam)
    if private_dir is not None:
        check_private_dir(private_dir, output)
    listing = list_images(sources, classes, columns, load_pseudonyms(private_dir, create=False))
    book = load_ledger(ledger_path(output)) or Ledger.of(config.split)
    book.check(config.split, ledger_path(output))
    placement = place(listing.images, Grouping.without_copies(image.patient_group for image in listing.images), config.split, book)
    placed = placement.images
    counts: Counter[tuple[str, str, str]] = Counter()
    for cell in cells_of(placed):
        counts[cell["source"], cell["label"], cell["split"]] = cell["images"]
    yield _line("source", "class", *features.SPLITS, "images", "in ledger")
    known: Counter[tuple[str, str]] = Counter((image.source, image.label) for image in placed if image.patient_group in book.groups)
    for source, label in sorted({(source, label) for source, label, _ in counts}):
        by_split = [counts[source, label, split] for split in features.SPLITS]
        yield _line(escape_name(source), label, *by_split, sum(by_split), known[source, label])
    yield (
        f"listed {listing.rows}, to decode {len(placed)}, quarantined {len(listing.refused)}, skipped {listing.skipped.total()}, "
        f"absent {listing.absent.total()}"
    )
    yield from listing.faults
    yield from _describe_refusals(listing, config, classes, {(image.label, image.split) for image in placed})
    yield from _describe_skipped(listing)
    yield from describe_official(placement)
    yield from describe_unnamed(placement)
    for reason, count in sorted(Counter(image.reason.value for image in listing.refused).items()):
        named = [image for image in listing.refused if image.reason.value == reason]
        names = ", ".join(escape_name(image.record.name) or image.detail for image in named[:_SHOWN_NAMES])
        yield f"quarantined {count}: {reason}: {names}{', ...' if count > _SHOWN_NAMES else ''}"


def _describe_refusals(listing: Listing, config: IngestConfig, classes: ClassMap, cells: set[tuple[str, str]]) -> Iterator[str]:
    try:
        check_share(listing, config.max_quarantined, None, decoded=False)
        check_classes(classes, listing, config.split)
        check_splits(cells, classes, config.split)
    except DataRefusedError as error:
        yield f"would be refused: {error}"


def _describe_skipped(listing: Listing) -> Iterator[str]:
    for why, count in sorted(listing.skipped.items()):
        labels = listing.skipped_labels.get(why, Counter())
        named = ", ".join(f"{escape_name(label)!r} ({number})" for label, number in labels.most_common(_SHOWN_NAMES))
        yield f"skipped {count}: {why}{': ' if named else ''}{named}{', ...' if len(labels) > _SHOWN_NAMES else ''}"
    for source, count in sorted(listing.absent.items()):
        yield f"absent {count}: listed for {escape_name(source)}, and not on the disk"


def _line(source: object, label: object, *numbers: object) -> str:
    return f"{source!s:<24} {label!s:<16}" + "".join(f" {number!s:>9}" for number in numbers)
