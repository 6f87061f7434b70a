"""How figures of a comparison are written, alike in the console, in Markdown and on the page."""

from collections.abc import Sequence
from typing import Final

from components.evaluator.intervals import Interval
from components.reporter import formats
from pipeline.experiments.comparison import Between, Change, Comparison, Estimate, Row

PHANTOM: Final = "Synthetic phantom images: no figure here says anything about patients."


def first_words(comparison: Comparison) -> list[str]:
    """Write what must be read before any figure; nothing where the images are of patients."""
    return [PHANTOM] if comparison.phantom else []


def row_name(comparison: Comparison, row: Row) -> str:
    """Name a row: its variant, and its division where the rows have several."""
    return f"{row.variant} ({row.division})" if comparison.several_divisions and row.division else row.variant


def code_told(comparison: Comparison) -> str:
    """Say by which versions of the code the cells were measured, and how many by another than the one that compares."""
    count, other = comparison.cells, comparison.other_code
    told = (
        "the version that made this table"
        if not other
        else f"{other} of {formats.plural(count, 'cell')} of another version than made this table"
    )
    return f"Code: {', '.join(digest[:12] for digest in comparison.code)}; {told}."


def bounds(interval: Interval, signed: bool = False) -> str:
    """Write an interval as "0.801 to 0.876", or why there is none."""
    if interval.low is None or interval.high is None:
        return f"none: {interval.why_none}"
    write = formats.signed if signed else formats.score
    return f"{write(interval.low)} to {write(interval.high)}"


def value(estimate: Estimate) -> str:
    """Write the mean over seeds, or why there is none."""
    if estimate.interval is None:
        return f"n/a ({estimate.why_none})"
    return formats.score(estimate.interval.value)


def estimate_bounds(estimate: Estimate) -> str:
    """Write the interval of an estimate; empty where its value already says why there is none."""
    return bounds(estimate.interval) if estimate.interval is not None and estimate.interval.value is not None else ""


def scarcer(comparison: Comparison, place: int) -> str:
    """Say of an AUC how many patients its intervals go by, such as "10 of 81 patients in every row"; empty for any other metric."""
    metric = comparison.metrics[place]
    if metric.kind not in ("auc", "within_source_auc"):
        return ""
    counts: dict[str, list[Row]] = {}
    for row in comparison.rows_about(place):
        estimate = row.estimates[place]
        if estimate.interval is not None:
            text = f"{estimate.interval.groups:,} of {formats.plural(estimate.patients, 'patient')}"
            counts.setdefault(text, []).append(row)
    if not counts:
        return ""
    one = "class" if comparison.task == "multiclass" else "finding"
    whose = (f"the scarcest {one}", "{0} or of the rest, whichever are fewer", f"the scarcer {one}")[len(metric.classes)]
    told = [f"{text} ({_rows_named(comparison, place, rows)})" for text, rows in counts.items()]
    shown = "; ".join(told) if len(told) > 1 else f"{next(iter(counts))} in every row"
    divided = metric.kind == "within_source_auc" or any(row.division.startswith("folds") for rows in counts.values() for row in rows)
    weighed = " Over several sources or folds they are counted in each, by its share of the pairs." if divided else ""
    return f"An interval goes by the patients of {whose.format(*metric.classes)}: {shown}.{weighed}"


def spread(row: Row, estimate: Estimate) -> tuple[str, str]:
    """Write the standard deviation over seeds, and the least and the most of them; or why there is none."""
    if estimate.spread is None:
        return ("" if not estimate.by_seed else "seeds alike" if row.alike and len(row.seeds) == 1 else "one seed", "")
    figures = estimate.by_seed.values()
    return f"{estimate.spread:.3f}", f"{min(figures):.3f} to {max(figures):.3f}"


def change_value(row: Row, estimate: Estimate) -> str:
    """Write the difference from the reference, or why there is none."""
    change = estimate.change
    if change is None:
        return "reference" if row.reference else ""
    if change.interval is None:
        return f"n/a ({change.why_none})"
    return formats.signed(change.interval.value)


def change_bounds(change: Change | None) -> str:
    """Write the interval of a difference; empty where there is no difference."""
    return bounds(change.interval, signed=True) if change is not None and change.interval is not None else ""


def against(comparison: Comparison, row: Row, estimate: Estimate) -> str:
    """Write "against frozen" where rows are compared with several variants; otherwise, and where a row is with none, nothing."""
    return f"against {row.against}" if comparison.named and estimate.change is not None else ""


def verdict(change: Change) -> str:
    """Say in a few words what a difference is worth."""
    if change.interval is None or change.corrected_p is None:
        return f"none: {change.why_none or (change.interval.why_none if change.interval else '')}"
    return "real" if change.real else "of one seed" if change.beyond_patients else "not told from chance"


def between_title(between: Between) -> str:
    """Write "Folds by image less folds by patient"."""
    return formats.sentence(f"{between.first} less {between.second}")


def p_value(p: float | None) -> str:
    """Write a p-value as "p = 0.021"; empty where there is none."""
    return "" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def span(values: tuple[int, int] | None) -> str:
    """Write a range of whole numbers as "12" or "9 to 14"."""
    if values is None:
        return ""
    return f"{values[0]:,}" if values[0] == values[1] else f"{values[0]:,} to {values[1]:,}"


def progress(comparison: Comparison, row: Row) -> str:
    """Write how many cells of a row are measured: "2 of 3", "10" where the plan is of several divisions, "5 chosen" for copies."""
    if row.copied:
        return f"{row.cells} chosen" if row.cells else ""
    return f"{row.cells}" if row.planned is None or (comparison.several_divisions and row.cells) else f"{row.cells} of {row.planned}"


def _rows_named(comparison: Comparison, place: int, rows: Sequence[Row]) -> str:
    """Name rows by their divisions where these hold no other row, else by themselves."""
    divisions = dict.fromkeys(row.division for row in rows)
    alone = len(rows) == sum(row.division in divisions for row in comparison.rows_about(place))
    return formats.words(divisions if comparison.several_divisions and alone else (row_name(comparison, row) for row in rows))
