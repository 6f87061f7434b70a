"""Two runs side by side as a short table of text."""

from collections.abc import Iterator, Sequence

from components.reporter import formats
from components.reporter.comparison.compare import Compared, Comparison
from components.reporter.comparison.sentences import TOLD, A, B, Sentence
from components.reporter.intervals_shown import AnyFigure, remark
from schemas.features import SOURCE


def as_text(comparison: Comparison, sentences: Sequence[Sentence]) -> str:
    """Write the sentences, then the figures within sources, of all test images and by source."""
    runs = [
        f"{name}  run {facts.run_id}, {'blessed' if facts.blessed else 'not blessed'}"
        for name, facts in ((A, comparison.first), (B, comparison.second))
    ]
    told = [f"{sentence.topic}: {sentence.text}" for sentence in sentences]
    return "\n".join([*runs, "", *told, "", *_table(comparison)])


def _table(comparison: Comparison) -> Iterator[str]:
    same = comparison.images.same
    lines = [["", A, B, *(["B less A"] if same else [])]]
    for entry in comparison.within_source:
        lines.append(_row(f"AUC {entry.pair[0]} or {entry.pair[1]}, within sources", entry.pooled, same))
    for row in comparison.slices:
        if not row.slice or set(row.slice) == {SOURCE}:
            where = row.slice[SOURCE] if row.slice else "all"
            lines += [_row(f"{formats.metric_name(name)}, {where}", row.metrics[name], same) for name in TOLD]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _row(name: str, entry: Compared, same: bool) -> list[str]:
    return [name, _shown(entry.first), _shown(entry.second), *([_shown(entry.difference, signed=True)] if same else [])]


def _shown(figure: AnyFigure | None, signed: bool = False) -> str:
    if figure is None:
        return "n/a"
    if figure.value is None:
        return remark(figure)
    write = formats.signed if signed else formats.score
    if figure.low is None or figure.high is None:
        return f"{write(figure.value)} (no interval)"
    return f"{write(figure.value)} [{write(figure.low)}, {write(figure.high)}]"
