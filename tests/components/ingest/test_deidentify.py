import stat

import pytest

from components.base.errors import UsageError
from components.ingest.deidentify import KEY_FILE, Pseudonyms, check_private_dir, default_private_dir, load_pseudonyms


def test_pseudonyms_are_hmac_sha256_of_their_parts():
    import hashlib
    import hmac

    expected = hmac.new(b"key", b'["image", "north", "a.png"]', hashlib.sha256).hexdigest()[:16]
    assert Pseudonyms(b"key").image_id("north", "a.png") == expected


def test_the_borders_between_the_parts_count():
    pseudonyms = Pseudonyms(b"key")
    assert pseudonyms.image_id("a", "bc") != pseudonyms.image_id("ab", "c")
    assert pseudonyms.group_id("north", "a.png", "x") != pseudonyms.group_id("north", "", "a.png")
    assert pseudonyms.group_id("north", "p", "a.png") == pseudonyms.group_id("north", "p", "b.png")


def test_names_that_are_not_utf_8_have_pseudonyms():
    pseudonyms = Pseudonyms(b"key")
    assert pseudonyms.image_id("north", "\udce9.png") != pseudonyms.image_id("north", "é.png")


def test_another_key_gives_other_pseudonyms():
    assert Pseudonyms(b"one").image_id("north", "a") != Pseudonyms(b"two").image_id("north", "a")
    assert Pseudonyms(b"one").key_digest != Pseudonyms(b"two").key_digest


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path):
    folder = tmp_path / "deep" / "private"
    first = load_pseudonyms(folder)
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert load_pseudonyms(folder).key_digest == first.key_digest
    assert load_pseudonyms(tmp_path / "other").key_digest != first.key_digest
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_looking_makes_no_key(tmp_path):
    load_pseudonyms(tmp_path / "private", create=False)
    assert not (tmp_path / "private").exists()


def test_the_phantom_has_a_public_key():
    assert load_pseudonyms(None).image_id("phantom", "a.png") == Pseudonyms(b"phantom: there is nobody to protect").image_id(
        "phantom", "a.png"
    )


@pytest.mark.parametrize("content", ["", "zz", "abcd", "\x00\xff"])
def test_what_is_no_key_is_refused(tmp_path, content):
    (tmp_path / KEY_FILE).write_text(content, encoding="latin-1")
    with pytest.raises(UsageError, match="key"):
        load_pseudonyms(tmp_path)


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="CXR_PRIVATE_DIR"):
        load_pseudonyms(tmp_path / "file" / "private")


def test_the_private_folder_lies_outside_the_output(tmp_path):
    (tmp_path / "output").mkdir()
    (tmp_path / "link").symlink_to("output")
    check_private_dir(tmp_path / "output-private", tmp_path / "output")
    for inside in ("output", "output/private", "link/private", "output/../output/x"):
        with pytest.raises(UsageError, match="outside the output folder"):
            check_private_dir(tmp_path / inside, tmp_path / "output")


def test_the_default_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("CXR_PRIVATE_DIR", str(tmp_path / "chosen"))
    assert default_private_dir() == tmp_path / "chosen"
    monkeypatch.delenv("CXR_PRIVATE_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert default_private_dir() == tmp_path / "share" / "cxr-pipeline"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_private_dir() == tmp_path / "home" / ".local" / "share" / "cxr-pipeline"
