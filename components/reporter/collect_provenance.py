"""Where the report comes from: versions, seed, configuration, nodes."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import metadata
from typing import Any

import yaml

from components.reporter.collect_nodes import Node
from components.reporter.collect_openings import Openings
from components.reporter.redact import without_paths

_PACKAGES = (
    "tensorflow",
    "keras",
    "tfx",
    "apache-beam",
    "tensorflow-model-analysis",
    "tensorflow-data-validation",
    "tensorflow-transform",
    "keras-tuner",
    "numpy",
)


@dataclass(frozen=True)
class Provenance:
    """What is needed to make the same report again. Times are UTC.

    `seeds` are those of the configuration, by their keys; `openings` is None where ML Metadata does not know the run.
    """

    run_id: str
    made_at: str
    seed: int
    code_digest: str
    versions: dict[str, str]
    configuration: str
    nodes: tuple[Node, ...]
    seeds: dict[str, int]
    openings: Openings | None


def describe_provenance(
    run_id: str,
    seed: int,
    code_digest: str,
    config_yaml: str,
    nodes: tuple[Node, ...],
    openings: Openings | None,
    made_s: float | None = None,
) -> Provenance:
    """Gather the versions in use and put the rest beside them; paths in the configuration are taken out.

    `made_s` is the time that the report bears, seconds since 1970; None for now.
    """
    made = datetime.now(timezone.utc) if made_s is None else datetime.fromtimestamp(made_s, timezone.utc)
    return Provenance(
        run_id=run_id,
        made_at=made.strftime("%Y-%m-%d %H:%M UTC"),
        seed=seed,
        code_digest=code_digest,
        versions=installed_versions(),
        configuration=without_paths(config_yaml),
        nodes=nodes,
        seeds=dict(find_seeds(yaml.safe_load(config_yaml) or {})),
        openings=openings,
    )


def find_seeds(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, int]]:
    """List the seeds of a configuration by their keys, such as "ingest.split.seed"."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from find_seeds(value, f"{prefix}{key}.")
        elif key == "seed" and isinstance(value, int):
            yield f"{prefix}{key}", value


def installed_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that bear on the numbers."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions
