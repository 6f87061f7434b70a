"""All that the page of an external validation shows."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.evaluator.assessment import Assessment
from components.external.findings import Findings, find
from components.external.limits import describe_limits
from components.external.made_with import MadeWith
from components.external.origin import Origin
from components.external.outcome import External
from components.external.own_run import Beside, OwnRun, compare
from components.phantom.roster import SITES
from components.predictions.table import Predictions
from components.reporter.chosen_on import describe_choice
from components.reporter.collect_data import Data, parse_summary
from components.reporter.collect_predictions import Answers, sureness
from components.reporter.confounding import Confounding, measure_confounding
from components.reporter.limits import Limit


@dataclass(frozen=True)
class Content:
    """The tree of fields is the tree of `report.json`.

    Attributes:
      phantom: sources of the built-in phantom that are among the scored ones.
      made_with: sources of the model's own data.
      data: the images that were scored, by source and class; its counts and reasons are of all rows.
      read: all images that could be used, shared ones too.
      beside: measures here and on the model's own test split.
      thresholds_chosen: on how many images of the model's own eval split, in words.
    """

    phantom: tuple[str, ...]
    made_with: MadeWith
    findings: Findings
    outcome: External
    assessment: Assessment
    beside: tuple[Beside, ...]
    thresholds_chosen: str
    limits: tuple[Limit, ...]
    confounding: Confounding
    data: Data
    read: Data
    answers: Answers
    origin: Origin


def gather(
    outcome: External,
    found: Assessment,
    scored: Predictions,
    summary: dict[str, Any],
    origin: Origin,
    own: OwnRun | None,
    made_with: MadeWith,
) -> Content:
    """Gather the content.

    Args:
      outcome: what was read and left out.
      found: measures of the scored images.
      scored: their predictions.
      summary: `summary.json` of the records.
      origin: what is needed to do the same again.
      own: the run of the model; None where it is not known.
      made_with: the sources of its data.
    """
    data, read = _scored_data(scored, summary), parse_summary(summary)
    confounding = measure_confounding(data, learnt_on="test")
    phantom = tuple(source for source in data.sources if source in SITES)
    return Content(
        phantom=phantom,
        made_with=made_with,
        findings=find(outcome, found, data, origin, made_with, bool(phantom)),
        outcome=outcome,
        assessment=found,
        beside=compare(found, own),
        thresholds_chosen=describe_choice(found, own.data if own is not None else None),
        limits=describe_limits(outcome, found, data, read, confounding, made_with, bool(phantom)),
        confounding=confounding,
        data=data,
        read=read,
        answers=Answers((), sureness(scored)),
        origin=origin,
    )


def _scored_data(scored: Predictions, summary: dict[str, Any]) -> Data:
    images = Counter(zip(scored.source.tolist(), scored.label.tolist(), strict=True))
    pairs = set(zip(scored.source.tolist(), scored.label.tolist(), scored.group.tolist(), strict=True))
    groups = Counter((source, label) for source, label, _ in pairs)
    cells = [
        {"source": source, "label": label, "split": "test", "images": count, "groups": groups[source, label]}
        for (source, label), count in sorted(images.items())
    ]
    # Copies and flags of quality are counted over all that was read, and say nothing of what is left.
    return parse_summary({**summary, "cells": cells, "groups": len(np.unique(scored.group)), "duplicates": {}, "quality": []})
