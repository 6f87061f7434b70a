from pathlib import Path

import pytest

from components.phantom.__main__ import main


def run(capsys, *arguments):
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_prints_the_folder(capsys, tmp_path):
    code, out, err = run(capsys, "--output", tmp_path, "--images", 36, "--image-px", 64, "--shortcut", 1, "--seed", 9)
    folder = Path(out.strip())
    assert code == 0
    assert folder.parent == tmp_path / "phantom"
    assert len(list((folder / "images").iterdir())) == 36
    assert err.splitlines() == ["phantom: 0/36 phantom images", "phantom: 36/36 phantom images"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--images", "3"], "--images 3"),
        (["--images", "many"], "--images"),
        (["--image-px", "10"], "--image-px 10"),
        (["--shortcut", "2"], "--shortcut 2"),
        (["--shortcut", "nan"], "--shortcut nan"),
        (["--seed", "-1"], "--seed -1"),
        (["--colour"], "--colour"),
    ],
)
def test_wrong_arguments_end_with_one_line_and_2(capsys, tmp_path, arguments, said):
    code, out, err = run(capsys, "--output", tmp_path / "new", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err
    assert not (tmp_path / "new").exists()


def test_the_output_folder_must_be_named(capsys):
    code, _, err = run(capsys)
    assert code == 2
    assert "--output" in err


def test_an_output_that_is_a_file_is_one_line(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    code, out, err = run(capsys, "--output", tmp_path / "file", "--images", 36, "--image-px", 64)
    assert (code, out) == (2, "")
    assert "cannot be written" in err
    assert len(err.splitlines()) == 1


def test_help_says_phantom_and_lists_every_argument(capsys):
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for word in ("phantom", "nobody's chest", "--output", "--images", "--image-px", "--shortcut", "--seed", "Exit codes"):
        assert word in out
