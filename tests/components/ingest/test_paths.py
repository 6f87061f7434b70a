import os

import pytest

from components.ingest.paths import normalise_name, resolve
from components.ingest.refusal import Refusal
from schemas.quarantine import Reason


@pytest.fixture
def root(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"not yours")
    folder = tmp_path / "data"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.png").write_bytes(b"pixels")
    (folder / "empty.png").write_bytes(b"")
    (folder / "outside.png").symlink_to(tmp_path / "secret.png")
    (folder / "inside.png").symlink_to("images/a.png")
    (folder / "dangling.png").symlink_to("gone.png")
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to("loop")
    (folder / "me").symlink_to(".")
    os.mkfifo(folder / "pipe.png")
    return folder


@pytest.mark.parametrize("name", ["images/a.png", "./images//a.png", "images/../images/a.png", "inside.png", "me/me/images/a.png"])
def test_files_inside_are_found(root, name):
    assert resolve(root, name) == (root / "images" / "a.png").resolve()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../secret.png", Reason.OUTSIDE_ROOT),
        ("images/../../secret.png", Reason.OUTSIDE_ROOT),
        ("/etc/hostname", Reason.OUTSIDE_ROOT),
        ("outside.png", Reason.OUTSIDE_ROOT),
        ("up/secret.png", Reason.OUTSIDE_ROOT),
        ("a\0b.png", Reason.OUTSIDE_ROOT),
        ("../data-other/a.png", Reason.OUTSIDE_ROOT),
        ("gone.png", Reason.MISSING),
        ("dangling.png", Reason.MISSING),
        ("images/a.png/b.png", Reason.MISSING),
        ("x" * 300, Reason.MISSING),
        ("\ud800.png", Reason.MISSING),
        ("images", Reason.NOT_AN_IMAGE),
        (".", Reason.NOT_AN_IMAGE),
        ("me", Reason.NOT_AN_IMAGE),
        ("pipe.png", Reason.NOT_AN_IMAGE),
        ("empty.png", Reason.EMPTY),
        ("loop", Reason.UNREADABLE),
    ],
)
def test_the_rest_is_refused(root, name, reason):
    with pytest.raises(Refusal) as caught:
        resolve(root, name)
    assert caught.value.reason is reason
    assert "secret" not in caught.value.detail


def test_a_root_that_is_a_link_is_a_root(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert resolve(tmp_path / "link", "images/a.png").is_file()


def test_one_file_has_one_name():
    assert normalise_name("./images//a.png") == normalise_name("images/a.png")
