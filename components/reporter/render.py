"""Content to HTML and JSON."""

import base64
import hashlib
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from pydantic import BaseModel

from components.reporter import formats, intervals_shown
from components.reporter.collect import AllPictures, Content
from components.reporter.collect_concepts import ClassStudy
from components.reporter.collect_explanations import Explained, Gallery
from components.reporter.collect_training import Training
from components.reporter.collect_trials import Search
from components.reporter.figures import Chart, line_chart, score_chart, shares, stacked_bars
from components.reporter.intervals_shown import AnyFigure, Remarks, interval_plot
from components.reporter.measure_table import measure_table
from components.reporter.passport import make_passport
from components.reporter.reliability import reliability_chart
from components.reporter.slice_tables import BY_CLASS, by_source, row_name, slice_tables, source_matrix, undivided, whole

_TEMPLATES = Path(__file__).parent / "templates"
_FILTERS = (
    formats.score,
    formats.signed,
    formats.percent,
    formats.count,
    formats.plain,
    formats.duration,
    formats.plural,
    formats.words,
    formats.slice_name,
    formats.metric_name,
    formats.sentence,
    formats.check_kind,
    formats.check_bound,
    formats.check_value,
    intervals_shown.remark,
    intervals_shown.interval_text,
    intervals_shown.shown,
    row_name,
)


def render_html(content: Content, pictures: AllPictures) -> str:
    """Render the page.

    Args:
      content: what it shows.
      pictures: data URIs.
    Returns:
      One HTML document that loads nothing; a content security policy in it makes browsers keep to that.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    environment.globals.update(shares=shares, Remarks=Remarks, interval_plot=interval_plot, CLASS_METRICS=BY_CLASS)
    script = (_TEMPLATES / "sort.js").read_text()
    return environment.get_template("report.html.jinja").render(
        content=content,
        passport=make_passport(content),
        whole=whole(content.assessment),
        slice_tables=slice_tables(content.assessment),
        undivided=undivided(content.assessment),
        source_slices=by_source(content.assessment),
        source_matrix=source_matrix(content.assessment),
        excess_range=excess_range(content),
        calibration_charts=calibration_charts(content),
        pictures=pictures.gallery,
        variations=pictures.variations,
        concept_pictures=pictures.concepts,
        concept_charts={study.label: concept_charts(study) for study in content.concepts.classes},
        measure_tables={study.label: measure_table(study.measures) for study in content.concepts.classes},
        gallery_groups=group_gallery(content.gallery),
        training_charts=training_charts(content.training),
        search_charts=search_charts(content.search),
        # Both are files of this package, not data.
        style=Markup((_TEMPLATES / "report.css").read_text()),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def render_json(content: Content) -> str:
    """Render every number of the page as JSON; a number that is not finite becomes null."""
    return json.dumps(_finite(asdict(content) | {"passport": asdict(make_passport(content))}), indent=1, allow_nan=False) + "\n"


def group_gallery(gallery: Gallery) -> dict[str, dict[str, list[Explained]]]:
    """Group the examples by class, then source; classes in their order, empty groups left out."""
    groups: dict[str, dict[str, list[Explained]]] = {label: {} for label in gallery.classes}
    for example in gallery.examples:
        groups.setdefault(example.label, {}).setdefault(example.source, []).append(example)
    return {label: sources for label, sources in groups.items() if sources}


def training_charts(training: Training) -> tuple[Chart, ...]:
    """Lay out loss, macro recall and learning rate over the epochs."""
    best = training.best_epoch
    return (
        line_chart("Loss", {"train": training.curve("loss"), "eval": training.curve("val_loss")}, mark=best),
        line_chart(
            "Macro recall", {"train": training.curve("macro_recall"), "eval": training.curve("val_macro_recall")}, (0, 1), mark=best
        ),
        line_chart("Learning rate", {"learning rate": training.curve("learning_rate")}, mark=best),
    )


def search_charts(search: Search | None) -> tuple[Chart, ...]:
    """Lay out the scores of the trials in the order in which they were tried, and how each came there."""
    if search is None or not search.trials:
        return ()
    ordered = sorted(search.trials, key=lambda trial: trial.order)
    best = search.trials[0].order if search.trials[0].score is not None else None
    objective = formats.sentence(formats.metric_name(search.objective.removeprefix("val_")))
    scores = score_chart(f"{objective} of the trials", {trial.order: trial.score for trial in ordered}, best)
    curves = {f"trial {trial.order}": trial.curve for trial in ordered if trial.curve}
    if not curves:
        return (scores,)
    return (scores, line_chart(f"{objective} while training", curves, (0, 1), emphasis=f"trial {best}"))


def calibration_charts(content: Content) -> tuple[Chart, ...]:
    """Lay out the reliability curve of the whole test split, and beside it the one with or without the temperature."""
    curves = {words: entries[0] for words, entries in content.assessment.calibrations.items()}
    return (reliability_chart("Share of right answers", curves), _sureness_chart(content))


def excess_range(content: Content) -> tuple[float, float]:
    """Find the range that holds every excess over a floor with its interval, and 0."""
    drawn: list[AnyFigure] = [floor.excess.macro_recall for floor in content.audit.floors]
    ends = [end for figure in drawn for end in (figure.value, figure.low, figure.high) if end is not None]
    return round(min([0.0, *ends]) - 0.05, 1), round(max([0.0, *ends]) + 0.05, 1)


def concept_charts(study: ClassStudy) -> tuple[Chart, ...]:
    """Lay out what is left of the answers when concepts are added to an empty image, and when they are removed."""
    return tuple(
        line_chart(
            f"Answered as {study.label}, {words}",
            {"by effect": study.curves[name], "in random order": study.curves[f"{name}, random order"]},
            (0, 1),
            first=0,
            x_label="concepts",
        )
        for name, words in (("adding", "concepts added"), ("removing", "concepts removed"))
    )


def _sureness_chart(content: Content) -> Chart:
    sure = content.answers.sureness
    return stacked_bars(
        "Test images by probability of the answer", sure.edges, {"right": sure.right, "wrong": sure.wrong}, "probability of the answer"
    )


def _finite(tree: Any) -> Any:
    if isinstance(tree, BaseModel):
        return tree.model_dump(mode="json")
    if isinstance(tree, dict):
        return {key: _finite(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_finite(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree
