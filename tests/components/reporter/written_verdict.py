"""Write what the gate writes of a scenario."""

import json
from pathlib import Path

from components.evaluator.slices import Slices
from components.gate.config import GateConfig, ValueThreshold
from components.gate.decide import decide, decision
from tests.components.reporter.simulated import Scenario


def write_gate(folder: Path, scenario: Scenario, slices: Slices) -> None:
    thresholds = (ValueThreshold(metric="macro_recall", lower_bound=0.5, min_images=20),)
    if not scenario.blessed:
        where = {"source": scenario.worst_source, "label": "covid19"}
        thresholds += (ValueThreshold(metric="recall/covid19", slice=where, lower_bound=0.99),)
    checks = decide(slices, GateConfig(value_thresholds=thresholds))
    content = decision(checks)
    assert content["blessed"] == scenario.blessed
    (folder / "gate.json").write_text(json.dumps(content))
    (folder / ("BLESSED" if scenario.blessed else "NOT_BLESSED")).touch()
