"""Content to HTML and JSON."""

from dataclasses import asdict

from components.reporter import formats
from components.reporter.chosen_on import describe_choice
from components.reporter.collect import AllPictures, Content
from components.reporter.collect_concepts import ClassStudy, Concepts
from components.reporter.collect_drift import drift_view
from components.reporter.collect_explanations import Explained, Gallery
from components.reporter.collect_training import Training
from components.reporter.collect_trials import Search
from components.reporter.concept_bars import concept_bars
from components.reporter.figures import Chart, line_chart, score_chart
from components.reporter.intervals_shown import AnyFigure, Remarks
from components.reporter.measure_table import measure_table
from components.reporter.page import render_page, render_tree
from components.reporter.passport import make_passport
from components.reporter.reliability import calibration_charts
from components.reporter.slice_tables import by_source, slice_tables, source_matrix, undivided, whole
from components.reporter.wording import TEST


def render_html(content: Content, pictures: AllPictures) -> str:
    """Render the page.

    Args:
      content: what it shows.
      pictures: data URIs.
    Returns:
      One HTML document that loads nothing; a content security policy in it makes browsers keep to that.
    """
    return render_page(
        "report.html.jinja",
        {
            "content": content,
            "judged": TEST,
            "drift_view": drift_view,
            "passport": make_passport(content),
            "whole": whole(content.assessment),
            "slice_tables": slice_tables(content.assessment),
            "undivided": undivided(content.assessment),
            "source_slices": by_source(content.assessment),
            "source_matrix": source_matrix(content.assessment),
            "excess_range": excess_range(content),
            "calibration_charts": calibration_charts(content.assessment, content.answers.sureness, TEST),
            "thresholds_chosen": describe_choice(content.assessment, content.data),
            "no_operating_points": "None was asked for",
            "pictures": pictures.gallery,
            "variations": pictures.variations,
            "concept_pictures": pictures.concepts,
            "lift_remarks": lift_remarks(content.concepts),
            "concept_bars": {study.label: concept_bars(study.concepts) for study in content.concepts.classes},
            "concept_charts": {study.label: concept_charts(study) for study in content.concepts.classes},
            "place_tables": {each.label: measure_table(each.measures) for each in content.concepts.places},
            "measure_tables": {study.label: measure_table(study.measures) for study in content.concepts.classes},
            "gallery_groups": group_gallery(content.gallery),
            "training_charts": training_charts(content.training),
            "search_charts": search_charts(content.search),
        },
    )


def render_json(content: Content) -> str:
    """Render every number of the page as JSON; a number that is not finite becomes null."""
    return render_tree(asdict(content) | {"passport": make_passport(content)})


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


def excess_range(content: Content) -> tuple[float, float]:
    """Find the range that holds every excess over a floor with its interval, and 0."""
    drawn: list[AnyFigure] = [floor.excess.macro_recall for floor in content.audit.floors]
    ends = [end for figure in drawn for end in (figure.value, figure.low, figure.high) if end is not None]
    return round(min([0.0, *ends]) - 0.05, 1), round(max([0.0, *ends]) + 0.05, 1)


def lift_remarks(concepts: Concepts) -> Remarks:
    """Give the lifts that are shown the letters of their remarks, which are told before them and once for all classes."""
    remarks = Remarks()
    for lift in (share.lift for study in concepts.classes for concept in study.concepts for share in concept.largest):
        remarks.letter(lift)
    return remarks


def concept_charts(study: ClassStudy) -> tuple[Chart, ...]:
    """Lay out what is left of the probability when concepts are added to an empty image, and when they are removed."""
    return tuple(
        line_chart(
            f"Mean probability of {study.label}, {words}",
            {"by effect": study.curves[name], "in random order": study.curves[f"{name}, random order"]},
            (0, 1),
            first=0,
            x_label="concepts",
            bands={
                "in random order": (
                    study.curves[f"{name}, least of the random orders"],
                    study.curves[f"{name}, greatest of the random orders"],
                )
            },
        )
        for name, words in (("adding", "concepts added"), ("removing", "concepts removed"))
    )
