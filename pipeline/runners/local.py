"""Run the pipeline on this machine, node by node, in the order of the data.

TFX's LocalDagRunner draws nothing, goes on after an input could not be resolved, and cannot refuse the cache for one node;
this loop over the same compiler and launcher does.
"""

from typing import Any

from tfx.dsl.compiler import compiler, constants
from tfx.orchestration import metadata
from tfx.orchestration.local import runner_utils
from tfx.orchestration.pipeline import Pipeline
from tfx.orchestration.portable import launcher, runtime_parameter_utils

from components.base.errors import UserError
from pipeline.console import Console
from pipeline.nodes import NODES
from pipeline.verdict import NodeVerdict, State, judge

# The report is headed by its run and shows what that run took from the cache; drawing it takes less than a second.
_NEVER_CACHED = ("reporter",)


class NodeFailedError(UserError):
    """A node did not end well; the message says which, and why."""


def run(pipeline: Pipeline, run_id: str, console: Console, from_node: str | None = None) -> list[NodeVerdict]:
    """Run every node, and stop at the first that fails.

    Args:
      pipeline: the wired pipeline, its components in topological order.
      run_id: the name of the run in ML Metadata.
      console: shows one line a node.
      from_node: id of a node that runs even where its result is cached; what depends on it follows by itself.
    Returns:
      The verdicts of ML Metadata on all nodes, each complete or cached.
    Raises:
      UserError: a node raised it, or NodeFailedError where a node failed in another way.
    """
    ir = compiler.Compiler().compile(pipeline)
    runtime_parameter_utils.substitute_runtime_parameter(ir, {constants.PIPELINE_RUN_ID_PARAMETER_NAME: run_id})
    deployment = runner_utils.extract_local_deployment_config(ir)
    connection = getattr(deployment.metadata_connection_config, deployment.metadata_connection_config.WhichOneof("connection_config"))
    # The compiler sorts by depth; the order of the data is one of the valid orders, and the one that a reader expects.
    nodes = sorted((item.pipeline_node for item in ir.nodes), key=lambda node: NODES.index(node.node_info.id))
    for node in nodes:
        name = node.node_info.id
        if name in (from_node, *_NEVER_CACHED):
            node.execution_options.caching_options.enable_cache = False
        with console.stage(name) as outcome:
            _launch(node, ir, deployment, connection)
            verdict = judge(connection, run_id, [name])[0]
            outcome[0] = verdict.state.value
        if not verdict.state.is_good:
            raise NodeFailedError(f"{name}: {_explain(verdict.state)}")
    return judge(connection, run_id, [node.node_info.id for node in nodes])


def _launch(node: Any, ir: Any, deployment: Any, connection: Any) -> None:
    name = node.node_info.id
    worker = launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(connection),
        pipeline_info=ir.pipeline_info,
        pipeline_runtime_spec=ir.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, name),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, name),
    )
    try:
        worker.launch()
    except Exception as error:
        raise _for_the_user(name, error) from error


def _for_the_user(node: str, error: BaseException) -> UserError:
    """Find what the user can act on in a chain of causes, else name the innermost cause."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    for link in chain:
        if isinstance(link, UserError):
            return link
    text = " ".join(str(chain[0]).split())[:400]
    return NodeFailedError(f"{node} failed: {type(chain[0]).__name__}: {text}")


def _explain(state: State) -> str:
    if state is State.ABSENT:
        return "did not run: one of its inputs was never made"
    return "failed: ML Metadata does not hold it as complete (an input could not be resolved)"
