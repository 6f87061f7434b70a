"""The comparison for people and programs: text for the console, Markdown, csv, JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from components.reporter import formats
from pipeline.experiments import wording
from pipeline.experiments.comparison import Between, Change, Comparison, Estimate, Row
from pipeline.experiments.findings import find

FORMATS = ("table", "markdown", "csv", "json")
ESTIMATE_HEAD = (
    "variant",
    "images",
    "patients",
    "value",
    "95 % interval",
    "sd over seeds",
    "range",
    "difference",
    "95 % interval",
    "p (Holm)",
)
_BEFORE_DIFFERENCE = ESTIMATE_HEAD.index("difference")
BETWEEN_HEAD = ("variant", "metric", "difference", "95 % interval", "p (Holm)", "verdict")
TRAINING_HEAD = ("variant", "cells", "seeds", "time a cell", "parameters", "epochs", "px", "training images", "weights", "notes")


def render(comparison: Comparison, form: str) -> str:
    """Write a comparison as "table", "markdown", "csv" or "json", without a newline at the end."""
    return {"table": console, "markdown": markdown, "csv": to_csv, "json": to_json}[form](comparison)


def console(comparison: Comparison) -> str:
    """Write a table of text for each metric, one of the trainings, and what they support."""
    parts = [comparison.experiment, *wording.first_words(comparison)]
    for place, metric in enumerate(comparison.metrics):
        below = wording.scarcer(comparison, place)
        lines = [metric.words, _aligned([estimate_head(comparison), *estimate_rows(comparison, place)]), *([below] if below else [])]
        parts.append("\n".join(lines))
    for title, rows in between_tables(comparison).items():
        parts.append(f"{title}\n{_aligned([BETWEEN_HEAD, *rows])}")
    parts.append(f"Training\n{_aligned([TRAINING_HEAD, *training_rows(comparison)])}")
    parts.append("\n".join([*_said(comparison), wording.code_told(comparison)]))
    return "\n\n".join(parts)


def markdown(comparison: Comparison) -> str:
    """Write the same in Markdown, for a page under docs."""
    parts = [f"**{text}**" for text in wording.first_words(comparison)]
    for place, metric in enumerate(comparison.metrics):
        below = wording.scarcer(comparison, place)
        parts.append(f"**{metric.words}**\n\n{_piped([estimate_head(comparison), *estimate_rows(comparison, place)], texts=1)}")
        parts += [_escaped(below)] if below else []
    for title, rows in between_tables(comparison).items():
        parts.append(f"**{title}**\n\n{_piped([BETWEEN_HEAD, *rows], texts=2)}")
    parts.append(f"**Training**\n\n{_piped([TRAINING_HEAD, *training_rows(comparison)], texts=1)}")
    parts.append("\n".join(f"- {_escaped(text)}" for text in _said(comparison)))
    parts.append("\n".join(["```", *comparison.commands, "```"]))
    data = ", ".join(digest[:12] for digest in comparison.data)
    parts.append(f"Measured: {'; '.join(comparison.measured)}. Data: {data}. {wording.code_told(comparison)}")
    return "\n\n".join(parts)


def to_csv(comparison: Comparison) -> str:
    """Write one line a variant and metric, then one for each difference between divisions; what is undefined is empty."""
    head = ["experiment", "variant", "division", "reference", "metric", "images", "patients", "seeds", "cells", "planned", "value", "low"]
    head += ["high", "why_no_interval", "sd", "least", "most", "difference", "difference_low", "difference_high", "p", "p_holm"]
    head += [
        "why_no_difference",
        "seconds",
        "parameters",
        "epochs",
        "image_px",
        "training_images",
        "initial_weights",
        "notes",
        "citation",
        "against",
        "phantom",
    ]
    lines: list[Sequence[object]] = [head]
    for row in comparison.rows:
        for metric, estimate in zip(comparison.metrics, row.estimates, strict=True):
            lines.append(_csv_line(comparison, row, metric.text, estimate))
    for between in comparison.between:
        lines.append(_between_line(comparison, between, head))
    for figure in comparison.published:
        known = {"experiment": comparison.experiment, "variant": figure.name, "division": "published", "metric": figure.metric}
        note = "" if figure.comparable else f"not comparable{': ' + figure.why if figure.why else ''}"
        known |= {"value": f"{figure.value:g}", "notes": note, "citation": figure.citation}
        lines.append([known.get(name, "") for name in head])
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue().rstrip("\n")


def to_json(comparison: Comparison) -> str:
    """Write everything, with the sentences."""
    tree = asdict(comparison) | {"published": [figure.model_dump() for figure in comparison.published]}
    return json.dumps(tree | {"findings": [asdict(finding) for finding in find(comparison)]}, indent=1, allow_nan=False)


def estimate_head(comparison: Comparison) -> tuple[str, ...]:
    """Write the head of a metric's table; rows that are compared with several variants name theirs."""
    return _with_against(comparison, ESTIMATE_HEAD, "against")


def estimate_rows(comparison: Comparison, place: int) -> list[tuple[str, ...]]:
    """Write the rows of one metric's table, below `estimate_head`; published figures stand last."""
    rows: list[tuple[str, ...]] = []
    for row in comparison.rows_about(place):
        estimate = row.estimates[place]
        change = estimate.change
        cells = (
            wording.row_name(comparison, row),
            formats.count(estimate.images) if estimate.images else "",
            formats.count(estimate.patients) if estimate.images else "",
            wording.value(estimate),
            wording.estimate_bounds(estimate),
            *wording.spread(row, estimate),
            wording.change_value(row, estimate),
            *_change_cells(change),
        )
        rows.append(_with_against(comparison, cells, row.against if change else ""))
    for figure in comparison.published:
        if figure.metric == comparison.metrics[place].text:
            kind = "published" if figure.comparable else "published, not comparable"
            cells = (f"{figure.name} ({figure.citation}): {kind}", "", "", f"{figure.value:.3f}", "", "", "", "", "", "")
            rows.append(_with_against(comparison, cells, ""))
    return rows


def between_tables(comparison: Comparison) -> dict[str, list[tuple[str, ...]]]:
    """Write the differences between divisions, one line a variant and metric, below `BETWEEN_HEAD`: title to rows."""
    tables: dict[str, list[tuple[str, ...]]] = {}
    for one in comparison.between:
        change = one.change
        value = formats.signed(change.interval.value) if change.interval else ""
        line = (one.variant, one.metric.words, value, *_change_cells(change), wording.verdict(change))
        tables.setdefault(wording.between_title(one), []).append(line)
    return tables


def training_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Write the rows of the table of trainings, below `TRAINING_HEAD`."""
    return [
        (
            wording.row_name(comparison, row),
            wording.progress(comparison, row),
            ", ".join(map(str, row.seeds)),
            formats.duration(row.seconds) if row.seconds is not None else "",
            wording.span(row.parameters),
            wording.span(row.epochs),
            wording.span(row.image_px),
            wording.span(row.training_images),
            ", ".join(row.initial_weights),
            "; ".join(row.notes),
        )
        for row in comparison.rows
    ]


def _said(comparison: Comparison) -> list[str]:
    return [*(finding.sentence for finding in find(comparison)), *(f"{formats.sentence(text)}." for text in comparison.warnings)]


def _change_cells(change: Change | None) -> tuple[str, str]:
    p = wording.p_value(change.corrected_p).removeprefix("p ").removeprefix("= ") if change else ""
    return wording.change_bounds(change), p


def _with_against(comparison: Comparison, cells: tuple[str, ...], text: str) -> tuple[str, ...]:
    return (*cells[:_BEFORE_DIFFERENCE], text, *cells[_BEFORE_DIFFERENCE:]) if comparison.named else cells


def _csv_line(comparison: Comparison, row: Row, metric: str, estimate: Estimate) -> list[object]:
    own = estimate.interval
    change = estimate.change
    other = change.interval if change else None
    figures = list(estimate.by_seed.values())
    line: list[object] = [comparison.experiment, row.variant, row.division, row.reference, metric, estimate.images, estimate.patients]
    line += [" ".join(map(str, row.seeds)), row.cells, row.planned]
    line += [own.value, own.low, own.high, own.why_none] if own else [None, None, None, estimate.why_none]
    line += [estimate.spread, min(figures, default=None), max(figures, default=None)]
    line += [other.value, other.low, other.high] if other else [None] * 3
    line += [change.p, change.corrected_p, change.why_none or (other.why_none if other else "")] if change else [None] * 3
    line += [
        row.seconds,
        *(wording.span(span).replace(",", "") for span in (row.parameters, row.epochs, row.image_px, row.training_images)),
    ]
    line += [", ".join(row.initial_weights), "; ".join(row.notes), "", row.against, comparison.phantom or ""]
    return [_csv_cell(cell) for cell in line]


def _between_line(comparison: Comparison, one: Between, head: Sequence[str]) -> list[object]:
    change, found = one.change, one.change.interval
    known: dict[str, object] = {"experiment": comparison.experiment, "variant": one.variant, "metric": one.metric.text}
    known |= {"division": f"{one.first} less {one.second}", "p": change.p, "p_holm": change.corrected_p}
    known |= {"why_no_difference": change.why_none or (found.why_none if found else "")}
    if found is not None:
        known |= {"difference": found.value, "difference_low": found.low, "difference_high": found.high}
    return [_csv_cell(known.get(name)) for name in head]


def _csv_cell(cell: object) -> object:
    return "" if cell is None else f"{cell:.6g}" if isinstance(cell, float) else cell


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _piped(rows: Sequence[Sequence[str]], texts: int) -> str:
    rule = "|".join(["---"] * texts + ["---:"] * (len(rows[0]) - texts))
    head, *body = ("| " + " | ".join(_escaped(cell) for cell in row) + " |" for row in rows)
    return "\n".join([head, f"|{rule}|", *body])


def _escaped(text: str) -> str:
    # A variant's name may hold what Markdown reads as markup, such as `image_px=[96, 160]` or a bar.
    for sign in "\\|*_<[":
        text = text.replace(sign, "\\" + sign)
    return text
