"""Say what a run would do, and write nothing."""

from collections.abc import Iterator
from pathlib import Path

from components.ingest.deidentify import default_private_dir
from components.ingest.plan import describe_plan
from pipeline.config import Config
from pipeline.nodes import NODES


def describe(config: Config, output: Path) -> Iterator[str]:
    """Describe the run in lines: data, output, nodes, configuration.

    Raises:
      UserError: the data would be refused before they are decoded.
    """
    if config.data.sources:
        for source in config.data.sources:
            yield f"data      {source.root} read by {source.reader}"
        sources = [source.source() for source in config.data.sources]
        private_dir = config.data.private_dir or default_private_dir()
        for line in describe_plan(sources, output, config.ingest, config.data.class_map, config.data.columns, private_dir):
            yield f"          {line}"
    else:
        yield f"data      the built-in phantom: {config.phantom.images} synthetic images of {config.phantom.image_px} px"
    yield f"output    {output}"
    yield f"stages    ingest, then the nodes {', '.join(NODES)}"
    yield "configuration:"
    for line in config.to_yaml().splitlines():
        yield f"  {line}"
