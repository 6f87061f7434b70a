"""Command line: `python -m components.explainer IMAGE... --model DIR` explains single images."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from components.base.command import Parser, while_read
from components.base.errors import ExitCode, UserError
from components.explainer.config import KIND_NAMES, GradcamConfig
from components.explainer.given_model import find_model

_DESCRIPTION = """Classify radiographs with a trained model and draw Grad-CAM: where in the image the evidence for a class lies.
A map shows what the network looked at; it does not show that the answer is right. Layer, kind and contrast are those of the run, as in its
report; of a model that is given without its run, the defaults."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        given = find_model(options.model)
        asked = {name: value for name in ("kind", "layer", "against") if (value := getattr(options, name)) is not None}
        config = given.gradcam.model_copy(update=asked)
        # TensorFlow takes seconds to import, too long for a typing error.
        from components.explainer.single import explain_files
        from components.explainer.trained_model import load_model

        model = load_model(given.folder)
        setting = "--layer" if "layer" in asked else "explainer.gradcam.layer"
        answers = explain_files(options.images, model, options.output, config, given.ingest, options.class_name, setting)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        print(f"error: {error.filename or options.output}: {error.strerror or error}", file=sys.stderr)
        return int(ExitCode.STAGE_FAILED)
    if len(model.network.inputs) > 1:
        print("the model also takes age, sex and view: they count as unknown here", file=sys.stderr)
    print(_say_how(answers[0].layer, config, given.origin, asked), file=sys.stderr)
    with while_read():
        for answer in answers:
            shares = ", ".join(f"{name} {share:.3f}" for name, share in answer.probabilities.items())
            if options.format == "json":
                facts = {"image": str(answer.image), "picture": str(answer.picture), "explained_class": answer.explained_class}
                how = {"method": KIND_NAMES[config.kind], "layer": answer.layer, "against": config.against}
                print(json.dumps({**facts, "probabilities": answer.probabilities, **how}))
            else:
                print(f"{answer.image}: {shares}; evidence for {answer.explained_class}: {answer.picture}")
    return int(ExitCode.DONE)


def _say_how(layer: str, config: GradcamConfig, origin: str, asked: Mapping[str, str]) -> str:
    """Name method, layer and contrast, and where they come from."""
    score = "the class score over the mean of the others" if config.against == "others" else "the class score alone"
    own = "".join(f", --{name} {value}" for name, value in asked.items())
    return f"{KIND_NAMES[config.kind]} at layer {layer}, {score}; by {origin}{own}"


def _parser() -> Parser:
    parser = Parser(prog="python -m components.explainer", description=_DESCRIPTION)
    parser.add_argument("images", metavar="IMAGE", type=Path, nargs="+", help="PNG, JPEG, TIFF, DICOM, ...")
    parser.add_argument(
        "--model", metavar="DIR", type=Path, required=True, help="an output folder (its newest run), one run, or a folder with model.keras"
    )
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("explanations"), help="default: explanations")
    parser.add_argument("--class", metavar="NAME", dest="class_name", default="", help="class to explain; default: the model's answer")
    kinds, againsts = (get_args(GradcamConfig.model_fields[name].annotation) for name in ("kind", "against"))
    parser.add_argument(
        "--layer", metavar="NAME", help='layer to look at; "" is the last convolutional one, earlier the last of larger maps before it'
    )
    parser.add_argument("--kind", choices=kinds, help="how feature maps are weighed")
    parser.add_argument("--against", choices=againsts, help="what is taken off the class score: the mean score of all others, or nothing")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object a line; default: text")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
