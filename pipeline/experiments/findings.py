"""What a comparison supports, in sentences that its numbers write."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from components.reporter import formats
from pipeline.experiments import wording
from pipeline.experiments.comparison import Comparison
from pipeline.experiments.wording import bounds, p_value, row_name

Kind = Literal["progress", "real", "single", "chance", "none", "scope", "published"]
KINDS: dict[Kind, str] = {
    "real": "real differences",
    "single": "differences of trainings, with a single seed on a side: not yet of the settings",
    "chance": "not told from chance",
    "none": "not compared",
}


@dataclass(frozen=True)
class Finding:
    """One thing that the results say.

    Attributes:
      subject: the metric of a "real", "single", "chance" or "none" finding, otherwise empty.
      details: what `text` counts, where that is too long for a sentence; else empty.
    """

    kind: Kind
    subject: str
    text: str
    details: str = ""

    @property
    def sentence(self) -> str:
        """The finding by itself."""
        return f"{self.subject}, {KINDS[self.kind]}: {self.text}" if self.subject else self.text


def find(comparison: Comparison) -> tuple[Finding, ...]:
    """Say which differences are real, which are not told from chance, and what the intervals cover and what not."""
    found = [Finding("progress", "", _progress(comparison))]
    for place in range(len(comparison.metrics)):
        found += _differences(comparison, place)
    scope = (
        *(_number(comparison), _covered(comparison), _not_covered(comparison)),
        *(*_bounded(comparison), *_averaged(comparison), *_ranked(comparison), *comparison.notes),
    )
    found += [Finding("scope", "", text) for text in scope]
    return tuple(found + [Finding("published", "", text) for text in _published(comparison)])


def _progress(comparison: Comparison) -> str:
    if comparison.planned is None:
        return f"{formats.plural(comparison.cells, 'cell')} measured; how many were planned is not known."
    missing = [
        f"{variant} ({done} of {planned})"
        for variant, (done, planned) in comparison.progress.items()
        if planned is not None and done < planned
    ]
    text = f"{comparison.cells} of {formats.plural(comparison.planned, 'cell')} measured"
    return f"{text}; incomplete: {formats.words(missing)}." if missing else f"{text}."


def _differences(comparison: Comparison, place: int) -> Iterable[Finding]:
    metric = comparison.metrics[place].words
    real: list[str] = []
    single: list[str] = []
    none: list[str] = []
    chance: dict[str, list[str]] = {}
    for row in comparison.rows_about(place):
        estimate = row.estimates[place]
        change, name = estimate.change, row_name(comparison, row)
        if change is None:
            continue
        found = change.interval
        target = row.against if comparison.named else "the reference"
        pair = f"{name} {wording.against(comparison, row, estimate)}".rstrip()
        if change.beyond_patients and found is not None and found.value is not None:
            way = "higher" if found.value > 0 else "lower"
            numbers = f"{bounds(found, signed=True)}, corrected {p_value(change.corrected_p)}"
            # Without a second seed the setting and the luck of its training cannot be told apart.
            (real if change.real else single).append(f"{name} is {way} than {target} by {abs(found.value):.3f} ({numbers})")
        elif found is not None and change.corrected_p is not None:
            size = f"{formats.plural(estimate.images, 'image')} of {formats.plural(estimate.patients, 'patient')}"
            chance.setdefault(size, []).append(f"{pair} ({formats.signed(found.value)})")
        else:
            none.append(f"{pair} ({change.why_none or (found.why_none if found else '')})")
    if real:
        yield Finding("real", metric, f"{'; '.join(real)}.")
    if single:
        yield Finding("single", metric, f"{'; '.join(single)}.")
    for size, names in chance.items():
        yield Finding("chance", metric, f"{formats.plural(len(names), 'difference')}, on {size}.", f"{', '.join(names)}.")
    if none:
        yield Finding("none", metric, f"{', '.join(none)}.")


def _number(comparison: Comparison) -> str:
    if not comparison.comparisons:
        return "No difference was tested."
    return (
        f"{formats.plural(comparison.comparisons, 'comparison')} made. A difference counts as real where its p-value, corrected by Holm "
        "for all of them, is below 0.05, its interval excludes 0 and both sides have two seeds or more that do not answer alike; one that "
        "does not may still exist, too small for this many patients."
    )


def _covered(comparison: Comparison) -> str:
    measured = [row for row in comparison.rows if row.seeds]
    single = [row_name(comparison, row) for row in measured if len(row.seeds) == 1]
    text = (
        f"Intervals are 95 %, from {comparison.draws:,} draws of patients with replacement: they cover which patients are in these images"
    )
    alike = any(row.alike for row in measured)
    if len(single) == len(measured):
        one = "one, or several that answer alike" if alike else "one"
        return text + f". They do not cover the training seed: every row has {one}, and another seed may give another figure."
    text += (
        ", and which seeds were trained: each draw adds to the mean over seeds an error from a t distribution, as wide as the seeds lie"
        " apart and with the degrees of freedom that so many seeds have; two seeds a side leave it very wide"
    )
    return text + (
        f". Rows of one seed{', or of seeds that answer alike,' if alike else ''} do not cover the seed: {formats.words(single)}."
        if single
        else "."
    )


def _bounded(comparison: Comparison) -> list[str]:
    near = []
    for place, metric in enumerate(comparison.metrics):
        intervals = [row.estimates[place].interval for row in comparison.rows_about(place)]
        if any(found is not None and found.note for found in intervals):
            near.append(metric.words)
    text = "Where errors or patients are few, the interval of a figure, not of a difference, reaches to an exact bound"
    return [f"{text}: {formats.words(near)}."] if near else []


def _averaged(comparison: Comparison) -> list[str]:
    texts = []
    for place, metric in enumerate(comparison.metrics):
        remarks: dict[str, list[str]] = {}
        for row in comparison.rows_about(place):
            if row.estimates[place].remark:
                remarks.setdefault(row.estimates[place].remark, []).append(row_name(comparison, row))
        for remark, names in remarks.items():
            # Rows of one set of images share theirs.
            texts.append(f"{metric.words}{'' if len(remarks) == 1 else ' of ' + formats.words(names)} {remark}.")
    return texts


def _ranked(comparison: Comparison) -> list[str]:
    if not any(metric.kind.endswith("auc") for metric in comparison.metrics):
        return []
    if not any(row.division.startswith("folds ") for row in comparison.rows):
        return []
    return ["An AUC over folds ranks images within a fold and weighs folds by their pairs: networks of several folds have no common scale."]


def _not_covered(comparison: Comparison) -> str:
    divisions = {row.division for row in comparison.rows if row.division}
    text = "They do not cover another collection or hospital, labels that are wrong, or choices made on the same images"
    if "eval" in divisions:
        return text + ". These are eval images, on which choices are made, and not test images."
    if divisions and all(name.startswith("folds ") for name in divisions):
        return text + ", and the folds of one seed share most of their training images."
    return text + "."


def _published(comparison: Comparison) -> list[str]:
    texts = []
    for figure in comparison.published:
        place = [metric.text for metric in comparison.metrics].index(figure.metric)
        metric = comparison.metrics[place].words
        start = f"{metric} of {figure.name} is published as {figure.value:.3f} ({figure.citation})"
        if not figure.comparable:
            texts.append(f"{start}; it is not comparable{': ' + figure.why if figure.why else ''}.")
            continue
        beside, unranked = [], []
        for row in comparison.rows:
            found = row.estimates[place].interval
            if row.random_initialisation:
                unranked.append(row_name(comparison, row))
            elif found is not None and found.low is not None and found.high is not None:
                where = "inside" if found.low <= figure.value <= found.high else "above" if figure.value > found.high else "below"
                beside.append(f"{where} the interval of {row_name(comparison, row)}")
        text = start + (f"; that is {formats.words(beside)}" if beside else "")
        texts.append(text + (f". Not ranked against it, being of random initialisation: {formats.words(unranked)}." if unranked else "."))
    return texts
