"""The page of an external validation, and every number on it as JSON."""

from dataclasses import asdict
from pathlib import Path

from components.external.content import Content
from components.external.limits import SYNTHETIC
from components.external.wording import SCORED
from components.ingest.atomic_file import write_atomically
from components.reporter.page import render_page, render_tree
from components.reporter.reliability import calibration_charts
from components.reporter.slice_tables import by_source, slice_tables, source_matrix, undivided, whole

PAGE, NUMBERS = "report.html", "report.json"
_TEMPLATES = Path(__file__).parent / "templates"


def write_report(content: Content, folder: Path) -> Path:
    """Write `report.html` and `report.json` into the folder; gives the page."""
    write_atomically(folder / NUMBERS, render_tree(asdict(content)))
    write_atomically(folder / PAGE, render_html(content))
    return folder / PAGE


def render_html(content: Content) -> str:
    """Render the page: one HTML document that loads nothing."""
    why = content.outcome.eval_choices
    return render_page(
        "external.html.jinja",
        {
            "content": content,
            "judged": SCORED,
            "told_by_banner": SYNTHETIC,
            "whole": whole(content.assessment),
            "slice_tables": slice_tables(content.assessment),
            "undivided": undivided(content.assessment),
            "source_slices": by_source(content.assessment),
            "source_matrix": source_matrix(content.assessment),
            "calibration_charts": calibration_charts(content.assessment, content.answers.sureness, SCORED),
            "thresholds_chosen": content.thresholds_chosen,
            "no_operating_points": f"There are no thresholds: {why}" if why else "The run of the model chose none",
        },
        (_TEMPLATES,),
    )
