"""Where the report comes from: versions, seed, configuration, nodes."""

import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import metadata

from components.reporter.collect_nodes import Node
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
    """What is needed to make the same report again. Times are UTC."""

    run_id: str
    made_at: str
    seed: int
    code_digest: str
    versions: dict[str, str]
    configuration: str
    nodes: tuple[Node, ...]


def describe_provenance(run_id: str, seed: int, code_digest: str, config_yaml: str, nodes: tuple[Node, ...]) -> Provenance:
    """Gather the versions in use and put the rest beside them; paths in the configuration are taken out."""
    return Provenance(
        run_id=run_id,
        made_at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        seed=seed,
        code_digest=code_digest,
        versions=installed_versions(),
        configuration=without_paths(config_yaml),
        nodes=nodes,
    )


def installed_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that bear on the numbers."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions
