import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REPORT_STYLE = ROOT / "components" / "reporter" / "templates" / "report.css"
TEMPLATES = sorted(
    path for room in ("components", "pipeline", "tuning") for kind in ("jinja", "j2") for path in (ROOT / room).rglob(f"*.{kind}")
)
# By these a script finds its elements.
OF_SCRIPTS = {"sortable"}


def chosen(expression: re.Match[str]) -> str:
    """Put the texts that an expression chooses among in its place; a mark where it shows a value."""
    texts = re.findall(r"(?:\{\{|else|:) *'([^']*)'", expression[0])
    return " ".join(["", *texts]) if texts else "{}"


def classes(template: str) -> set[str]:
    """Name the classes that a template writes out or chooses among; not those that its values make."""
    text = re.sub(r"\{[%#].*?[%#]\}", "", re.sub(r"\{\{.*?\}\}", chosen, template, flags=re.S), flags=re.S)
    return {name for names in re.findall(r'class="([^"]*)"', text) for name in names.split() if "{}" not in name}


def styled(*styles: Path) -> set[str]:
    """Name the classes that the selectors of some styles speak of."""
    selectors = "".join(re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", style.read_text(), flags=re.S) for style in styles)
    return set(re.findall(r"\.([a-z][\w-]*)", selectors))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_class_has_a_rule_in_the_style_of_its_page(template: Path) -> None:
    style = styled(REPORT_STYLE, *template.parent.glob("*.css"))
    assert classes(template.read_text()) - style - OF_SCRIPTS == set()
