"""A comparison as one self-contained page and as JSON."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from components.reporter.comparison.compare import Compared, Comparison, SliceCompared
from components.reporter.comparison.sentences import A, B, Sentence, is_real
from components.reporter.page import render_page, render_tree
from components.reporter.slice_tables import BY_CLASS, POOLED, WITHIN, kind_of
from schemas.features import SOURCE

_TEMPLATES = Path(__file__).parent / "templates"
_OPEN = ("", SOURCE)


@dataclass(frozen=True)
class SliceGroup:
    """The slices of one kind: metrics of all classes that a row has, and those of single classes; `folded` until it is opened."""

    kind: str
    rows: tuple[SliceCompared, ...]
    overall: tuple[str, ...]
    by_class: tuple[str, ...]
    folded: bool


def render_html(comparison: Comparison, sentences: Sequence[Sentence]) -> str:
    """Render the page; it loads nothing, as a report does."""
    return render_page(
        "compare.html.jinja",
        {
            "comparison": comparison,
            "topics": by_topic(sentences),
            "with_p": any(entry.corrected_p is not None for row in comparison.slices for entry in row.metrics.values()),
            "groups": slice_groups(comparison),
            "reach": reach(comparison),
            "is_real": is_real,
            "sides": ((A, comparison.first), (B, comparison.second)),
        },
        (_TEMPLATES,),
    )


def render_json(comparison: Comparison, sentences: Sequence[Sentence]) -> str:
    """Render every number of the page as JSON; a number that is not finite becomes null."""
    return render_tree({"sentences": sentences} | asdict(comparison))


def by_topic(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    """Gather the sentences of each topic, in their order."""
    return {topic: [each for each in sentences if each.topic == topic] for topic in dict.fromkeys(each.topic for each in sentences)}


def slice_groups(comparison: Comparison) -> tuple[SliceGroup, ...]:
    """Arrange the slices by kind, the whole test split first; what is the same for all images would repeat it and is left out."""
    kinds: dict[str, list[SliceCompared]] = {}
    for row in comparison.slices:
        kinds.setdefault(kind_of(row), []).append(row)
    whole = kinds.get("", [])
    groups = []
    for kind, rows in kinds.items():
        if kind and len(rows) == 1 and whole and rows[0].n == whole[0].n:
            continue
        names = list(dict.fromkeys(name for row in rows for name in row.metrics if _has(name, rows)))
        overall = tuple(name for name in names if name.startswith(WITHIN) or name in POOLED)
        by_class = tuple(name for name in names if name.partition("/")[0] in BY_CLASS and "/" in name)
        groups.append(SliceGroup(kind, tuple(rows), overall, by_class, kind not in _OPEN))
    return tuple(groups)


def reach(comparison: Comparison) -> float:
    """Find the least tenth that no drawn difference goes beyond, nor the end of its interval; at least 0.1."""
    entries = [entry.pooled for entry in comparison.within_source] + [
        each for entry in comparison.within_source for each in entry.by_source.values()
    ]
    entries += [
        row.metrics[name] for group in slice_groups(comparison) for row in group.rows for name in group.overall if name in row.metrics
    ]
    return min(1.0, max(0.1, math.ceil(10 * max(map(abs, _ends(entries)), default=0)) / 10))


def _ends(entries: Iterable[Compared]) -> list[float]:
    figures = [entry.difference for entry in entries if entry.difference is not None]
    return [end for figure in figures for end in (figure.value, figure.low, figure.high) if end is not None]


def _has(name: str, rows: Sequence[SliceCompared]) -> bool:
    figures = [figure for row in rows if name in row.metrics for figure in (row.metrics[name].first, row.metrics[name].second)]
    return any(figure is not None and figure.value is not None for figure in figures)
