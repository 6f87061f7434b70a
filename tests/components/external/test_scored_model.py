import json
import shutil

import pytest

from components.base.errors import UsageError
from components.external.scored_model import find_model


def make(folder, weights=b"1"):
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(weights)
    return folder


def make_run(output, name, place):
    run = output / "runs" / name
    run.mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({"model": place} if place else {}))
    return run


@pytest.fixture
def output(tmp_path):
    """Two runs with a model each, of which the second was pushed as version 10; a third run that failed."""
    output = tmp_path / "output"
    for name, number, weights in (("1", "1", b"1"), ("2", "2", b"2")):
        make(output / "pipeline" / "cxr" / "trainer" / "model" / number / "Format-Serving", weights)
        make_run(output, f"2026010{name}-000000-00", f"pipeline/cxr/trainer/model/{number}")
    make_run(output, "20260103-000000-00", "")
    make(output / "serving" / "9", b"1")
    make(output / "serving" / "10", b"2")
    (output / "serving" / "10" / "assets.extra").mkdir()
    (output / "serving" / "10" / "assets.extra" / "training.json").write_text("{}")
    return output


def test_a_pushed_model_knows_its_run(output):
    first, second = find_model(output / "serving" / "9"), find_model(output / "serving")
    assert second.folder == output / "serving" / "10"
    assert [model.run.name for model in (first, second)] == ["20260101-000000-00", "20260102-000000-00"]
    assert first.digest != second.digest


def test_every_way_to_name_a_model(output):
    made = output / "pipeline" / "cxr" / "trainer" / "model" / "2"
    run = output / "runs" / "20260102-000000-00"
    found = [find_model(given) for given in (output / "serving" / "10", made, made / "Format-Serving", run)]
    assert {model.digest for model in found} == {found[0].digest}
    assert {model.run for model in found} == {run}


def test_a_copy_elsewhere_has_no_run_until_it_is_named(output, tmp_path):
    copied = shutil.copytree(output / "serving" / "10", tmp_path / "a" / "b" / "copied")
    assert find_model(copied).run is None
    run = output / "runs" / "20260102-000000-00"
    assert find_model(copied, run).run == run
    with pytest.raises(UsageError, match="trained another model"):
        find_model(copied, output / "runs" / "20260101-000000-00")
    with pytest.raises(UsageError, match="trained another model"):
        find_model(copied, output)


def test_what_is_no_model_is_refused(output, tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        find_model(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no saved_model\.pb and no run"):
        find_model(tmp_path / "empty")
    with pytest.raises(UsageError, match="the run has no trained model"):
        find_model(output)


def test_a_damaged_record_of_a_run_elsewhere_is_no_obstacle(output):
    (output / "runs" / "20260103-000000-00" / "run.json").write_text("{")
    assert find_model(output / "serving" / "10").run.name == "20260102-000000-00"
    with pytest.raises(UsageError, match="damaged"):
        find_model(output)
