import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def tiny_module() -> ModuleType:
    """The module that makes small data sets; test folders are no packages, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("tiny_transform", Path(__file__).with_name("tiny.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny(tiny_module, tmp_path_factory):
    return tiny_module.make_tiny(tmp_path_factory.mktemp("tiny"), {"train": 5, "eval": 2})


@pytest.fixture(scope="session")
def harmonised(tiny_module, tmp_path_factory):
    """As `tiny`, with every switch of harmonisation on."""
    switches = {"crop": "lungs", "resolution_px": 40, "jpeg_quality": 60, "histogram": "clahe", "mask_marks": True, "mask_border": 0.1}
    folder = tmp_path_factory.mktemp("harmonised")
    return tiny_module.make_tiny(folder, {"train": 4, "eval": 2}, "both", policy="domain", harmonise=switches)
