"""Items of a reporting guideline, each answered by the place in the report that holds the evidence, or marked as missing."""

from collections.abc import Iterable, Set
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One item of a guideline.

    Attributes:
      number: in the guideline.
      asks: what it asks for, in our words.
      place: section of the page that holds the evidence; empty where no run has any.
      says: what is found there, and what of the item is not; where the place is empty, where else it would be.
      needs: the fact (see passport.facts) without which this run has no evidence; empty where every run has it.
    """

    number: str
    asks: str
    place: str = ""
    says: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Guideline:
    """A reporting guideline with its source."""

    name: str
    source: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Answer:
    """What this run answers to an item: the section, or none ("not in this run"), and what is to be said."""

    number: str
    asks: str
    place: str
    says: str


@dataclass(frozen=True)
class Checklist:
    """A guideline answered; `met` items have a place."""

    name: str
    source: str
    answers: tuple[Answer, ...]
    met: int


def answer(guideline: Guideline, facts: Set[str]) -> Checklist:
    """Answer every item by what is true of a run."""
    answers = tuple(_answers(guideline.items, facts))
    return Checklist(guideline.name, guideline.source, answers, sum(bool(entry.place) for entry in answers))


def _answers(items: Iterable[Item], facts: Set[str]) -> Iterable[Answer]:
    for item in items:
        met = item.place and (not item.needs or item.needs in facts)
        # What an item says of its place is wrong where there is none.
        says = item.says if met or not item.place else ""
        yield Answer(item.number, item.asks, item.place if met else "", says)
