"""Command line: `python -m components.explainer IMAGE... --model DIR` explains single images."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from components.base.command import Parser, while_read
from components.base.errors import ExitCode, UserError
from components.explainer.config import KIND_NAMES
from components.explainer.given_model import find_model
from components.explainer.odd_images import ODD

if TYPE_CHECKING:
    from components.explainer.single import Manner

_DESCRIPTION = """Classify radiographs with a trained model and draw Grad-CAM: where in the image the evidence for a class lies.
A map shows what the network looked at; it does not show that the answer is right. Layer, kind and contrast are those of the run, as in its
report; of a model that is given without its run, the defaults."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        given = find_model(options.model)
        asked = {name: value for name in ("kind", "layer", "against") if (value := getattr(options, name)) is not None}
        how = {name: getattr(given.gradcam, name) for name in ("kind", "layer", "against", "batch_size")} | asked
        # TensorFlow takes seconds to import, too long for a typing error.
        from components.explainer.single import Manner, explain_files
        from components.explainer.standing import find_standing
        from components.explainer.trained_model import load_model

        model = load_model(given.folder)
        standing = find_standing(given.folder, given.run)
        manner = Manner(**how, setting="--layer" if "layer" in asked else "explainer.gradcam.layer")
        answers = explain_files(options.images, model, options.output, manner, given.ingest, options.class_name)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return int(error.exit_code)
    except OSError as error:
        print(f"error: {error.filename or options.output}: {error.strerror or error}", file=sys.stderr)
        return int(ExitCode.STAGE_FAILED)
    if len(model.network.inputs) > 1:
        print("the model also takes age, sex and view: they count as unknown here", file=sys.stderr)
    odd = [f"{answer.image}: {ODD[flag]}" for answer in answers for flag in answer.flags]
    for line in (*odd, _say_how(answers[0].layer, manner, given.origin, asked), *standing.lines()):
        print(line, file=sys.stderr)
    with while_read():
        for answer in answers:
            shares = ", ".join(f"{name} {share:.3f}" for name, share in answer.probabilities.items())
            if options.format == "json":
                facts = {"image": str(answer.image), "picture": str(answer.picture), "explained_class": answer.explained_class}
                made = {"method": KIND_NAMES[manner.kind], "layer": answer.layer, "against": manner.against}
                judged = {"probabilities": answer.probabilities, "flags": answer.flags}
                print(json.dumps({**facts, **judged, **made, **asdict(standing)}))
            else:
                print(f"{answer.image}: {shares}; {_say_what(answer.explained_class, manner)}: {answer.picture}")
    return int(ExitCode.DONE)


def _say_what(explained: str, manner: "Manner") -> str:
    """Name what a map shows: the counterfactual one of one class over another is the evidence for that other."""
    other = "" if manner.against in ("none", "others") else manner.against
    if manner.kind == "counterfactual":
        return f"evidence for {other} rather than {explained}" if other else f"what speaks against {explained}"
    return f"evidence for {explained} rather than {other}" if other else f"evidence for {explained}"


def _say_how(layer: str, manner: "Manner", origin: str, asked: Mapping[str, str]) -> str:
    """Name method, layer and contrast, and where they come from."""
    scores = {"others": "the class score over the mean of the others", "none": "the class score alone"}
    score = scores.get(manner.against, f"the class score over that of {manner.against}")
    own = "".join(f", --{name} {value}" for name, value in asked.items())
    return f"{KIND_NAMES[manner.kind]} at layer {layer}, {score}; by {origin}{own}"


def _parser() -> Parser:
    parser = Parser(prog="python -m components.explainer", description=_DESCRIPTION)
    parser.add_argument("images", metavar="IMAGE", type=Path, nargs="+", help="PNG, JPEG, TIFF, DICOM, ...")
    parser.add_argument(
        "--model", metavar="DIR", type=Path, required=True, help="an output folder (its newest run), one run, or a folder with model.keras"
    )
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("explanations"), help="default: explanations")
    parser.add_argument("--class", metavar="NAME", dest="class_name", default="", help="class to explain; default: the model's answer")
    parser.add_argument(
        "--layer", metavar="NAME", help='layer to look at; "" is the last convolutional one, earlier the last of larger maps before it'
    )
    parser.add_argument(
        "--kind",
        choices=tuple(KIND_NAMES),
        help="how feature maps are weighed; counterfactual: what speaks against; guided: finer, see docs",
    )
    parser.add_argument(
        "--against",
        metavar="others|none|CLASS",
        help="what is taken off the class score: the mean score of all others, nothing, or the score of one other class",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object a line; default: text")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
