"""The classes of a run: which labels of the data each one gathers, and their order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ClassMap:
    """The parsed `data.classes`.

    Attributes:
      names: the classes in order; the position is the label index.
      by_label: class of each label that the data may carry.
    """

    names: tuple[str, ...]
    by_label: dict[str, str]


def parse_classes(items: Iterable[str | Mapping[str, Sequence[str]]]) -> ClassMap:
    """Parse the items of `data.classes`.

    Args:
      items: each a label that is a class of its own, or a mapping of one class to the labels that it gathers,
        such as ["normal", {"abnormal": ["pneumonia", "covid19"]}].
    Returns:
      The classes in the order of the items.
    Raises:
      ValueError: an item is neither, a name is blank, or a class or a label occurs twice.
    """
    names: list[str] = []
    by_label: dict[str, str] = {}
    if isinstance(items, str | Mapping):
        raise ValueError("classes must be a list, such as [normal, {abnormal: [pneumonia, covid19]}]")
    for item in items:
        name, labels = _parse_item(item)
        if name in names:
            raise ValueError(f"class {name!r} is named twice")
        names.append(name)
        for label in labels:
            if label in by_label:
                raise ValueError(f"label {label!r} is named twice: in class {by_label[label]!r} and in class {name!r}")
            by_label[label] = name
    if not names:
        raise ValueError("name at least one class")
    return ClassMap(tuple(names), by_label)


def _parse_item(item: object) -> tuple[str, list[str]]:
    if isinstance(item, Mapping):
        if len(item) != 1:
            raise ValueError(f"{dict(item)!r} must name one class, such as {{abnormal: [pneumonia, covid19]}}")
        (name, labels) = next(iter(item.items()))
        if isinstance(labels, str) or not isinstance(labels, Sequence) or not labels:
            raise ValueError(f"class {name!r} needs a list of the labels that it gathers")
        return _parse_name(name), [_parse_name(label) for label in labels]
    name = _parse_name(item)
    return name, [name]


def _parse_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{name!r} is not the name of a class or label")
    if name != name.strip() or not name.isprintable():
        raise ValueError(f"{name!r} has blanks around it or characters that cannot be shown")
    return name
