"""Items of a reporting guideline, each answered by the place in the report that holds the evidence, or marked as missing."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Literal

# What an item that asks for disjoint patients lacks, and the fact with which it does not.
UNNAMED = "whose the images are that name no patient"
ALL_NAMED = "all patients named"


@dataclass(frozen=True)
class Item:
    """One item of a guideline.

    Attributes:
      number: in the guideline.
      asks: what it asks for, in our words.
      place: section of the page that holds the evidence; empty where no run has any.
      says: what is found there; where the place is empty, where else it would be.
      lacks: what of the item is not found there; empty where all is.
      unless: the fact with which what it lacks is found there after all; empty where no run has it.
      needs: the fact (see passport.facts) without which this run has no evidence; empty where every run has it.
    """

    number: str
    asks: str
    place: str = ""
    says: str = ""
    lacks: str = ""
    needs: str = ""
    unless: str = ""


@dataclass(frozen=True)
class Section:
    """A section of a guideline, under the guideline's own name."""

    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Guideline:
    """A reporting guideline; `source` says which version."""

    name: str
    source: str
    sections: tuple[Section, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in order."""
        return tuple(item for section in self.sections for item in section.items)


@dataclass(frozen=True)
class Answer:
    """What this run answers to an item: the section that holds evidence, or none, and what is to be said."""

    section: str
    number: str
    asks: str
    state: Literal["shown", "in part", "missing"]
    place: str
    says: str
    lacks: str


@dataclass(frozen=True)
class Checklist:
    """A guideline answered, and how many items are shown as a whole and in part."""

    name: str
    source: str
    answers: tuple[Answer, ...]
    shown: int
    in_part: int


def answer(guideline: Guideline, facts: Set[str]) -> Checklist:
    """Answer every item by what is true of a run."""
    answers = tuple(_answers(guideline, facts))
    states = [entry.state for entry in answers]
    return Checklist(guideline.name, guideline.source, answers, states.count("shown"), states.count("in part"))


def _answers(guideline: Guideline, facts: Set[str]) -> Iterator[Answer]:
    for section in guideline.sections:
        for item in section.items:
            if not item.place:
                yield Answer(section.name, item.number, item.asks, "missing", "", item.says, "")
            elif item.needs and item.needs not in facts:
                # What an item says of its place is wrong where there is none.
                yield Answer(section.name, item.number, item.asks, "missing", "", "", "")
            else:
                lacks = "" if item.unless and item.unless in facts else item.lacks
                state: Literal["shown", "in part"] = "in part" if lacks else "shown"
                yield Answer(section.name, item.number, item.asks, state, item.place, item.says, lacks)
