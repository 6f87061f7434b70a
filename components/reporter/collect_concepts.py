"""The concepts of classes, and how far both methods of explanation can be trusted."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.evaluator.intervals import Interval
from components.explainer.faithfulness.comparison import is_told
from components.explainer.faithfulness.measures import DELETION, DROP, INCREASE, INSERTION, OF_PAIR, OF_RANDOM_NETWORKS, OF_TRUTH
from components.explainer.faithfulness.summary import Row
from components.reporter.collect_explanations import PICTURE_BUDGET_BYTES, data_uri
from components.reporter.randomised import RandomStage, read_stages, say_randomisation
from components.reporter.reduced import say_reduced
from components.reporter.study_sentences import say_curves, say_mark, say_testing
from components.reporter.untrained import say_untrained

# In the order of the table.
MEASURES = (*OF_TRUTH, INSERTION, DELETION, DROP, INCREASE, *OF_PAIR, *OF_RANDOM_NETWORKS)

_ENDS = {"low": "least", "high": "greatest"}


@dataclass(frozen=True)
class ValueShare:
    """A source, view or answer of a concept's segments; the fields are those of components.explainer.crossing."""

    column: str
    value: str
    segments: int
    share: float
    base: float
    lift: Interval


@dataclass(frozen=True)
class RegionShare:
    """A region in which a concept's segments may lie; `covered` is None where no image has the region."""

    region: str
    inside: float
    base: float
    covered: float | None
    base_covered: float


@dataclass(frozen=True)
class Striking:
    """What is striking about a concept, and of which kind; see components.explainer.concept_words."""

    kind: str
    text: str


@dataclass(frozen=True)
class Concept:
    """One concept of a class; the fields are those of components.explainer.concept_tree.

    `effect_error` is None where the run is older than that.
    """

    name: str
    rule: str
    striking: Striking | None
    place: str
    centre: tuple[float, float]
    spread: float
    values: tuple[ValueShare, ...]
    regions: tuple[RegionShare, ...]
    picture: str
    segments: int
    images: int
    stability: float | None
    drawn: int
    lost: int
    dissolves: bool
    gradcam_share: float
    area_share: float
    verdict: str
    score: float
    random_score: float
    one_gradient: bool
    standard_error: float
    low: float | None
    high: float | None
    effect: float
    effect_error: float | None
    effect_low: float | None
    effect_high: float | None
    q: float | None
    accuracy: float
    weak: int
    vectors: int

    @property
    def largest(self) -> tuple[ValueShare, ...]:
        """Of each column the value with the largest share; of a column with one value alone nothing is to be told."""
        first = {share.column: share for share in reversed(self.values)}
        return tuple(share for share in self.values if first[share.column] is share and share.base < 1)


@dataclass(frozen=True)
class ClassStudy:
    """What was found for one class.

    Attributes:
      untrained: what untrained networks say of the concepts.
      curves: name to the mean probability of the class at each number of concepts, 0, 1, ...; of random orders also least and greatest.
      sufficiency: what the curves say; empty where there are none.
      truth: images of which something is known, by what it is.
      judged: images whose maps are held against it.
      sentences: what the differences between the methods and from the controls mean.
      tested: how many differences there are with a p.
      testing: how many could be tested, and what for they were corrected.
      randomised: name of a method to its stages of the randomisation check, from the last layer down.
      randomisation: what that check says, and of what it was not made.
    """

    label: str
    images: int
    patients: int
    layer: str
    gradcam_method: str
    gradcam_layer: str
    segments: int
    random_sets: int
    random_examples: int
    dropped: dict[str, int]
    untrained: str
    concepts: tuple[Concept, ...]
    curves: dict[str, tuple[float, ...]]
    sufficient: int | None
    destroying: int | None
    sufficiency: str
    covered: float | None
    truth: dict[str, int]
    judged: dict[str, int]
    measures: tuple[Row, ...]
    sentences: tuple[str, ...]
    comparisons: int
    tested: int
    testing: str
    randomised: dict[str, tuple[RandomStage, ...]]
    randomisation: tuple[str, ...]


@dataclass(frozen=True)
class Places:
    """How Grad-CAM of a class, studied or not, lies to what is known of its images.

    Attributes:
      images: that were looked at.
      answered_right: of them, those that maps are held against the truth in.
      measures: of Grad-CAM, the controls and chance.
    """

    label: str
    images: int
    answered_right: int
    measures: tuple[Row, ...]


@dataclass(frozen=True)
class Concepts:
    """All classes that were studied, and why others were not.

    Attributes:
      places: of every class of which something is known; empty where the run is older than that.
      left_out: name of a class to the reason.
      reduced: what else was not run.
      on_marks: how to read what lies on a mark.
    """

    classes: tuple[ClassStudy, ...]
    places: tuple[Places, ...]
    left_out: dict[str, str]
    reduced: str
    on_marks: str


def read_concepts(folder: Path) -> tuple[Concepts, dict[str, str]]:
    """Read `concepts.json` and the pictures that it names.

    Args:
      folder: the Concepts artifact.
    Returns:
      The facts, and data URIs by the name of the picture.
    """
    content = json.loads((folder / "concepts.json").read_text(encoding="utf-8"))
    trees = content["classes"]
    tested = sum(_tested(tree) for tree in trees.values())
    classes = tuple(_study(label, tree, tested, len(trees)) for label, tree in trees.items())
    names = [concept.picture for study in classes for concept in study.concepts]
    budget = PICTURE_BUDGET_BYTES // max(1, 2 * len(names))
    places = tuple(
        Places(label, int(each["images"]), int(each["answered_right"]), tuple(Row(**row) for row in each["rows"]))
        for label, each in content.get("places", {}).items()
    )
    concepts = Concepts(
        classes, places, dict(content["left_out"]), say_reduced(content["settings"]), say_mark(content.get("mark_shortcut"))
    )
    return concepts, {name: data_uri(folder / name, budget) for name in names}


def _study(label: str, tree: dict[str, Any], all_tested: int, classes: int) -> ClassStudy:
    curves, faithfulness, randomisation = tree["curves"], tree["faithfulness"], tree["randomisation"]
    real = [each["sentence"] for each in faithfulness["comparisons"] if is_told(each["corrected_p"])]
    return ClassStudy(
        label=label,
        images=int(tree["images"]),
        patients=int(tree["patients"]),
        layer=str(tree["layer"]),
        gradcam_method=str(tree["gradcam_method"]),
        gradcam_layer=str(tree["gradcam_layer"]),
        segments=int(tree["segments"]),
        random_sets=int(tree["random_sets"]),
        random_examples=int(tree["random_examples"]),
        dropped=dict(tree["dropped"]),
        untrained=say_untrained(tree),
        concepts=tuple(_concept(each) for each in tree["concepts"]),
        curves={} if curves is None else _curves(curves),
        sufficient=None if curves is None else curves["sufficient"],
        destroying=None if curves is None else curves["destroying"],
        sufficiency="" if curves is None else say_curves(label, curves),
        covered=None if curves is None else float(curves["covered"]),
        truth=dict(tree["truth"]),
        judged={row["truth"]: int(row["images"]) for row in faithfulness["rows"] if row["truth"]},
        measures=tuple(Row(**row) for measure in MEASURES for row in faithfulness["rows"] if row["measure"] == measure.name),
        sentences=tuple(real),
        comparisons=len(faithfulness["comparisons"]),
        tested=_tested(tree),
        testing=say_testing(faithfulness["comparisons"], all_tested, classes),
        randomised=read_stages(randomisation),
        randomisation=say_randomisation(randomisation),
    )


def _tested(tree: dict[str, Any]) -> int:
    return sum(each["p"] is not None for each in tree["faithfulness"]["comparisons"])


def _concept(tree: dict[str, Any]) -> Concept:
    tcav, crossing = tree["tcav"], tree["crossing"]
    interval, of_effect = tcav["interval"] or {}, tcav["effect_interval"] or {}
    return Concept(
        name=str(tree["name"]),
        rule=str(tree["rule"]),
        striking=Striking(**tree["striking"]) if tree["striking"] else None,
        place=str(tree["place"]),
        centre=(float(crossing["centre"][0]), float(crossing["centre"][1])),
        spread=float(crossing["spread"]),
        values=tuple(ValueShare(**share | {"lift": Interval(**share["lift"])}) for share in crossing["values"]),
        regions=tuple(RegionShare(**share) for share in crossing["regions"]),
        picture=str(tree["picture"]),
        segments=int(tree["segments"]),
        images=int(tree["images"]),
        stability=tree["stability"],
        drawn=int(tree["drawn"]),
        lost=int(tree["lost"]),
        dissolves=bool(tree["dissolves"]),
        gradcam_share=float(tree["gradcam_share"]),
        area_share=float(tree["area_share"]),
        verdict=str(tcav["verdict"]),
        score=float(tcav["mean"]),
        random_score=float(tcav["random_mean"]),
        one_gradient=bool(tcav["one_gradient"]),
        standard_error=float(tcav["standard_error"]),
        low=interval.get("low"),
        high=interval.get("high"),
        effect=float(tcav["effect"]),
        effect_error=tcav.get("effect_error"),
        effect_low=of_effect.get("low"),
        effect_high=of_effect.get("high"),
        q=tcav["q"],
        accuracy=float(tcav["accuracy"]),
        weak=int(tcav["weak"]),
        vectors=int(tcav["vectors"]),
    )


def _curves(tree: dict[str, Any]) -> dict[str, tuple[float, ...]]:
    found = {}
    for name in ("adding", "removing"):
        found[name] = tuple(tree[name]["probability"])
        random = tree[f"random_{name}"]
        found[f"{name}, random order"] = tuple(random["mean"]["probability"])
        found |= {f"{name}, {end} of the random orders": tuple(random[key]["probability"]) for key, end in _ENDS.items()}
    return found
