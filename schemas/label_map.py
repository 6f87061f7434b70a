"""How the labels of a data set become classes: a commented YAML for each reader under schemas/sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).with_name("sources")

LEFT_OUT = "label is left out by its map"
SEVERAL = "labels of several classes"
UNMAPPED = "label is not in its map"


@dataclass(frozen=True)
class LabelMap:
    """The labels of one reader.

    Attributes:
      classes: class of each label, case folded; None leaves the label out on purpose.
      separator: what stands between several labels of one image, "" where there is one.
      hierarchy: what stands between the levels of a label, "" where it has none; a label that the map lacks is read as its parent.
      keep: whether a label that the map lacks is a class by its own name.
      weakest: the class that gives way where an image has labels of another class too, "" where none does.
    """

    classes: Mapping[str, str | None]
    separator: str = ""
    hierarchy: str = ""
    keep: bool = False
    weakest: str = ""

    def read(self, label: str) -> tuple[str, str]:
        """Find the class of a label.

        Returns:
          (class, ""), or ("", why it has none): LEFT_OUT, SEVERAL or UNMAPPED.
        """
        parts = label.split(self.separator) if self.separator else [label]
        found: set[str] = set()
        for part in parts:
            known, class_name = self._look_up(part.strip())
            if not known:
                return "", UNMAPPED
            found.add(class_name or "")
        found.discard("")
        if len(found) > 1:
            found.discard(self.weakest)
        if len(found) > 1:
            return "", SEVERAL
        return (found.pop(), "") if found else ("", LEFT_OUT)

    def _look_up(self, label: str) -> tuple[bool, str | None]:
        name = label
        while True:
            if name.casefold() in self.classes:
                return True, self.classes[name.casefold()]
            if not self.hierarchy or self.hierarchy not in name:
                return self.keep, label
            name = name.rpartition(self.hierarchy)[0]


def load_label_map(reader: str, changes: Mapping[str, str | None]) -> LabelMap:
    """Read the map of a reader.

    Args:
      reader: its name; `schemas/sources/<reader>.yaml` must be there.
      changes: labels that the configuration maps otherwise.
    Raises:
      ValueError: the file has other keys than labels, separator, hierarchy, keep and weakest, or names a label twice.
    """
    path = FOLDER / f"{reader}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    strange = set(content) - {"labels", "separator", "hierarchy", "keep", "weakest"}
    if strange:
        raise ValueError(f"{path.name}: unknown key {sorted(strange)[0]!r}")
    classes = {str(label).casefold(): class_name for label, class_name in content["labels"].items()}
    if len(classes) < len(content["labels"]):
        raise ValueError(f"{path.name}: two labels differ in case alone")
    classes |= {label.casefold(): class_name for label, class_name in changes.items()}
    texts = (content.get("separator", ""), content.get("hierarchy", ""))
    return LabelMap(classes, *texts, content.get("keep", False), content.get("weakest", ""))
