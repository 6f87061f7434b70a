"""Bring the images of a run into TFRecords: the built-in phantom, or the user's folders."""

from dataclasses import dataclass
from pathlib import Path

from components.base.plural import plural
from components.ingest.deidentify import default_private_dir
from components.ingest.job import DataSource, Records, ingest
from components.phantom.generate import generate
from pipeline.config import Config
from pipeline.console import Console


@dataclass(frozen=True)
class PreparedData:
    """The ingested records, and the folder of the built-in phantom where they are of it."""

    records: Records
    phantom: Path | None


def prepare(config: Config, output: Path, console: Console) -> PreparedData:
    """Ingest the data of a run, making the phantom first where no data are named.

    Raises:
      UserError: the data cannot be read, or are refused.
    """
    phantom = None
    if not config.data.sources:
        with console.stage("phantom"):
            phantom = generate(config.phantom, output / "phantom")
        sources = [DataSource("manifest", phantom)]
    else:
        sources = [source.source() for source in config.data.sources]
    with console.stage("ingest") as outcome:
        records = ingest(
            sources,
            output=output,
            config=config.ingest,
            classes=config.data.class_map,
            columns=config.data.columns,
            private_dir=None if phantom else config.data.private_dir or default_private_dir(),
        )
        counts = records.summary["counts"]
        outcome[0] = "reused" if records.reused else "complete"
        outcome[1] = f"{plural(counts['written'], 'image')}, {counts['quarantined']} quarantined, {counts['skipped']} skipped"
    return PreparedData(records, phantom)
