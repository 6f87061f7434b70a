"""Command line: `python -m components.explainer IMAGE... --model DIR` explains single images."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from components.base.command import Parser, while_read
from components.base.errors import ExitCode, UsageError, UserError
from components.base.run_folder import find_run

_DESCRIPTION = """Classify radiographs with a trained model and draw Grad-CAM: where in the image the evidence for a class lies.
A map shows what the network looked at; it does not show that the answer is right."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        folder = model_folder(options.model)
        # TensorFlow takes seconds to import, too long for a typing error.
        from components.explainer.single import explain_files
        from components.explainer.trained_model import load_model

        model = load_model(folder)
        answers = explain_files(options.images, model, options.output, options.class_name, options.layer)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        print(f"error: {error.filename or options.output}: {error.strerror or error}", file=sys.stderr)
        return int(ExitCode.STAGE_FAILED)
    if len(model.network.inputs) > 1:
        print("the model also takes age, sex and view: they count as unknown here", file=sys.stderr)
    with while_read():
        for answer in answers:
            shares = ", ".join(f"{name} {share:.3f}" for name, share in answer.probabilities.items())
            if options.format == "json":
                facts = {"image": str(answer.image), "picture": str(answer.picture), "explained_class": answer.explained_class}
                print(json.dumps({**facts, "probabilities": answer.probabilities}))
            else:
                print(f"{answer.image}: {shares}; evidence for {answer.explained_class}: {answer.picture}")
    return int(ExitCode.DONE)


def model_folder(given: Path) -> Path:
    """Find the folder with `model.keras` that --model means.

    Args:
      given: that folder, the one above it, an output folder of run_pipeline.py (its newest run) or one run's folder.
    Raises:
      UsageError: there is none.
    """
    for folder in (given, given / "keras"):
        if (folder / "model.keras").is_file():
            return folder
    run = find_run(given).resolve()
    try:
        place = json.loads((run / "run.json").read_text(encoding="utf-8")).get("model", "")
    except (OSError, ValueError) as error:
        raise UsageError(f"{run / 'run.json'} is damaged: {error}") from error
    folder = run.parents[1] / str(place) / "keras"
    if not place or not (folder / "model.keras").is_file():
        raise UsageError(f"--model {given}: the run has no trained model; give a run that came to its end, or a folder with model.keras")
    return folder


def _parser() -> Parser:
    parser = Parser(prog="python -m components.explainer", description=_DESCRIPTION)
    parser.add_argument("images", metavar="IMAGE", type=Path, nargs="+", help="PNG, JPEG, TIFF, DICOM, ...")
    parser.add_argument(
        "--model", metavar="DIR", type=Path, required=True, help="an output folder (its newest run), one run, or a folder with model.keras"
    )
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("explanations"), help="default: explanations")
    parser.add_argument("--class", metavar="NAME", dest="class_name", default="", help="class to explain; default: the model's answer")
    parser.add_argument("--layer", metavar="NAME", default="", help="layer to look at; default: the last convolutional one")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object a line; default: text")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
