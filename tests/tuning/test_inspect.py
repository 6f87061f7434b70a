import csv
import io
import json
import subprocess
import sys

import pytest

from tuning.inspect import main

HEAD = (
    "random search for val_macro_recall (max): 4 trials; 2 completed; 2 failed; "
    "2 candidates drawn again (1 over tuning.max_parameters, 1 over tuning.max_flops)\n"
)
TABLE = f"""{HEAD}
trial  status      score  stages  block      learning_rate  epochs  seconds  parameters
2      completed  0.7500       4  separable          0.003       2     30.5   2,000,000
0      completed  0.6250       3  plain              0.001       2     12.2      51,234
1      failed          -       5  residual          0.0003       1      3.0         900
3      failed          -       -  -                      -       0      0.0           -

trial 1: =cmd: the loss is not a number
trial 3: its files are unreadable
"""

CSV = (
    "trial,status,score,stages,block,learning_rate,epochs,seconds,parameters,reason\r\n"
    "2,completed,0.75,4,separable,0.003,2,30.5,2000000,\r\n"
    "0,completed,0.625,3,plain,0.001,2,12.25,51234,\r\n"
    '1,failed,,5,residual,0.0003,1,3.0,900,"\'=cmd: the loss is\nnot a number"\r\n'
    "3,failed,,,,,0,0.0,,its files are unreadable\r\n"
)


def test_table(search_folder, capsys):
    assert main([str(search_folder)]) == 0
    assert capsys.readouterr().out == TABLE


def test_csv(search_folder, capsys):
    assert main([str(search_folder), "--format", "csv"]) == 0
    text = capsys.readouterr().out
    assert text == CSV
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {10}
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_json(search_folder, capsys):
    assert main([str(search_folder), "--format", "json", "--top", "3"]) == 0
    plain = json.loads(capsys.readouterr().out, parse_constant=lambda constant: pytest.fail(constant))
    assert plain["algorithm"] == "random"
    assert [(trial["trial_id"], trial["score"]) for trial in plain["trials"]] == [("2", 0.75), ("0", 0.625), ("1", None)]


@pytest.mark.parametrize(
    ("key", "expected"), [("score", ["2", "0", "1", "3"]), ("seconds", ["3", "1", "0", "2"]), ("parameters", ["1", "0", "2", "3"])]
)
def test_sort(search_folder, capsys, key, expected):
    main([str(search_folder), "--format", "json", "--sort", key])
    assert [trial["trial_id"] for trial in json.loads(capsys.readouterr().out)["trials"]] == expected


def test_top(search_folder, capsys):
    main([str(search_folder), "--format", "csv", "--top", "1"])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_finds_the_search_of_a_run_and_of_the_newest_run(search_folder, write, capsys):
    output = search_folder.parents[1]
    write(output / "runs" / "20200101" / "run.json", {"tuning": "tuning/other"})
    write(output / "runs" / "20200102" / "run.json", {"tuning": "tuning/abc"})
    for argument in (output, output / "runs" / "20200102"):
        assert main([str(argument)]) == 0
        assert capsys.readouterr().out == TABLE
    assert main([str(output / "runs" / "20200101")]) == 2
    assert "has not begun" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("run", "said"), [({"tuning": None}, "no architecture search"), ({}, "no architecture search"), ("text", "cannot be read")]
)
def test_a_run_without_a_search_is_an_error_of_one_line(tmp_path, write, capsys, run, said):
    write(tmp_path / "runs" / "1" / "run.json", run)
    assert main([str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert said in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["nowhere"], [], ["x", "--top", "0"], ["x", "--top", "many"], ["x", "--sort", "luck"], ["x", "--bogus"]]
)
def test_wrong_arguments_are_one_line_and_exit_2(tmp_path, arguments):
    result = subprocess.run(
        [sys.executable, "-m", "tuning.inspect", *arguments], capture_output=True, text=True, env={"PYTHONPATH": ".", "PATH": ""}
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_control_characters_do_not_reach_the_terminal(search_folder, write, capsys):
    write(search_folder / "trial_3" / "trial.json", {"status": "FAILED", "message": "bad \x1b[31mred"})
    main([str(search_folder)])
    assert "\x1b" not in capsys.readouterr().out


def test_opens_without_tensorflow_and_without_keras(search_folder):
    code = (
        "import sys; from tuning.inspect import main; code = main(sys.argv[1:]); "
        "heavy = {'tensorflow', 'keras', 'keras_tuner', 'numpy', 'tfx', 'pydantic'} & set(sys.modules); sys.exit(code or bool(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", code, str(search_folder)], capture_output=True, text=True)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", TABLE)


def test_a_reader_that_closes_early_is_no_error(search_folder):
    with subprocess.Popen(
        [sys.executable, "-m", "tuning.inspect", str(search_folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
