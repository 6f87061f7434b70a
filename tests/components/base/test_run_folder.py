from pathlib import Path

import pytest

from components.base.errors import UsageError
from components.base.run_folder import find_run


def test_the_newest_run_or_the_run_itself(tmp_path: Path) -> None:
    for name in ("20260101-000000-00", "20260102-000000-00", "20251231-000000-00"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text("{}")
    newest = tmp_path / "runs" / "20260102-000000-00"
    oldest = tmp_path / "runs" / "20251231-000000-00"
    assert find_run(tmp_path) == newest
    assert find_run(oldest) == oldest


def test_no_run_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no run"):
        find_run(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        find_run(tmp_path / "absent")


def test_a_run_is_found_by_its_id(tmp_path: Path) -> None:
    for name in ("20260101-000000-00", "20260102-000000-00"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text("{}")
    oldest = tmp_path / "runs" / "20260101-000000-00"
    assert find_run(tmp_path, oldest.name) == oldest
    assert find_run(oldest, oldest.name) == oldest
    with pytest.raises(UsageError, match="holds no run 'x'; it holds 20260101-000000-00, 20260102-000000-00"):
        find_run(tmp_path, "x")
    with pytest.raises(UsageError, match="is the folder of one run"):
        find_run(oldest, "20260102-000000-00")
