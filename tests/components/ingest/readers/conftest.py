"""The samples of real layouts, where they are, and little folders in the same layouts."""

from pathlib import Path

import pytest

from components.base.progress import LOGGER_NAME

LAYOUTS = Path(__file__).resolve().parents[5] / "shared" / "data" / "layouts"


@pytest.fixture
def layout():
    """Find a sample by its name; the test is skipped where there is none."""

    def find(name: str) -> Path:
        if not (LAYOUTS / name).is_dir():
            pytest.skip(f"no sample of the layout at ../shared/data/layouts/{name}")
        return LAYOUTS / name

    return find


@pytest.fixture
def put(tmp_path):
    """Write a file below tmp_path: a text, or a few bytes in place of an image."""

    def write(name: str, content: str | bytes = b"pixels are not opened") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def notices(caplog):
    """What the user was told."""
    caplog.set_level("INFO", LOGGER_NAME)
    return lambda: [record.notice[1] for record in caplog.records if hasattr(record, "notice")]
