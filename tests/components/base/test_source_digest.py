from pathlib import Path

import pytest

from components.base import source_digest as module


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of four files: tuning.a imports schemas.b, which imports nothing; schemas.c stands alone."""
    monkeypatch.setattr(module, "ROOT", tmp_path)
    for package in ("tuning", "schemas"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""Package."""\n')
    (tmp_path / "tuning/a.py").write_text("import os\nfrom schemas import b\n")
    (tmp_path / "schemas/b.py").write_text("X = 1\n")
    (tmp_path / "schemas/c.py").write_text("Y = 1\n")
    (tmp_path / "schemas/d.yaml").write_text("z: 1\n")
    return tmp_path


def names(root: Path, *modules: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in module.source_files(*modules)]


def test_imports_of_ours_are_followed(project: Path) -> None:
    assert names(project, "tuning.a") == ["schemas/__init__.py", "schemas/b.py", "tuning/__init__.py", "tuning/a.py"]


def test_a_package_stands_for_all_its_files_data_included(project: Path) -> None:
    assert names(project, "schemas") == ["schemas/__init__.py", "schemas/b.py", "schemas/c.py", "schemas/d.yaml"]


def test_the_command_of_a_package_is_no_part_of_it(project: Path) -> None:
    (project / "schemas/__main__.py").write_text("from tuning import a\n")
    assert names(project, "schemas") == ["schemas/__init__.py", "schemas/b.py", "schemas/c.py", "schemas/d.yaml"]


@pytest.mark.parametrize(("changed", "differs"), [("tuning/a.py", True), ("schemas/b.py", True), ("schemas/c.py", False)])
def test_one_changed_line_changes_the_digest_of_what_depends_on_it(project: Path, changed: str, differs: bool) -> None:
    before = module.source_digest("tuning.a")
    with (project / changed).open("a") as file:
        file.write("Z = 2\n")
    assert (module.source_digest("tuning.a") != before) is differs


def test_an_import_inside_a_function_counts(project: Path) -> None:
    (project / "tuning/a.py").write_text("def f():\n    from schemas.c import Y\n    return Y\n")
    assert "schemas/c.py" in names(project, "tuning.a")


def test_an_unknown_module_is_an_error(project: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"tuning\.nothing"):
        module.source_digest("tuning.nothing")
