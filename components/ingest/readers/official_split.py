"""Keep each patient on one side of a split that a data set came with."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from components.base.progress import notice
from components.ingest.records import Record
from schemas import features


def keep_patients_together(reader: str, records: Iterable[Record]) -> Iterator[Record]:
    """Move the images of a patient whom the authors put into several splits to the first of train, eval and test.

    Train comes first because a patient seen in training must not be tested on, while one test image less harms nobody.
    The user is told how many patients that are, and no names.

    Args:
      reader: name of the reader, for the notice.
      records: all records of the data set; they are gathered, so this is for lists of some ten thousand.
    """
    gathered = list(records)
    splits: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for record in gathered:
        if record.patient_id and record.split:
            splits[record.source, record.patient_id].add(record.split)
    kept = {patient: min(found, key=features.SPLITS.index) for patient, found in splits.items() if len(found) > 1}
    if kept:
        notice("ingest", _sentence(reader, kept))
    for record in gathered:
        split = kept.get((record.source, record.patient_id), record.split) if record.split else ""
        yield record if split == record.split else replace(record, split=split)


def _sentence(reader: str, kept: dict[tuple[str, str], str]) -> str:
    stands = "1 patient stands" if len(kept) == 1 else f"{len(kept)} patients stand"
    return f"{reader}: {stands} in several official splits; kept in {' and '.join(sorted(set(kept.values()), key=features.SPLITS.index))}"
