"""Metrics by name: `accuracy`, `auc[pneumonia,normal]@kermany_guangzhou`."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.base.errors import UsageError

# How many classes may stand in brackets.
_KINDS = {
    "accuracy": (0,),
    "macro_recall": (0,),
    "macro_f1": (0,),
    "auc": (0, 1, 2),
    "recall": (1,),
    "precision": (1,),
    "specificity": (1,),
    "called": (1,),
    "binary_accuracy": (2,),
    "within_source_auc": (2,),
}
# Findings are not exclusive: nothing that takes the largest probability makes sense of them.
_MULTILABEL = {"auc": (0, 1)}
_FORM = re.compile(r"(?P<kind>[^\[\]@]+)(?:\[(?P<classes>[^\[\]]*)\])?(?:@(?P<source>.+))?")


@dataclass(frozen=True)
class Metric:
    """A metric that was asked for.

    Attributes:
      text: its name as written.
      kind: what is computed.
      classes: what stands in brackets.
      source: the only source whose images count; None for all.
    """

    text: str
    kind: str
    classes: tuple[str, ...] = ()
    source: str | None = None

    @property
    def words(self) -> str:
        """Name the metric as people write it."""
        name = {
            "accuracy": "Accuracy",
            "macro_recall": "Macro recall",
            "macro_f1": "Macro F1",
            "auc": ("Macro AUC", "AUC of {0}", "AUC of {0} against {1}")[len(self.classes) if self.kind == "auc" else 0],
            "recall": "Recall of {0}",
            "precision": "Precision of {0}",
            "specificity": "Specificity for {0}",
            "called": "Share of images called {0}",
            "binary_accuracy": "Accuracy on {0} and {1} alone",
            "within_source_auc": "AUC of {0} against {1} within sources",
        }[self.kind]
        return name.format(*self.classes) + (f" at {self.source}" if self.source else "")


def parse_metric(text: str) -> Metric:
    """Read a metric's name.

    Args:
      text: a kind, then classes in brackets, then @ and a source; which kinds take which is in the errors.
    Raises:
      UsageError: there is no such metric, or it takes other classes; the message names the nearest.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"metric {text!r}: write it as in accuracy, auc[pneumonia,normal] or called[covid19]@SOURCE")
    kind, source = found["kind"].strip(), found["source"]
    classes = tuple(name.strip() for name in found["classes"].split(",")) if found["classes"] is not None else ()
    if kind not in _KINDS:
        raise UsageError(f"metric {text!r}: no metric {kind!r}; {hint(kind, tuple(_KINDS))}")
    if len(classes) not in _KINDS[kind] or "" in classes:
        wanted = " or ".join(str(number) for number in _KINDS[kind])
        raise UsageError(f"metric {text!r}: {kind} takes {wanted} class{'' if wanted == '1' else 'es'} in brackets")
    if len(set(classes)) < len(classes):
        raise UsageError(f"metric {text!r}: name two different classes")
    if kind == "within_source_auc" and source is not None:
        raise UsageError(f"metric {text!r}: it is over all sources; for one of them write auc[{','.join(classes)}]@{source}")
    return Metric(text.strip(), kind, classes, source.strip() if source is not None else None)


def check_metric(metric: Metric, task: str, classes: Sequence[str], sources: Sequence[str] | None = None) -> None:
    """Refuse a metric that these data do not have.

    Args:
      metric: as `parse_metric` reads it.
      task: "multiclass" or "multilabel".
      classes: that are predicted.
      sources: that are judged; None where they are not known yet.

    Raises:
      UsageError: the message names the nearest class or source, or what the task offers.
    """
    if task == "multilabel" and len(metric.classes) not in _MULTILABEL.get(metric.kind, ()):
        raise UsageError(f"metric {metric.text!r}: findings are not exclusive; a multilabel task has auc and auc[FINDING]")
    for name in metric.classes:
        if name not in classes:
            raise UsageError(f"metric {metric.text!r}: no class {name!r}; {hint(name, classes)}")
    if metric.source is not None and sources is not None and metric.source not in sources:
        raise UsageError(f"metric {metric.text!r}: no images of source {metric.source!r}; {hint(metric.source, sources)}")


def hint(name: str, known: Sequence[str]) -> str:
    """Name the nearest of what there is: what begins so, what is spelt nearly so, or all."""
    near = [one for one in known if name and one.startswith(name)] or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
