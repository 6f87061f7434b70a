"""Convert folders of images to TFRecords, without the rest of the pipeline.

`python -m components.ingest verify OUTPUT` checks again everything that was promised of what is written there.
"""

import argparse
import difflib
import functools
import io
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.base.errors import DataRefusedError, ExitCode, UsageError, UserError
from components.base.layers import load_layers
from components.base.progress_lines import progress_shown
from components.base.section import parse_section
from components.ingest.config import DataArguments, IngestConfig
from components.ingest.job import ingest
from components.ingest.plan import describe_plan
from components.ingest.readers.registry import READERS
from components.ingest.records import DataSource
from components.ingest.source_text import parse_source
from components.ingest.verify import verify
from schemas.classes import ClassMap, parse_classes

_EPILOG = """readers: {readers}; docs/datasets.md says which layouts they read.
--runner and Beam's other flags run the conversion on another Beam runner, such as --runner=FlinkRunner --flink_master=HOST:8081;
its workers must see the data and the output folder.
The last line on standard output is the records folder.
exit codes: 0 done; 2 usage or configuration; 3 data refused; 4 failed; 6 another ingest holds the output folder; 130 interrupted."""


def parser() -> argparse.ArgumentParser:
    """Declare the arguments."""
    arguments = argparse.ArgumentParser(
        prog="python -m components.ingest",
        description=__doc__,
        epilog=_EPILOG.format(readers=", ".join(sorted(READERS))),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    data_help = (
        "folder with a metadata.csv, or READER=DIR, or READER,OPTION=VALUE=DIR; may be given several times (default: the built-in phantom)"
    )
    arguments.add_argument("--data", action="append", default=[], metavar="DIR|READER=DIR", help=data_help)
    arguments.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="output folder (default: output)")
    arguments.add_argument("--config", type=Path, metavar="FILE", help="YAML file over pipeline/configs/base.yaml")
    set_help = "set one configuration key, such as ingest.workers=4; may be given several times"
    arguments.add_argument("--set", action="append", default=[], dest="assignments", metavar="KEY=VALUE", help=set_help)
    arguments.add_argument("--dry-run", action="store_true", help="count the images by source, label and planned split, and write nothing")
    return arguments


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    warnings.filterwarnings("ignore", category=FutureWarning)  # of Beam's dependencies, about the Python version
    work = _verify(words[1:]) if words[:1] == ["verify"] else _ingest(words)
    try:
        with progress_shown():
            work()
    except UserError as error:
        return _fail(str(error), error.exit_code)
    except OSError as error:
        return _fail(f"{error.filename or 'input or output'}: {error.strerror or error}", ExitCode.STAGE_FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command goes on with what was decoded", ExitCode.INTERRUPTED)
    return int(ExitCode.DONE)


def _ingest(words: list[str]) -> Callable[[], None]:
    arguments, flags = parser().parse_known_args(words)
    if flags and not any(flag.startswith("--runner") for flag in flags):
        parser().error(f"unrecognized arguments: {' '.join(flags)}")
    own = [option for action in parser()._actions for option in action.option_strings]
    for flag in flags:
        near = difflib.get_close_matches(flag.partition("=")[0], own, n=1, cutoff=0.85)
        if near:
            parser().error(f"unrecognized argument {flag}: did you mean {near[0]}?")
    return lambda: _run(arguments, flags)


def _verify(words: list[str]) -> Callable[[], None]:
    arguments = argparse.ArgumentParser(prog="python -m components.ingest verify", description=verify.__doc__)
    arguments.add_argument("output", type=Path, metavar="OUTPUT", help="output folder, or one folder of OUTPUT/records")
    return functools.partial(_run_verify, arguments.parse_args(words).output)


def _run_verify(output: Path) -> None:
    faults = list(verify(output.absolute()))
    for fault in faults:
        print(fault)
    if faults:
        raise DataRefusedError(f"{output}: {len(faults)} promises are not kept; remove the damaged records folder, and it is made again")
    print(f"{output}: every promise is kept")


def _run(arguments: argparse.Namespace, flags: list[str]) -> None:
    tree = load_layers(arguments.config, os.environ, arguments.assignments)
    if arguments.data:
        tree["data"]["sources"] = [parse_source(text) for text in arguments.data]
    data = parse_section(DataArguments, "data", tree["data"])
    if flags:
        tree["ingest"]["beam"] = flags
    config = parse_section(IngestConfig, "ingest", tree["ingest"])
    classes = _classes(data.classes)
    sources = [source.source() for source in data.sources]
    private_dir: Path | None = data.private_folder
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(arguments.output)):
        raise UsageError(f"{arguments.output}: the output is a folder that this machine and all workers see; mount it first")
    output = arguments.output.absolute()
    if not sources:
        private_dir = None
        if arguments.dry_run:
            print(f"the built-in phantom: about {tree['phantom']['images']} synthetic images; nobody's data, so nothing to count")
            return
        sources = [_phantom(tree["phantom"], output)]
    if arguments.dry_run:
        for line in describe_plan(sources, output, config, classes, data.columns, private_dir):
            print(line)
        return
    records = ingest(sources, output, config, classes, data.columns, private_dir)
    counts = records.summary["counts"]
    print(", ".join(f"{name} {counts[name]}" for name in counts) + (" (there already)" if records.reused else ""))
    print(records.folder)


def _phantom(section: dict[str, Any], output: Path) -> DataSource:
    from components.phantom.config import PhantomConfig
    from components.phantom.generate import generate

    return DataSource("manifest", generate(parse_section(PhantomConfig, "phantom", section), output / "phantom"))


def _classes(items: Any) -> ClassMap:
    try:
        return parse_classes(items)
    except (TypeError, ValueError) as error:
        raise UsageError(f"configuration key 'data.classes': {error}") from error


def _fail(text: str, code: ExitCode) -> int:
    print(f"ingest: error: {' '.join(text.split())}", file=sys.stderr)
    return int(code)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # a folder's name need not be UTF-8
    code = main()
    if code == ExitCode.INTERRUPTED:
        # Threads of Beam and of decoders may still run, and C++ aborts a process that ends before its threads.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
