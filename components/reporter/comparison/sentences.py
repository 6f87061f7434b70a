"""What is and what is not different between two runs, in sentences. No difference whose interval holds 0 is called one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.reporter import formats
from components.reporter.comparison.compare import Compared, Comparison, RunFacts
from components.reporter.comparison.configuration import Both
from components.reporter.intervals_shown import interval_text, remark, shown
from components.reporter.slice_tables import WITHIN

A, B = "A", "B"
# Of these metrics the differences by slice are told in words.
TOLD = ("macro_recall", "accuracy")
SIGNIFICANT = 0.05
_MOST_NAMED = 5


@dataclass(frozen=True)
class Sentence:
    """One of them, with what it is about, and the section that holds more."""

    topic: str
    text: str
    place: str


def describe(comparison: Comparison) -> tuple[Sentence, ...]:
    """Make the sentences: first what the runs are made of, then what their models do."""
    return (
        Sentence("Data", _data(comparison), "data"),
        Sentence("Configuration", _configuration(comparison), "configuration"),
        Sentence("Code", _code(comparison), "code"),
        *(Sentence("Within sources", text, "within") for text in _within(comparison)),
        Sentence("All test images", _whole(comparison), "slices"),
        *(Sentence("Slices", text, "slices") for text in _slices(comparison)),
        Sentence("Gate", _gate(comparison), "gate"),
        Sentence("Not shown", _caution(comparison), "runs"),
    )


def is_real(entry: Compared) -> bool:
    """Tell whether a difference has an interval, and 0 lies outside of it."""
    figure = entry.difference
    return figure is not None and figure.low is not None and figure.high is not None and (figure.low > 0 or figure.high < 0)


def judged(entry: Compared) -> str:
    """Say what a difference shows, such as "is higher for B, by +0.100 (0.020 to 0.180): the interval leaves out 0"."""
    figure = entry.difference
    if figure is None or figure.value is None:
        return "has no difference, since it is undefined for one of them"
    if figure.low is None:
        return f"is {formats.signed(figure.value)} from {A} to {B}, without an interval ({remark(figure)}): no difference is shown"
    if is_real(entry):
        corrected = f" (p corrected for all slices: {entry.corrected_p:.3f})" if entry.corrected_p is not None else ""
        more = "higher" if figure.value > 0 else "lower"
        return f"is {more} for {B}, by {shown(figure, signed=True)}: the interval leaves out 0{corrected}"
    return f"is not shown to differ: {shown(figure, signed=True)}, and the interval holds 0"


def _data(comparison: Comparison) -> str:
    images = comparison.images
    digests = next((row for row in comparison.data if row.name == "digest of the records"), None)
    same = digests is not None and not digests.differs
    records = "Both runs read the same records" if same else "The runs read different records"
    counted = formats.plural(images.first, "test image")
    if images.same:
        return f"{records} and judged the same {counted}, so that differences are paired by patient."
    if images.shared is None:
        return f"{records}; {images.why}. No paired difference is made."
    if images.shared == images.first == images.second:
        return f"{records}; {images.why}. No paired difference is made."
    return (
        f"{records} and judged different images: {formats.count(images.shared)} of {A}'s {formats.count(images.first)} and {B}'s "
        f"{formats.plural(images.second, 'test image')} are the same. No paired difference is made, and the figures cannot be "
        f"subtracted from each other."
    )


def _configuration(comparison: Comparison) -> str:
    differing = [row for row in comparison.configuration if row.differs]
    if not differing:
        return "No key differs."
    named = [f"{row.name} ({_short(row.first)}; {_short(row.second)})" for row in differing[:_MOST_NAMED]]
    named += [f"{len(differing) - _MOST_NAMED} more"] if len(differing) > _MOST_NAMED else []
    return f"{formats.plural(len(differing), 'key differs', 'keys differ')}: {formats.words(named)}."


def _code(comparison: Comparison) -> str:
    differing = [row.name for row in comparison.code if row.differs]
    code = f"The code differs behind {formats.words(differing)}" if differing else "The code behind every node is the same"
    packages = _packages(comparison.versions)
    return f"{code}; {packages}."


def _packages(versions: Sequence[Both]) -> str:
    if not versions:
        return "the versions of packages are not on record for both"
    differing = [f"{row.name} ({row.first}; {row.second})" for row in versions if row.differs]
    return f"other versions of {formats.words(differing)}" if differing else "the versions of the packages are the same"


def _within(comparison: Comparison) -> Iterator[str]:
    for entry in comparison.within_source:
        name = f"The AUC of {entry.pair[0]} or {entry.pair[1]}"
        first, second = (_stated(figure) for figure in (entry.pooled.first, entry.pooled.second))
        if "n/a" in (first[:3], second[:3]) or not comparison.images.same:
            yield f"{name} is {first} for {A} and {second} for {B}."
        else:
            yield f"{name} {judged(entry.pooled)}."


def _whole(comparison: Comparison) -> str:
    row = next((row for row in comparison.slices if not row.slice), None)
    if row is None:
        return "There are no figures of the whole test split."
    if comparison.images.answers_alike:
        return "Both runs gave the same answers to the last bit: there is nothing to tell apart."
    if not comparison.images.same:
        told = [
            f"{formats.metric_name(name)} is {_stated(row.metrics[name].first)} for {A} and {_stated(row.metrics[name].second)} for {B}"
            for name in TOLD
        ]
    else:
        told = [f"{formats.metric_name(name)} {judged(row.metrics[name])}" for name in TOLD]
    return f"{formats.sentence('; '.join(told))}."


def _slices(comparison: Comparison) -> Iterator[str]:
    entries = [
        (f"{formats.metric_name(name)}, {formats.slice_name(row.slice)}", entry)
        for row in comparison.slices
        if row.slice
        for name, entry in row.metrics.items()
        if (name in TOLD or name.startswith(WITHIN)) and entry.difference is not None and entry.difference.low is not None
    ]
    if not comparison.images.same or comparison.images.answers_alike:
        return
    if not entries:
        yield "No slice holds enough patients for the interval of a difference."
        return
    outside = [(name, entry) for name, entry in entries if is_real(entry)]
    real = [name for name, entry in outside if entry.corrected_p is not None and entry.corrected_p <= SIGNIFICANT]
    text = (
        f"Of {formats.plural(len(entries), 'difference')} on slices, {len(outside) or 'none'} {_have(len(outside))} an interval without 0"
    )
    if not outside:
        yield f"{text}: no slice is shown to differ."
        return
    remain = f"{formats.words(real[:_MOST_NAMED])}{f' and {len(real) - _MOST_NAMED} more' if len(real) > _MOST_NAMED else ''}"
    yield f"{text}. Corrected for the number of slices {f'{_remains(len(real))}: {remain}' if real else 'none remains'}."


def _gate(comparison: Comparison) -> str:
    first, second = comparison.first, comparison.second
    if first.blessed == second.blessed:
        text = "Both are blessed" if first.blessed else "Neither is blessed"
    else:
        blessed, other = (A, B) if first.blessed else (B, A)
        text = f"{blessed} is blessed and {other} is not"
    failed = [
        f"{name} failed {formats.words(_failed(comparison, name))}" for name in (A, B) if not (first if name == A else second).blessed
    ]
    return f"{text}{': ' if failed else ''}{'; '.join(failed)}."


def _failed(comparison: Comparison, name: str) -> list[str]:
    found = []
    for entry in comparison.checks:
        check = entry.first if name == A else entry.second
        if check is not None and check.failed:
            found.append(f"{formats.check_kind(entry.kind)} ({formats.metric_name(entry.metric)}, {formats.slice_name(entry.slice)})")
    return found or ["no check that is named"]


def _caution(comparison: Comparison) -> str:
    opened = "; ".join(f"{name}'s folder opened it {_times(facts)}" for name, facts in ((A, comparison.first), (B, comparison.second)))
    return (
        "That another seed of the training would give the same: each run is one training, and its luck is in no interval. To choose a run "
        f"by these figures is to choose on the test split ({opened})."
    )


def _times(facts: RunFacts) -> str:
    return "an unknown number of times" if facts.openings is None else formats.plural(facts.openings.total, "time")


def _stated(figure: object) -> str:
    return "n/a" if figure is None else shown(figure) + ("" if interval_text(figure) or figure.value is None else " (no interval)")  # type: ignore[arg-type,attr-defined]


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def _have(number: int) -> str:
    return "has" if number <= 1 else "have"


def _remains(number: int) -> str:
    return "one remains" if number == 1 else f"{number} remain"
