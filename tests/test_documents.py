import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize(
    "module",
    ["components.ingest", "components.evaluator", "components.phantom", "components.reporter", "tuning.inspect", "pipeline.experiments"],
)
def test_every_command_has_a_module(module: str) -> None:
    path = ROOT.joinpath(*module.split("."))
    assert (path / "__main__.py").is_file() or path.with_suffix(".py").is_file()
    assert any(f"python -m {module}" in document.read_text() for document in DOCUMENTS)


def test_no_figure_is_left_open() -> None:
    written = "".join(path.read_text() for path in [*DOCUMENTS, *(ROOT / "pipeline" / "configs").rglob("*.yaml")])
    assert not re.search(r"TO BE|TBD|[A-Z]+-(TABLE|TIME)", written)


def test_tensorboard_starts() -> None:
    done = subprocess.run([Path(sys.executable).with_name("tensorboard"), "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
