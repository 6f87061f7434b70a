"""The arguments of an external validation, and what they mean."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from components.base.command import Parser
from components.base.errors import UsageError
from components.base.layers import load_layers
from components.base.section import Section, parse_section
from components.evaluator.config import EvaluatorConfig
from components.external.scored_model import find_model
from components.external.validation import Request, check_output
from components.ingest.config import DataArguments, IngestConfig
from components.ingest.readers.registry import find_reader
from components.ingest.source_text import parse_source
from components.trainer.training_data import TrainingData, load_training_data
from schemas.classes import ClassMap, parse_classes

DESCRIPTION = """Score a trained model on data that it never saw. Images and patients that it was trained, chosen or tested with are found
by the fingerprints that travel with it, left out and counted. --output gets report.html and report.json, predictions.csv,
assessment.json and external.json."""
EPILOG = """`python -m components.evaluator slices OUTPUT` shows the slices of a run, or of an external validation, again.
The last line on standard output is the path of report.html.
exit codes: 0 done; 2 usage or configuration; 3 data refused; 4 failed; 6 another ingest holds the output folder; 130 interrupted."""


class _Run(Section):
    seed: int = Field(ge=0, lt=2**31)


def parser() -> Parser:
    """Declare the arguments."""
    arguments = Parser(
        prog="python -m components.evaluator",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    model_help = "OUTPUT/serving/VERSION of a run or a copy of it, OUTPUT/serving (its newest), an output folder, or one run"
    arguments.add_argument("--model", type=Path, required=True, metavar="DIR", help=model_help)
    data_help = "folder with a metadata.csv, or READER=DIR, or READER,OPTION=VALUE=DIR; may be given several times"
    arguments.add_argument("--data", action="append", required=True, metavar="DIR|READER=DIR", help=data_help)
    arguments.add_argument("--output", type=Path, default=Path("external"), metavar="DIR", help="output folder (default: external)")
    run_help = "output folder or run that trained the model, for thresholds and temperature; default: looked for around the model"
    arguments.add_argument("--run", type=Path, metavar="DIR", help=run_help)
    arguments.add_argument("--config", type=Path, metavar="FILE", help="YAML file over pipeline/configs/base.yaml")
    set_help = "set one configuration key, such as evaluator.draws=2000; may be given several times"
    arguments.add_argument("--set", action="append", default=[], dest="assignments", metavar="KEY=VALUE", help=set_help)
    return arguments


def read_request(words: Sequence[str]) -> Request:
    """Read the command line and the configuration.

    Raises:
      UsageError: one line that says what to change.
    """
    options = parser().parse_args(words)
    tree = load_layers(options.config, os.environ, options.assignments)
    tree["data"]["sources"] = [parse_source(text) for text in options.data]
    check_output(options.output)
    model = find_model(options.model, options.run)
    facts = load_training_data(model.folder)
    _check_model_decides(tree, facts)
    data = parse_section(DataArguments, "data", tree["data"])
    for source in data.sources:
        find_reader(source.reader)
    return Request(
        model=model,
        facts=facts,
        sources=[source.source() for source in data.sources],
        output=options.output.absolute(),
        ingest=parse_section(IngestConfig, "ingest", tree["ingest"]),
        columns=data.columns,
        private_dir=data.private_folder,
        evaluator=parse_section(EvaluatorConfig, "evaluator", tree["evaluator"]),
        seed=parse_section(_Run, "", {"seed": tree["seed"]}).seed,
    )


def _check_model_decides(tree: dict[str, Any], facts: TrainingData) -> None:
    base = load_layers(None, {}, ())
    classes = tree["data"]["classes"]
    if classes != base["data"]["classes"] and _classes(classes) != facts.class_map:
        raise UsageError(f"data.classes: this model knows {', '.join(facts.classes)} alone, and the labels they gather; leave the key out")
    side = tree["ingest"]["max_side_px"]
    if side not in (base["ingest"]["max_side_px"], facts.max_side_px):
        raise UsageError(f"ingest.max_side_px: images were stored with {facts.max_side_px} px for this model; leave the key out")


def _classes(items: Any) -> ClassMap:
    try:
        return parse_classes(items)
    except (TypeError, ValueError) as error:
        raise UsageError(f"configuration key 'data.classes': {error}") from error
