"""Say what a run would do, and write nothing."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.config import Config
from pipeline.nodes import NODES


def describe(config: Config, output: Path) -> Iterator[str]:
    """Describe the run in lines: data, output, nodes, configuration."""
    if config.data.sources:
        for source in config.data.sources:
            yield f"data      {source.root} read by {source.reader}"
        yield "          `python -m components.ingest --dry-run` with the same --data counts the images"
    else:
        yield f"data      the built-in phantom: {config.phantom.images} synthetic images of {config.phantom.image_px} px"
    yield f"output    {output}"
    yield f"nodes     ingest, {', '.join(NODES)}"
    yield "configuration:"
    for line in config.to_yaml().splitlines():
        yield f"  {line}"
