"""The front door: arguments -> configuration -> runner -> exit code."""

import argparse
import os
import sys
from pathlib import Path

DESCRIPTION = """Turn folders of chest radiographs into an audited classifier, and say in one HTML report what the
evidence supports. Without --data the built-in phantom is used: synthetic images, for trying things out.
For research; not for diagnosis."""

EPILOG = """exit codes: 0 done; 2 usage or configuration; 3 data refused; 4 a stage failed; 5 the model was not blessed;
6 another run holds the output folder; 130 interrupted.
Running again resumes: what is finished and unchanged is taken from the cache.
The last line on standard output is the path of the report."""


def parser() -> argparse.ArgumentParser:
    """Declare the arguments."""
    arguments = argparse.ArgumentParser(
        prog="run_pipeline.py", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--runner", choices=["local"], default="local", help="where to run (default: local, this machine)")
    arguments.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="DIR|READER=DIR",
        help="folder of images with a metadata.csv (filename, label, source, patient_id), or READER=DIR for another layout; "
        "may be given several times",
    )
    arguments.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="output folder (default: output)")
    arguments.add_argument("--config", type=Path, metavar="FILE", help="YAML file over pipeline/configs/base.yaml")
    arguments.add_argument(
        "--set",
        action="append",
        default=[],
        dest="assignments",
        metavar="KEY=VALUE",
        help="set one configuration key, such as trainer.epochs=30; may be given several times",
    )
    arguments.add_argument("--from", dest="from_node", metavar="NODE", help="run NODE and what depends on it even where cached")
    arguments.add_argument("--dry-run", action="store_true", help="say what would be read and run, and write nothing")
    arguments.add_argument("--json-log", action="store_true", help="progress as one JSON object a line")
    return arguments


def main(argv: list[str] | None = None) -> int:
    """Run the program and return its exit code."""
    arguments = parser().parse_args(argv)
    # Nothing heavy is imported before the arguments are known to be good.
    from components.base.errors import ExitCode, UserError

    try:
        from pipeline.config import load_config
        from pipeline.run import Request, execute

        config = load_config(arguments.config, os.environ, arguments.assignments, arguments.data)
        return execute(
            Request(
                config=config,
                output=arguments.output.absolute(),
                from_node=arguments.from_node,
                dry_run=arguments.dry_run,
                json_log=arguments.json_log,
            )
        )
    except UserError as error:
        print(f"run_pipeline.py: error: {error}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("run_pipeline.py: interrupted; the same command goes on from here", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    code = main()
    if code == 130:
        # Threads of Beam and of decoders may still run, and C++ aborts a process that ends before its threads.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
