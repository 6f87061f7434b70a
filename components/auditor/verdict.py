"""Say in words what the audit found, the figures within sources first."""

from components.auditor.audit import Audit, Floor
from components.auditor.near import near_floors
from components.evaluator.intervals import Interval


def verdict(audit: Audit, near: float) -> tuple[str, ...]:
    """Make the sentences.

    Args:
      audit: everything but them.
      near: a floor whose macro recall is less than this below the model's comes near it.
    Returns:
      What the audit found; the last sentence says, once for all, why figures have no interval.
    """
    write = _Figures()
    found = (_within(audit, write), _overall(audit, write), *_near(audit, near), _embedding(audit, write), _border(audit, write))
    return (*found, *write.told())


def headline(audit: Audit) -> str:
    """Say in one line how the model stands to the best floor."""
    floor = audit.floor(audit.best_floor)
    figures = (audit.model.macro_recall, floor.measures.macro_recall)
    model, best = (figure.why_none if figure.value is None else f"{figure.value:.3f}" for figure in figures)
    return f"macro recall of the model {model}, of the best floor ({floor.sees}) {best}"


class _Figures:
    """Writes figures, and remembers what must be said of them once, below all sentences."""

    def __init__(self) -> None:
        self._bare: dict[str, None] = {}
        self._notes: dict[str, None] = {}

    def __call__(self, figure: Interval) -> str:
        """Write a figure as "0.910 [0.850, 0.960]", as "0.910" where it has no interval, or why there is no value."""
        if figure.value is None:
            return figure.why_none
        if figure.low is None or figure.high is None:
            self._bare[figure.why_none] = None
            return f"{figure.value:.3f}"
        if figure.note:
            self._notes[figure.note] = None
        return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"

    def told(self) -> tuple[str, ...]:
        bare = f"Figures without brackets have no interval: {'; '.join(self._bare)}." if self._bare else ""
        notes = f"Brackets that are not of the draws alone: {'; '.join(self._notes)}." if self._notes else ""
        return tuple(text for text in (bare, notes) if text)


def _within(audit: Audit, write: _Figures) -> str:
    if audit.model.within_source.value is None:
        return f"Within sources: {audit.model.within_source.why_none}, so that no figure here tells the class from the source."
    pairs = ", ".join(audit.model.within_pairs)
    text = f"Within sources the AUC of the model ({pairs}) is {write(audit.model.within_source)}"
    if audit.best_floor_within_source is None:
        return f"{text}; eval cannot say which floor is best there."
    floor = audit.floor(audit.best_floor_within_source)
    return (
        f"{text}, that of the best floor ({floor.sees}) {write(floor.measures.within_source)}: excess {write(floor.excess.within_source)}."
    )


def _overall(audit: Audit, write: _Figures) -> str:
    floor = audit.floor(audit.best_floor)
    return (
        f"The macro recall of the model is {write(audit.model.macro_recall)}, that of the best floor ({floor.sees}) "
        f"{write(floor.measures.macro_recall)}: excess {write(floor.excess.macro_recall)}."
    )


def _near(audit: Audit, near: float) -> tuple[str, ...]:
    """Sort the floors into those that reach the model and those that come near it, without the lungs or with a blur of them."""
    found_near = near_floors(audit, near)
    reaching, close, unshown = found_near.reaching, found_near.close, found_near.unshown
    few = "There are too few patients of a class to show by how much."
    told = (
        ("These reach the model and do not see the lungs", reaching, False, "The model's figure is no evidence that it reads them."),
        ("These come near the model and do not see the lungs", close, False, "Most of the model's figure needs no lungs."),
        ("These lie below the model and do not see the lungs", unshown, False, few),
        ("These reach the model and see the lungs as a blur", reaching, True, "The model is not shown to read detail."),
        ("These come near the model and see the lungs as a blur", close, True, "Most of the model's figure needs no detail."),
        ("These lie below the model and see the lungs as a blur", unshown, True, few),
    )
    found = []
    for words, floors, lungs, meaning in told:
        named = [f"{floor.sees} ({_scored(floor)})" for floor in floors if floor.sees_lungs is lungs]
        if named:
            found.append(f"{words}: {'; '.join(named)}. {meaning}")
    return tuple(found) or (f"No floor comes within {near:g} of the model's macro recall: none of them explains it.",)


def _scored(floor: Floor) -> str:
    value = floor.measures.macro_recall.value
    return floor.measures.macro_recall.why_none if value is None else f"{value:.3f}"


def _embedding(audit: Audit, write: _Figures) -> str:
    probe = audit.source_probe
    if probe.chance is None or probe.embedding.value is None:
        return f"The source in the model's embedding: {probe.embedding.why_none}."
    return (
        f"A linear classifier tells the source from the model's embedding with a balanced accuracy of {write(probe.embedding)} "
        f"(chance {probe.chance:.3f}; from an 8 x 8 thumbnail {write(probe.thumbnail)})."
    )


def _border(audit: Audit, write: _Figures) -> str:
    border = audit.border
    before, after, drop = (figures["macro_recall"] for figures in (border.before, border.after, border.drop))
    text = (
        f"With the outer {100 * border.share:g} % of each side filled with its mean, macro recall goes from {write(before)} to "
        f"{write(after)}, a drop of {write(drop)}"
    )
    if drop.low is None:
        # Macro recall needs enough patients of the scarcest class, accuracy of all classes together.
        drop = border.drop["accuracy"]
        text += f", too few patients of a class for an interval; accuracy drops by {write(drop)}"
    if drop.low is None:
        return f"{text}: too few patients to tell."
    if drop.low > 0:
        return f"{text}: the model reads the border, or is upset by a frame that it never saw."
    return f"{text}: no drop is shown."
