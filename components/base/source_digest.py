"""A digest of our own source behind a module, so that caches see code.

TFX hashes the string of an importable path, not the code behind it. The digest follows the imports between our own
packages, by reading the source and without importing anything.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("components", "pipeline", "schemas", "tuning")
_COMMAND = "__main__.py"
_DATA_SUFFIXES = (".yaml", ".pbtxt", ".html", ".css", ".js", ".jinja")


def source_digest(*modules: str) -> str:
    """Digest the source of the modules and of all of ours that they import.

    Args:
      modules: dotted names, such as "components.trainer.run"; a package stands for every module and data file in it but its
        command, `__main__.py`, which no node runs.
    Returns:
      16 hex digits; the same on every machine for the same source.
    Raises:
      ModuleNotFoundError: a name is not a module of this project.
    """
    digest = hashlib.sha256()
    for path in source_files(*modules):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def source_files(*modules: str) -> list[Path]:
    """List the files behind the modules: their own, and those of ours that they import, at any depth."""
    found: set[Path] = set()
    waiting: list[Path] = [path for module in modules for path in _files_of(module, whole_package=True)]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            waiting += [file for module in _imports(path.read_bytes()) for file in _files_of(module, whole_package=False)]
    return sorted(found)


def _files_of(module: str, whole_package: bool) -> list[Path]:
    base = ROOT.joinpath(*module.split("."))
    if base.with_suffix(".py").is_file():
        return [base.with_suffix(".py"), *_package_inits(base)]
    if (base / "__init__.py").is_file():
        own = [base / "__init__.py"]
        if whole_package:
            own = [path for path in sorted(base.rglob("*")) if path.suffix in (".py", *_DATA_SUFFIXES) and path.name != _COMMAND]
        return own + _package_inits(base)
    raise ModuleNotFoundError(f"{module} is not a module of this project")


def _package_inits(base: Path) -> list[Path]:
    inits = [parent / "__init__.py" for parent in base.parents if parent != ROOT and ROOT in parent.parents]
    return [path for path in inits if path.is_file()]


@cache
def _imports(source: bytes) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
            names.add(node.module)
    return frozenset(name for name in names if name.split(".")[0] in PACKAGES and _exists(name))


def _exists(name: str) -> bool:
    base = ROOT.joinpath(*name.split("."))
    return base.with_suffix(".py").is_file() or (base / "__init__.py").is_file()
