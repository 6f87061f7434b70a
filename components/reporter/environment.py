"""What every page of ours shares: templates, filters, style and the script that sorts tables."""

import base64
import hashlib
import math
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from pydantic import BaseModel

from components.reporter import formats, intervals_shown
from components.reporter.intervals_shown import Remarks, interval_plot
from components.reporter.slice_tables import row_name

_TEMPLATES = Path(__file__).parent / "templates"
_FILTERS = (
    formats.score,
    formats.signed,
    formats.percent,
    formats.count,
    formats.plain,
    formats.duration,
    formats.plural,
    formats.words,
    formats.slice_name,
    formats.metric_name,
    formats.sentence,
    formats.check_kind,
    formats.check_bound,
    formats.check_value,
    intervals_shown.remark,
    intervals_shown.interval_text,
    intervals_shown.shown,
    row_name,
)


def render_page(template: str, **shown: Any) -> str:
    """Render a template over page.html.jinja.

    Args:
      template: its file name.
      shown: what it shows; every text is escaped.
    Returns:
      One HTML document that loads nothing; a content security policy in it makes browsers keep to that.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update({function.__name__: function for function in _FILTERS})
    environment.globals.update(Remarks=Remarks, interval_plot=interval_plot)
    script = (_TEMPLATES / "sort.js").read_text()
    return environment.get_template(template).render(
        **shown,
        # Both are files of this package, not data.
        style=Markup((_TEMPLATES / "report.css").read_text()),  # noqa: S704
        script=Markup(script),  # noqa: S704
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def finite(tree: Any) -> Any:
    """Make a tree of plain values that JSON can hold: a number that is not finite becomes null."""
    if isinstance(tree, BaseModel):
        return tree.model_dump(mode="json")
    if isinstance(tree, dict):
        return {key: finite(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [finite(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree
