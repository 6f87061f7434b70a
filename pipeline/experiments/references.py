"""Which row each row is compared with."""

from collections.abc import Iterable, Mapping, Sequence

from pipeline.experiments.pooling import Series, any_of

References = Mapping[str, Sequence[str]]


def check_references(references: References, reference: str, names: Sequence[str]) -> None:
    """Refuse references that make no sense.

    Args:
      references: a variant to those that are compared with it, instead of with `reference`.
      reference: what all others are compared with.
      names: of all variants.
    Raises:
      ValueError: a name is no variant, or a variant is compared twice, with itself, in a circle, or being the reference.
    """
    targets: dict[str, str] = {}
    for target, compared in references.items():
        for name in (target, *compared):
            if name not in names:
                raise ValueError(f"references: {name!r} is no variant; there are: {', '.join(names)}")
        for name in compared:
            if name in targets:
                raise ValueError(f"references: {name!r} is compared with {targets[name]!r} and {target!r}; name it once")
            if name == reference:
                raise ValueError(f"references: {name!r} is the reference, which is compared with none")
            targets[name] = target
    for name in targets:
        passed, target = [name], targets[name]
        while target in targets and target not in passed:
            passed.append(target)
            target = targets[target]
        if target in passed:
            raise ValueError(f"references: {name!r} is compared with itself{' in a circle' if len(passed) > 1 else ''}")


class Pairing:
    """Finds for each series the one that it is compared with."""

    def __init__(self, series: Sequence[Series], references: References):
        """Make it.

        Args:
          series: all of a comparison.
          references: as `check_references`.
        """
        self._series = series
        self._targets = {name: target for target, compared in references.items() for name in compared}
        self._main = next((one.variant for one in series if one.reference), "")

    def against(self, variant: str) -> str:
        """Name the variant that a variant is compared with; empty for the reference, and where none is measured."""
        return "" if variant == self._main else self._targets.get(variant, self._main)

    def reference_of(self, one: Series) -> tuple[Series | None, str]:
        """Find the series to compare with, or say why there is none; neither where there is nothing to compare with."""
        wanted = self.against(one.variant)
        if not wanted:
            return None, ""
        name = "the reference" if wanted == self._main else wanted
        mine = _nearest(one, (other for other in self._series if other.variant == wanted))
        if mine is None:
            return None, f"{name} has no result for {one.family}"
        why = any_of(one.answers).why_unpaired(any_of(mine.answers))
        return (None, f"not comparable with {name}: {why}") if why else (mine, "")


def _nearest(one: Series, others: Iterable[Series]) -> Series | None:
    known = list(others)
    same = [other for other in known if other.family == one.family]
    # Folds cut otherwise may hold the same images; whether they do is seen when they are paired.
    folds = [other for other in known if other.family.startswith("folds ") and one.family.startswith("folds ")]
    return next(iter(same + folds), None)
