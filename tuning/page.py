"""A search as one self-contained HTML page."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from components.reporter import figures, formats
from components.reporter.redact import without_paths
from tuning.charts import curve_charts, history_chart, importance_chart
from tuning.importance import RELIABLE_TRIALS, importance, why_absent
from tuning.parallel import parallel_coordinates
from tuning.summary import best_trial, one_line, parameter_names, redrawn_note, status_counts
from tuning.trials import FAILED, INTERRUPTED, Search, Trial

_TEMPLATES: Final = Path(__file__).parent / "templates"
# The report's style, its sorting of tables and its drawing of charts.
_SHARED: Final = Path(figures.__file__).parent / "templates"
_CONTROL_CHARACTERS: Final = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n")})
_FILTERS: Final = (
    formats.score,
    formats.percent,
    formats.count,
    formats.plain,
    formats.duration,
    formats.plural,
    formats.words,
    formats.metric_name,
    formats.sentence,
)


def render(search: Search, trials: Sequence[Trial]) -> str:
    """Render the page.

    Args:
      search: of which the figures tell everything.
      trials: those that the table lists, in this order.
    Returns:
      One HTML document in ASCII that loads nothing; a content security policy in it makes browsers keep to that.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_TEMPLATES, _SHARED]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    script = (_SHARED / "sort.js").read_text(encoding="utf-8")
    completed = [trial for trial in search.trials if trial.score is not None]
    values, scores = [trial.hyperparameters for trial in completed], [float(trial.score or 0.0) for trial in completed]
    absent = why_absent(values, scores)
    found = importance(values, scores) if absent is None else None
    names = parameter_names(search.trials)
    page = environment.get_template("search.html.j2").render(
        search=search,
        trials=trials,
        best=best_trial(search),
        counts=status_counts(search),
        redrawn=redrawn_note(search),
        reasons=[(trial, reason) for trial in trials if (reason := reason_of(trial))],
        names=names,
        numeric={name for name in names if _is_numeric(search, name)},
        history=history_chart(search),
        curves=curve_charts(search),
        parallel=parallel_coordinates(search),
        importance=found,
        importance_chart=importance_chart(found) if found else None,
        importance_absent=absent,
        reliable_trials=RELIABLE_TRIALS,
        # All three are files of the project, not data.
        style=Markup((_SHARED / "report.css").read_text(encoding="utf-8")),  # noqa: S704
        own_style=Markup((_TEMPLATES / "search.css").read_text(encoding="utf-8")),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    # Redirected to a file, the page gets the encoding of the terminal, whatever that is.
    return page.translate(_CONTROL_CHARACTERS).encode("ascii", "xmlcharrefreplace").decode("ascii")


def reason_of(trial: Trial) -> str:
    """Say why a trial has no score, without paths of the machine; empty where it has one or still runs."""
    if trial.status == INTERRUPTED and not trial.reason:
        return "it is trained again when the search goes on"
    if trial.status == FAILED and not trial.reason:
        return "no reason is on record"
    return one_line(without_paths(trial.reason or ""))


def _is_numeric(search: Search, name: str) -> bool:
    found: list[Any] = [trial.hyperparameters[name] for trial in search.trials if name in trial.hyperparameters]
    return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in found)
