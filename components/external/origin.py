"""Where the page of an external validation comes from: model, versions, command, configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import yaml

from components.base.source_digest import source_digest
from components.external.scored_model import ScoredModel
from components.ingest.records import DataSource
from components.reporter.collect_provenance import installed_versions
from components.reporter.redact import without_paths


@dataclass(frozen=True)
class Origin:
    """What is needed to do the same again. Times are UTC; no path of the machine is in it.

    Attributes:
      model: digest of graph and weights.
      version: of a pushed model; empty where its folder bears another name.
      run_id: of the run that trained it; empty where it is not known.
      readers: of the data.
      commands: one a line.
      configuration: YAML, every key that bears on the numbers.
    """

    model: str
    version: str
    run_id: str
    made_at: str
    readers: tuple[str, ...]
    versions: dict[str, str]
    code_digest: str
    commands: tuple[str, ...]
    configuration: str


def describe_origin(model: ScoredModel, sources: Sequence[DataSource], settings: Mapping[str, Any]) -> Origin:
    """Gather what identifies a validation.

    Args:
      model: the model.
      sources: the data; of them the readers and their options are told.
      settings: configuration keys that bear on the numbers.
    """
    version = model.folder.resolve().name
    data = "".join(
        f" --data {','.join([source.reader, *(f'{key}={value}' for key, value in source.options.items())])}=DIR" for source in sources
    )
    return Origin(
        model=model.digest,
        version=version if version.isdecimal() else "",
        run_id=model.run.resolve().name if model.run is not None else "",
        made_at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        readers=tuple(dict.fromkeys(source.reader for source in sources)),
        versions=installed_versions(),
        code_digest=source_digest("components.external"),
        commands=(
            "# save the configuration below as external.yaml; MODEL is the model, RUN the run that trained it, DIR where the data lie",
            without_paths(
                f"python -m components.evaluator --model MODEL{' --run RUN' if model.run else ''}{data} --config external.yaml --output OUT"
            ),
        ),
        configuration=without_paths(yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)),
    )
