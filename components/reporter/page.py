"""What our pages share: templates to one self-contained page, and values to JSON."""

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from pydantic import BaseModel

from components.reporter import formats, intervals_shown
from components.reporter.figures import shares
from components.reporter.intervals_shown import Remarks, interval_plot
from components.reporter.shortfalls import shortfalls
from components.reporter.slice_tables import BY_CLASS, row_name

_TEMPLATES = Path(__file__).parent / "templates"
_FILTERS = (
    formats.score,
    formats.uncertain,
    formats.threshold,
    formats.signed,
    formats.percent,
    formats.whole_percent,
    formats.times,
    formats.count,
    formats.plain,
    formats.duration,
    formats.plural,
    formats.words,
    formats.slice_name,
    formats.breakable,
    formats.metric_name,
    formats.sentence,
    formats.check_kind,
    formats.check_bound,
    formats.check_value,
    intervals_shown.remark,
    intervals_shown.interval_text,
    intervals_shown.shown,
    row_name,
    shortfalls,
)


def render_page(template: str, values: dict[str, Any], own_templates: Sequence[Path] = ()) -> str:
    """Render a page.

    Args:
      template: name of the page's own template, which sets `title` and `sections` and includes `shell.html.jinja`.
      values: what the templates show.
      own_templates: folders whose templates come before those of this package.
    Returns:
      One HTML document that loads nothing; a content security policy in it makes browsers keep to that.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*own_templates, _TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    environment.globals.update(shares=shares, Remarks=Remarks, interval_plot=interval_plot, CLASS_METRICS=BY_CLASS)
    script = (_TEMPLATES / "sort.js").read_text()
    return environment.get_template(template).render(
        values,
        # Both are files of this package, not data.
        style=Markup((_TEMPLATES / "report.css").read_text()),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def render_tree(tree: dict[str, Any]) -> str:
    """Render values as JSON: data classes and sections as their fields; a number that is not finite becomes null."""
    return json.dumps(_plain(tree), indent=1, allow_nan=False) + "\n"


def _plain(tree: Any) -> Any:
    if isinstance(tree, BaseModel):
        return tree.model_dump(mode="json")
    if is_dataclass(tree) and not isinstance(tree, type):
        return _plain(asdict(tree))
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_plain(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree
