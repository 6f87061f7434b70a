"""The comparison as one self-contained HTML page."""

import base64
import hashlib
from pathlib import Path

import jinja2
from markupsafe import Markup

from components.reporter import formats
from components.reporter.axes import Scale, nice_ticks, tick_text
from components.reporter.figures import HEIGHT, WIDTH, Chart, Dot, Tick
from pipeline.experiments import wording
from pipeline.experiments.comparison import Between, Comparison
from pipeline.experiments.findings import KINDS, find
from pipeline.experiments.forest import forests
from pipeline.experiments.notes import joined

_TEMPLATES = Path(__file__).parent / "templates"
# The look of the run's report, and its charts and sorting, so that both read alike.
_REPORT = Path(formats.__file__).parent / "templates"
_FILTERS = (formats.score, formats.signed, formats.count, formats.duration, formats.plural, formats.sentence, formats.words)
_WORDS = (wording.p_value, wording.span)
_FUNCTIONS = (
    "first_words",
    "code_told",
    "row_name",
    "scarcer",
    "value",
    "change_value",
    "progress",
    "against",
    "verdict",
    "spread",
    "estimate_bounds",
    "change_bounds",
)


def render_page(comparison: Comparison) -> str:
    """Render the page.

    Returns:
      One HTML document that loads nothing; a content security policy in it makes browsers keep to that.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_TEMPLATES, _REPORT]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({function.__name__: function for function in (*_FILTERS, *_WORDS)})
    environment.globals.update({name: getattr(wording, name) for name in _FUNCTIONS})
    script = (_REPORT / "sort.js").read_text(encoding="utf-8")
    style = (_REPORT / "report.css").read_text(encoding="utf-8") + (_TEMPLATES / "comparison.css").read_text(encoding="utf-8")
    return environment.get_template("comparison.html.j2").render(
        comparison=comparison,
        findings=find(comparison),
        kinds=KINDS,
        notes=_notes(comparison),
        forests=forests(comparison),
        between=_between(comparison),
        time_chart=time_chart(comparison),
        # Both are files of this project, not data.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _notes(comparison: Comparison) -> dict[str, list[str]]:
    """Gather the rows of each note: most rows share theirs."""
    notes: dict[str, list[str]] = {}
    together = joined(note for row in comparison.rows for note in row.notes)
    for row in comparison.rows:
        for note in row.notes:
            notes.setdefault(together[note], []).append(wording.row_name(comparison, row))
    return notes


def _between(comparison: Comparison) -> dict[str, list[Between]]:
    tables: dict[str, list[Between]] = {}
    for one in comparison.between:
        tables.setdefault(wording.between_title(one), []).append(one)
    return tables


def time_chart(comparison: Comparison) -> Chart | None:
    """Lay out the first metric over the training time of a cell, in minutes; None with fewer than two measured rows."""
    points = [
        (row.seconds / 60, found.value, wording.row_name(comparison, row), row.reference)
        for row in comparison.rows
        if row.seconds is not None and (found := row.estimates[0].interval) is not None and found.value is not None
    ]
    if len(points) < 2:
        return None
    longest, values = max(minutes for minutes, *_ in points), [score for _, score, *_ in points]
    x_ticks, y_ticks = nice_ticks(0, longest or 1.0), nice_ticks(min(values), max(values))
    frame = Chart("", "", "", (), ())
    x_scale = Scale(x_ticks[0], x_ticks[-1], frame.left, frame.right)
    y_scale = Scale(y_ticks[0], y_ticks[-1], frame.bottom, frame.top)
    metric = comparison.metrics[0].words
    told = [f"{name}: {score:.3f} after {formats.duration(minutes * 60)}" for minutes, score, name, _ in points]
    return Chart(
        title=f"{metric} by training time",
        description=f"{metric} by training time of a cell. {'. '.join(told)}.",
        x_label="minutes a cell",
        x_ticks=tuple(Tick(x_scale(tick), tick_text(tick)) for tick in x_ticks),
        y_ticks=tuple(Tick(y_scale(tick), tick_text(tick)) for tick in y_ticks),
        dots=tuple(
            Dot(x_scale(minutes), y_scale(score), "s1" if reference else "s0", text)
            for (minutes, score, _, reference), text in zip(points, told, strict=True)
        ),
        legend=(("reference", "s1"), ("others", "s0")) if any(reference for *_, reference in points) else (),
        width=WIDTH,
        height=HEIGHT,
    )
