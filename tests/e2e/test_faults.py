from typing import Any

import pytest

from pipeline.nodes import NODES

GOOD = {"complete", "cached"}


@pytest.mark.parametrize("position", range(len(NODES)), ids=NODES)
def test_a_failing_node_never_exits_0_and_the_next_run_resumes_there(chain: Any, position: int) -> None:
    run, following = chain.runs[position], chain.runs[position + 1]
    states = {node["node"]: node["state"] for node in run["record"]["nodes"]}
    assert run["planted"] == NODES[position]
    assert run["code"] == 4
    assert run["record"]["state"].startswith("failed")
    assert states[NODES[position]] in {"failed", "absent"}
    assert all(states[node] in GOOD for node in NODES[:position])
    assert all(states[node] == "absent" for node in NODES[position + 1 :]), "nothing runs after a failure"

    resumed = {node["node"]: node["state"] for node in following["record"]["nodes"]}
    # A resolver has nothing to cache: it asks the database again in each run. And the run whose fault came right after the gate
    # has left the first blessed model, against which the next run evaluates.
    again = {"baseline"} | ({"evaluator", "slices", "gate"} if NODES[position - 1] == "gate" else set())
    repeated = {node for node in NODES[:position] if resumed[node] != "cached"}
    assert repeated <= again, "what was finished is not done again"
    if position + 1 < len(NODES):
        assert resumed[NODES[position]] == "complete"


def test_the_fault_and_the_log_are_named(chain: Any) -> None:
    for node in NODES:
        assert f"planted fault in {node}" in chain.err
    assert chain.err.count("details: ") == len(NODES)
    assert "Traceback" not in chain.err


def test_the_run_after_the_last_fault_ends_well(chain: Any) -> None:
    last = chain.runs[-1]
    assert last["code"] == 0
    assert last["record"]["state"] == "blessed"
    assert {node["state"] for node in last["record"]["nodes"]} <= GOOD
