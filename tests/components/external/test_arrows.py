"""The evaluator's node knows nothing of external validation, nor of the reporter that both this and the report use."""

import subprocess
import sys

from components.base.source_digest import source_files


def test_the_evaluator_does_not_import_this_room():
    files = {path.as_posix() for path in source_files("components.evaluator")}
    assert any("components/evaluator/assess.py" in name for name in files)
    assert not [name for name in files if "components/external/" in name or "components/reporter/" in name]


def test_the_command_for_slices_starts_without_the_libraries():
    heavy = "{'tensorflow', 'numpy', 'cv2', 'jinja2', 'ml_metadata'}"
    code = f"import sys; import components.evaluator.__main__; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
