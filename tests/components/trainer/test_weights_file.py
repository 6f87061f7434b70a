import hashlib

import pytest

from components.base.errors import UserError
from components.trainer.weights_file import WeightsFile, fetch

CONTENT = b"weights" * 1000


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A file on a server (here a folder), and a home of Keras that has nothing yet."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "body.h5").write_bytes(CONTENT)
    return WeightsFile((tmp_path / "server" / "body.h5").as_uri(), hashlib.md5(CONTENT, usedforsecurity=False).hexdigest())


def test_the_file_is_downloaded_once(published, tmp_path):
    assert fetch(published) == tmp_path / "home" / "models" / "body.h5"
    assert published.place.read_bytes() == CONTENT
    (tmp_path / "server" / "body.h5").unlink()
    assert fetch(published).read_bytes() == CONTENT


def test_without_a_network_the_message_says_what_to_fetch_and_where_to_put_it(published, tmp_path):
    (tmp_path / "server" / "body.h5").unlink()
    with pytest.raises(UserError) as caught:
        fetch(published)
    message = str(caught.value)
    assert "\n" not in message
    for part in (published.url, str(published.place), "trainer.initial_weights", "model.keras"):
        assert part in message
    assert not list(published.place.parent.iterdir())


def test_half_a_download_is_not_kept(published, tmp_path):
    (tmp_path / "server" / "body.h5").write_bytes(CONTENT[:100])
    with pytest.raises(UserError, match=published.md5):
        fetch(published)
    assert not list(published.place.parent.iterdir())


def test_half_a_file_is_not_taken_for_whole(published, tmp_path):
    published.place.parent.mkdir(parents=True)
    published.place.write_bytes(CONTENT[:100])
    assert fetch(published).read_bytes() == CONTENT
    published.place.write_bytes(CONTENT[:100])
    (tmp_path / "server" / "body.h5").unlink()
    with pytest.raises(UserError, match="is not whole"):
        fetch(published)


def test_keras_own_folder_is_used_where_nothing_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert WeightsFile("https://example.org/a/b.h5", "0").place == tmp_path / ".keras" / "models" / "b.h5"
