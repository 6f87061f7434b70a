"""Read the layers of the configuration: base.yaml < --config FILE < environment < --set a.b=value.

base.yaml names every key, so a key that it lacks is a mistake, and one much like it in its section is named.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from components.base.errors import UsageError

ENVIRONMENT_PREFIX = "CXR__"
# The least ratio of difflib at which one name may be a slip of the other.
_ALIKE = 0.7
BASE = Path(__file__).resolve().parents[2] / "pipeline" / "configs" / "base.yaml"

Tree = dict[str, Any]


def load_layers(config: Path | None, environ: Mapping[str, str], assignments: Sequence[str], base: Path = BASE) -> Tree:
    """Merge the layers.

    Args:
      config: a YAML file with any part of the configuration.
      environ: the environment; CXR__TRAINER__EPOCHS=5 sets trainer.epochs.
      assignments: "a.b=value" texts, the value in YAML.
      base: the file that names every key.
    Returns:
      The merged tree, with the keys of `base`.
    Raises:
      UsageError: a file cannot be read, or a key does not exist; the message names one that is much like it, if any.
    """
    tree = _read(base)
    known = list(_paths(tree))
    # A mapping such as trainer.parameters, whose keys base.yaml cannot name.
    free = frozenset(path for path in known if _at(tree, path) == {})
    layers = []
    if config is not None:
        layers.append((str(config), _read(config)))
    layers += [(name, layer) for name, layer in _environment_layers(environ)]
    layers += [(f"--set {text}", _assignment(text)) for text in assignments]
    for origin, layer in layers:
        _merge(tree, layer, origin, known, free)
    return tree


def _read(path: Path) -> Tree:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UsageError(f"{path}: must hold keys and values, not a {type(loaded).__name__}")
    return loaded


def _environment_layers(environ: Mapping[str, str]) -> Iterator[tuple[str, Tree]]:
    for name in sorted(environ):
        if name.startswith(ENVIRONMENT_PREFIX):
            path = name[len(ENVIRONMENT_PREFIX) :].lower().split("__")
            yield name, _nest(path, _value(environ[name], name))


def _assignment(text: str) -> Tree:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(f"--set {text}: write it as --set section.key=value")
    return _nest(key.strip().split("."), _value(value, f"--set {text}"))


def _value(text: str, origin: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{origin}: the value is not valid YAML: {' '.join(str(error).split())}") from error


def _nest(path: Sequence[str], value: Any) -> Tree:
    tree: Any = value
    for key in reversed(path):
        tree = {key: tree}
    return tree  # type: ignore[no-any-return]


def _merge(tree: Tree, layer: Tree, origin: str, known: Sequence[str], free: frozenset[str], prefix: str = "") -> None:
    for key, value in layer.items():
        dotted = f"{prefix}{key}"
        if key not in tree:
            raise UsageError(f"{origin}: unknown configuration key {dotted!r}{_nearest(dotted, known)}")
        if dotted in free and isinstance(value, dict):
            tree[key] = {**tree[key], **value}
        elif isinstance(tree[key], dict):
            if not isinstance(value, dict):
                raise UsageError(f"{origin}: {dotted} is a section; set one of its keys: {', '.join(tree[key])}")
            _merge(tree[key], value, origin, known, free, f"{dotted}.")
        else:
            tree[key] = value


def _at(tree: Tree, path: str) -> Any:
    found: Any = tree
    for key in path.split("."):
        found = found[key]
    return found


def _nearest(dotted: str, known: Sequence[str]) -> str:
    section, _, name = dotted.rpartition(".")
    # Last names alone are compared: a section in common makes any two paths alike.
    within = {path.rpartition(".")[2]: path for path in reversed(known) if not section or path.startswith(f"{section}.")}
    near = difflib.get_close_matches(name, within, n=1, cutoff=_ALIKE)
    if near:
        return f"; did you mean {within[near[0]]!r}?"
    beside = ", and parameters of the architecture stand under trainer.parameters" if section == "trainer" else ""
    return f"; pipeline/configs/base.yaml lists every key{beside}"


def _paths(tree: Tree, prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{key}.")
