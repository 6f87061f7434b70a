"""The passport of a run: a model card (Mitchell et al. 2019, arXiv:1810.03993), two checklists, and how to repeat it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

from components.evaluator.slice_names import AGE_BAND
from components.evaluator.slicing import NOT_STATED
from components.reporter.checklist import ALL_NAMED, Checklist, answer
from components.reporter.claim import CLAIM
from components.reporter.collect import Content
from components.reporter.formats import plural, words
from components.reporter.limits import Limit
from components.reporter.tripod_ai import TRIPOD_AI
from schemas.features import SEX

_UNKNOWN = ("unknown", NOT_STATED)


@dataclass(frozen=True)
class CardEntry:
    """A heading of the model card, and its sentences; `place` is the section that holds more, or empty."""

    heading: str
    sentences: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Passport:
    """Model card, checklists, and commands, one a line."""

    card: tuple[CardEntry, ...]
    checklists: tuple[Checklist, ...]
    commands: tuple[str, ...]


def make_passport(content: Content) -> Passport:
    """Fill in the passport from the facts of a run."""
    known = facts(content)
    return Passport(tuple(_card(content)), tuple(answer(guideline, known) for guideline in (CLAIM, TRIPOD_AI)), _commands(content))


def facts(content: Content) -> frozenset[str]:
    """Tell what is true of a run, in the words that checklist items need."""
    tested = {
        "search": content.search is not None and bool(content.search.trials),
        "external": bool(content.confounding.unseen_test_sources),
        "demographics": bool(_stated(content)),
        "phantom": content.phantom,
        "temperature": content.assessment.temperature.value is not None,
        "sources": len(content.data.sources) > 1,
        "concepts": bool(content.concepts.classes),
        "pushed": content.verdict.pushed,
        ALL_NAMED: content.data.without_patient() == 0,
        "least_images": any(check.kind == "images" for check in content.verdict.checks),
    }
    return frozenset(name for name, true in tested.items() if true)


def _card(content: Content) -> Iterable[CardEntry]:
    data, training, classes = content.data, content.training, words(content.data.classes)
    kind = "phantom images" if content.phantom else "chest radiographs"
    size = f" of {plural(training.parameter_count, 'parameter')}" if training.parameter_count is not None else ""
    network = f"Network {training.architecture or 'of unrecorded name'}{size}"
    yield CardEntry("Model", (f"{network}: {kind} in, probabilities of {classes} out.",), "training")
    yield CardEntry(
        "Intended use",
        (
            "Research on methods: to compare trainings, and to study what a classifier of radiographs rests on.",
            "By people who read the audit and the limits before the figures.",
        ),
        "audit",
    )
    phantom = ("Anything about patients: the images are synthetic.",) if content.phantom else ()
    yield CardEntry(
        "Not intended use",
        (
            *phantom,
            "Diagnosis, triage or any care of a patient. It is no medical device.",
            f"Images of other findings than {classes}: it answers one of them whatever it is shown.",
            "Images of a source that it was not tested on.",
        ),
        "limits",
    )
    held = f"{plural(data.images(), 'image')} of {plural(len(data.sources), 'source')}"
    groups = f", {plural(data.group_count, 'group')} (patients, or images found to be copies)" if data.group_count is not None else ""
    unnamed = data.without_patient()
    lone = (f"No patient is named for {unnamed:,} of these images; each counts as one.",) if unnamed else ()
    private = "Ids are pseudonyms. File names and patient ids are in no output."
    yield CardEntry("Data", (f"{held}{groups}; a group lies in one split.", *lone, private), "data")
    kinds = dict.fromkeys(" and ".join(row.slice) for row in content.assessment.slices if row.slice)
    stated = _stated(content)
    missing = [name for name, feature in (("sex", SEX), ("age", AGE_BAND)) if feature not in stated]
    lacking = (f"The data do not state {words(missing)}, so that nothing is known of it as a factor.",) if missing else ()
    yield CardEntry("Factors", (f"Measured by {words(name.replace('_', ' ') for name in kinds)}.", *lacking), "slices")
    yield CardEntry(
        "Metrics",
        (
            "AUC of each pair of classes inside sources first.",
            "Then macro recall, accuracy, macro F1 and macro AUC, the figures of each class, and the calibration.",
            f"{100 * content.assessment.level:g} % intervals by {content.assessment.draws:,} draws of patients.",
        ),
        "within",
    )
    yield CardEntry("Limits", tuple(_limits(content.limits)), "limits")


def _limits(limits: Sequence[Limit]) -> Iterable[str]:
    """Name each limit once, the grave ones first."""
    grave = dict.fromkeys(limit.headline for limit in limits if limit.grave)
    others = dict.fromkeys(limit.headline for limit in limits if limit.headline not in grave)
    yield f"Grave: {'; '.join(grave)}." if grave else "No grave one was found."
    if others:
        yield f"Others: {'; '.join(others)}."


def _stated(content: Content) -> set[str]:
    return {
        feature
        for row in content.assessment.slices
        for feature, value in row.slice.items()
        if feature in (SEX, AGE_BAND) and value not in _UNKNOWN
    }


def _commands(content: Content) -> tuple[str, ...]:
    sources = ((yaml.safe_load(content.provenance.configuration) or {}).get("data") or {}).get("sources") or []
    data = "" if content.phantom else "".join(f" --data {source['reader']}=DIR" for source in sources)
    return (
        f"# save the configuration below as run.yaml{'; DIR is where the data lie, with the options of its reader' if data else ''}",
        f"python run_pipeline.py --runner local --config run.yaml{data} --output OUTPUT",
        "python -m components.evaluator slices OUTPUT",
        "python -m components.reporter OUTPUT",
    )
