"""One records folder in the making: decode, join copies, divide, write."""

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.base import progress
from components.base.errors import DataRefusedError, UserError
from components.ingest import checks, checksums, folder, private_lists, staging
from components.ingest.config import IngestConfig
from components.ingest.copies.find import find_copies
from components.ingest.decode import Limits
from components.ingest.deidentify import load_pseudonyms
from components.ingest.duplicates import CopyCandidate, Grouping, join_copies
from components.ingest.earlier import EarlierImages
from components.ingest.features_of import example_features
from components.ingest.heap import compact_heap
from components.ingest.ledger import Ledger
from components.ingest.listing import ListedImage, Listing, RefusedImage
from components.ingest.place import PlacedImage, Placement, describe_official, describe_unnamed, place
from components.ingest.staging import Batch, Chained, StagedFingerprints, StagedImage, Staging
from components.ingest.summary import summarise
from components.ingest.tfrecord import count_records
from components.ingest.watch import STAGE, copies_pace, watching
from schemas import features
from schemas.classes import ClassMap
from schemas.quarantine import Reason


@dataclass
class Build:
    """What one folder is made of.

    Attributes:
      partial: the folder, under its name of an unfinished one.
      digest: its name to be.
      listing: the rows; refusals are added.
      hashes: SHA-256 of the file of each listed image.
      config: limits, storage and division.
      classes: the classes of the run.
      columns: further csv columns.
      private_dir: where names may be written; None for the phantom.
    """

    partial: Path
    digest: str
    listing: Listing
    hashes: Sequence[str]
    config: IngestConfig
    classes: ClassMap
    columns: tuple[str, ...]
    private_dir: Path | None
    _flags: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def run(self, book: Ledger) -> dict[str, Any]:
        """Make everything but the folder's final name, and return the summary.

        Raises:
          DataRefusedError: the data are not fit to train on.
          UserError: a worker failed.
        """
        # Both checks come again after decoding; what cannot pass now need not be decoded.
        self._check_share(decoded=False)
        checks.check_classes(self.classes, self.listing, self.config.split)
        staged = self._decode()
        grouping = self._join(staged, book)
        self._check_share(decoded=True)
        checks.check_classes(self.classes, self.listing, self.config.split)
        placement = place(self.listing.images, grouping, self.config.split, book)
        checks.check_splits({(image.label, image.split) for image in placement.images}, self.classes, self.config.split)
        for fact in (*describe_official(placement), *describe_unnamed(placement)):
            progress.notice(STAGE, fact)
        self._write(staged, placement.images)
        return self._finish(placement, grouping, book)

    def _check_share(self, decoded: bool) -> None:
        names = private_lists.write_quarantine_names(self.private_dir, self.digest, self.listing) if self.private_dir else None
        checks.check_share(self.listing, self.config.max_quarantined, names, decoded)

    def _decode(self) -> dict[str, StagedImage]:
        from components.ingest import passes  # Beam takes seconds to import, and a folder that is reused needs none

        images = self.listing.images
        area = self._staging()
        done = area.done()
        waiting: list[Batch] = [batch for batch in staging.batches_of(images, self.hashes) if batch[0] not in done]
        per_batch = staging.batch_size(len(images))
        limits = Limits(self.config.min_side_px, self.config.max_megapixels, self.config.max_aspect_ratio)
        work = passes.DecodeBatch(str(area.folder), limits, self.config.max_side_px)
        with watching(lambda: per_batch * len(area.done()), len(images), "images decoded"):
            self._run(waiting, work)
        staged: dict[str, StagedImage] = {}
        refusals: dict[str, tuple[Reason, str]] = {}
        for image, row in area.read_rows():
            if row.get("changed"):
                raise DataRefusedError(f"image {row['id']} changed while it was read; run again when nothing writes to the data folders")
            if image is None:
                refusals[row["id"]] = (Reason(row["reason"]), row["detail"])
            else:
                staged[image.id] = image
        self._refuse(refusals)
        return staged

    def _join(self, staged: dict[str, StagedImage], book: Ledger) -> Grouping:
        # In an order that tells nothing of sources: the search learns its vocabulary from the first images.
        images = sorted(self.listing.images, key=lambda image: image.id)
        places = [staged[image.id] for image in images]
        earlier = EarlierImages(self.partial.parent, staged)
        pairs = _same_pixels([*(place.pixels for place in places), *earlier.pixels])
        if self.config.near_copies:
            prints = Chained(StagedFingerprints(self._staging(), places), earlier)
            with compact_heap():
                pairs += [(pair.i, pair.j) for pair in find_copies(prints, copies_pace(len(prints)))]
        candidates = [CopyCandidate(image.id, image.patient_group, image.label) for image in images]
        candidates += [CopyCandidate(*names, label="") for names in zip(earlier.ids, earlier.patient_groups, strict=True)]
        grouping = join_copies(candidates, pairs, book.groups, book.images)
        known = {image.id: image for image in images if image.id in grouping.conflicts}
        detail = "image {} is a copy of it, and has class {!r}"
        conflicts = {
            image_id: (Reason.LABEL_CONFLICT, detail.format(other, known[other].label)) for image_id, other in grouping.conflicts.items()
        }
        self._refuse(conflicts, {image_id: known[other] for image_id, other in grouping.conflicts.items()})
        self._refuse(dict.fromkeys(grouping.ties, (Reason.TIES_SPLITS, "a copy of it belongs to another split")))
        return grouping

    def _refuse(self, refusals: dict[str, tuple[Reason, str]], others: dict[str, ListedImage] | None = None) -> None:
        kept: list[ListedImage] = []
        for image in self.listing.images:
            if image.id in refusals:
                other = others[image.id].record if others else None
                self.listing.refused.append(RefusedImage(image.id, image.record.source, *refusals[image.id], image.record, other))
            else:
                kept.append(image)
        self.listing.images = kept

    def _write(self, staged: dict[str, StagedImage], placed: Sequence[PlacedImage]) -> None:
        from components.ingest import passes

        area = self._staging()
        shards = self._plan(area, staged, placed)
        with watching(lambda: len(list(self.partial.glob("examples/*/part-*.tfrecord"))), len(shards), "shards written"):
            self._run(shards, passes.WriteShard(str(area.folder)))
        shutil.rmtree(area.folder)

    def _plan(self, area: Staging, staged: dict[str, StagedImage], placed: Sequence[PlacedImage]) -> list[staging.Shard]:
        records = {image.id: image.record for image in self.listing.images}
        shards: list[staging.Shard] = []
        for split in features.SPLITS:
            examples, fingerprints = (self.partial / kind / split for kind in (folder.EXAMPLES, folder.FINGERPRINTS))
            for path in (examples, fingerprints):
                shutil.rmtree(path, ignore_errors=True)
                path.mkdir(parents=True)
            # Sorted by their keyed ids, and so in no order that tells anything.
            chosen = sorted((image for image in placed if image.split == split), key=lambda image: image.id)
            borders = staging.shards_of(len(chosen), self.config.images_per_shard)
            for index, (start, end) in enumerate(borders):
                rows = [(area.read_row(staged[image.id]), image) for image in chosen[start:end]]
                for row, image in rows:
                    self._flags.update((image.source, image.label, flag) for flag in row["flags"])
                plan = area.folder / f"{split}-{index:05d}{staging.PLAN}"
                staging.write_plan(plan, ((row, example_features(records[image.id], image, row, self.classes)) for row, image in rows))
                name = f"part-{index:05d}-of-{len(borders):05d}.tfrecord"
                shards.append((str(examples / name), str(fingerprints / name), str(plan)))
        return shards

    def _finish(self, placement: Placement, grouping: Grouping, book: Ledger) -> dict[str, Any]:
        placed = placement.images
        key = load_pseudonyms(self.private_dir).key_digest
        summary = summarise(self.digest, self.listing, placement, grouping, self._flags, self.config, self.classes, self.columns, key)
        written = sum(count_records(path) for path in self.partial.glob(f"{folder.EXAMPLES}/*/part-*.tfrecord"))
        counts = summary["counts"]
        if counts["listed"] != written + counts["quarantined"] + counts["skipped"] + counts["absent"]:
            raise UserError(
                f"ingest wrote {written} images where the counts are {counts}; this is a fault of the program, nothing was kept"
            )
        quarantine = [(image.id, image.source, image.reason.value, image.detail) for image in self.listing.refused]
        folder.write_quarantine(self.partial, quarantine)
        folder.write_splits(self.partial, [(image.id, image.patient_group, image.group, image.place, image.split) for image in placed])
        folder.write_summary(self.partial, summary)
        checksums.write_checksums(self.partial)
        if self.private_dir is not None:
            private_lists.write_index(self.private_dir, self.digest, self.listing)
        book.add({image.patient_group: image.place for image in placed}, [image.id for image in placed])
        return summary

    def _staging(self) -> Staging:
        area = self.partial / "staging"
        area.mkdir(exist_ok=True)
        return Staging(area)

    def _run(self, elements: Iterable[Any], work: Any) -> None:
        from components.ingest.runner import run_pass

        _guard(lambda: run_pass(elements, work, self.config.workers, self.config.beam))


def _same_pixels(digests: Sequence[bytes]) -> list[tuple[int, int]]:
    by_pixels: defaultdict[bytes, list[int]] = defaultdict(list)
    for index, digest in enumerate(digests):
        by_pixels[digest].append(index)
    return [(same[0], other) for same in by_pixels.values() for other in same[1:]]


def _guard(run: Callable[[], None]) -> None:
    try:
        run()
    except Exception as error:  # Beam wraps what a worker raises in errors of many kinds
        text = str(error).strip().splitlines()
        raise UserError(f"ingest: a worker failed: {text[-1] if text else type(error).__name__}") from error
