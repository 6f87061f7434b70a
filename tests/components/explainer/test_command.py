"""Single images by the command line, on a tiny model."""

import json

import numpy as np
import pytest
import tensorflow as tf
import yaml
from PIL import Image

from components.explainer.config import KIND_NAMES
from components.explainer.configured import configured_maps
from components.explainer.explanations import write_explanations
from components.explainer.given_model import find_model
from components.explainer.gradcam import GradCam
from components.explainer.guided import GuidedGradCam
from components.explainer.overlay import pair_png
from components.explainer.trained_model import load_model
from components.ingest.shrink import encode_png, shrink
from components.phantom.roster import SITES
from components.predictions.table import Predictions
from components.trainer.export import save_keras
from components.trainer.training_data import source_name_digest
from components.transform.config import HarmoniseConfig
from components.transform.preprocess import standardised_pixels
from tests.components.explainer.command import CLASSES, PX, RUN, build, call


def test_the_probabilities_are_those_of_the_pipelines_preprocessing(place, capsys):
    assert call(place, "--format", "json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    model = load_model(find_model(place / "out").folder)
    encoded = tf.constant([(place / "MUSTERMANN_1.png").read_bytes()])
    pixels = standardised_pixels(encoded, PX, HarmoniseConfig(histogram="equalise")).numpy()
    expected = model.network(pixels.astype(np.float32) / 255).numpy()[0]
    np.testing.assert_allclose([rows[0]["probabilities"][name] for name in CLASSES], expected, atol=1e-6)
    assert rows[0]["explained_class"] == CLASSES[int(expected.argmax())]


def test_each_image_has_a_picture_whose_name_tells_no_name(place, capsys):
    assert call(place) == 0
    pictures = sorted((place / "drawn").iterdir())
    assert len(pictures) == 2
    assert not [path for path in pictures if "muster" in path.name.lower() or "other" in path.name]
    with Image.open(pictures[0]) as picture:
        assert picture.size == (512, 256)
        left, right = np.asarray(picture)[:, :256].astype(int), np.asarray(picture)[:, 256:].astype(int)
    assert (left[..., 0] == left[..., 2]).all()
    assert (right[..., 0] != right[..., 2]).any()
    told = capsys.readouterr().out
    assert all(str(path) in told for path in pictures)


def test_twice_the_same_bytes(place):
    assert call(place) == 0
    first = {path.name: path.read_bytes() for path in (place / "drawn").iterdir()}
    assert call(place) == 0
    assert {path.name: path.read_bytes() for path in (place / "drawn").iterdir()} == first


def test_the_command_draws_the_map_of_the_runs_report(place):
    """Both begin with the file and its ingested form, and end in the same bytes."""
    given = find_model(place / "out")
    model = load_model(given.folder)
    pixels = standardised_pixels(tf.constant([(place / "MUSTERMANN_1.png").read_bytes()]), PX, model.harmonise).numpy()[..., 0]
    probabilities = model.network(pixels[..., None].astype(np.float32) / 255).numpy()
    table = Predictions(
        classes=np.array(CLASSES),
        **{name: np.array([value]) for name, value in {"id": "a", "group": "p", "source": "s", "split": "test", "view": "PA"}.items()},
        label=np.array(["normal"]),
        label_index=np.array([0]),
        probabilities=probabilities,
        embedding=np.zeros((1, 4), np.float32),
    )
    report = place / "report"
    write_explanations(model, table, [write_record(place / "test.gz", pixels[0])], (), None, given.gradcam, 1, report)
    with np.load(report / "maps.npz", allow_pickle=False) as maps:
        assert maps["a"].any()
        expected = pair_png(pixels[0], maps["a"])
    assert call(place, images=["MUSTERMANN_1.png"]) == 0
    (drawn,) = (place / "drawn").iterdir()
    assert drawn.read_bytes() == expected
    # By the defaults it is another picture.
    assert call(place, images=["MUSTERMANN_1.png"], model="out/pipeline/name/trainer/model/3") == 0
    (other,) = set((place / "drawn").iterdir()) - {drawn}
    assert (drawn.read_bytes() == expected, other.read_bytes() == expected) == (True, False)


def test_pictures_of_one_image_never_overwrite_each_other(place):
    model = build()
    model.get_layer("logits").set_weights([-weight for weight in model.get_layer("logits").get_weights()])
    save_keras(model, place / "other", CLASSES, PX, HarmoniseConfig(histogram="equalise").model_dump(), {})
    save_keras(build(), place / "plain", CLASSES, PX, {}, {})
    runs = [
        ("out", ()),
        ("other", ()),
        ("plain", ()),
        ("out", ("--kind", "counterfactual")),
        ("out", ("--layer", "conv")),
        ("out", ("--against", "others")),
        ("out", ("--against", "normal")),
        ("out", ("--class", "pneumonia")),
    ]
    for number, (given, arguments) in enumerate(runs, start=1):
        # The last of two equal options counts.
        assert call(place, "--class", "covid19", *arguments, images=["other.jpg"], model=given) == 0
        assert len(list((place / "drawn").iterdir())) == number
    names = [path.name for path in (place / "drawn").iterdir()]
    assert any("-covid19-counterfactual-none-wide-" in name for name in names)


def test_a_class_may_have_a_name_that_no_file_can_have(place):
    for classes in (["normal", "a/b", "c"], ["normal", "a_b", "c"]):
        save_keras(build(), place / "odd", classes, PX, {}, {})
        assert call(place, "--class", classes[1], images=["other.jpg"], model="odd") == 0
    assert len([path for path in (place / "drawn").iterdir() if "-a_b-gradcam-" in path.name]) == 2


def write_record(path, pixels):
    values = {"id": b"a", "image": pixels.tobytes(), "source": b"s", "sex": b"M", "view": b"PA"}
    feature = {key: tf.train.Feature(bytes_list=tf.train.BytesList(value=[value])) for key, value in values.items()}
    feature["age"] = tf.train.Feature(int64_list=tf.train.Int64List(value=[50]))
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    return path


@pytest.mark.parametrize(
    ("arguments", "model", "how", "told"),
    [
        ([], "out", ("HiResCAM", "wide", "none"), "the class score alone; by the configuration of run 20260101-000000-00"),
        (["--layer", ""], "out", ("HiResCAM", "conv", "none"), "by the configuration of run 20260101-000000-00, --layer "),
        (["--kind", "gradcam++", "--against", "others"], "out", ("Grad-CAM++", "wide", "others"), ", --kind gradcam++, --against others"),
        ([], "out/pipeline/name/trainer/model/3", ("Grad-CAM", "conv", "others"), "over the mean of the others; by the defaults"),
        (["--layer", "earlier"], "out/pipeline/name/trainer/model/3", ("Grad-CAM", "wide", "others"), "at layer wide"),
    ],
)
def test_layer_kind_and_contrast_are_those_of_the_run_or_asked_for_and_told(place, capsys, arguments, model, how, told):
    # One image, as below: the last bits of a map depend on the batch.
    assert call(place, *arguments, "--format", "json", images=["MUSTERMANN_1.png"], model=model) == 0
    captured = capsys.readouterr()
    for line in captured.out.splitlines():
        answer = json.loads(line)
        assert (answer["method"], answer["layer"], answer["against"]) == how
    assert told in captured.err
    # The map is that of the method that is told.
    given = find_model(place / model)
    config = given.gradcam.model_copy(update=dict(zip(("layer", "against"), how[1:], strict=True)))
    config = config.model_copy(update={"kind": {name: kind for kind, name in KIND_NAMES.items()}[how[0]]})
    network = load_model(given.folder)
    pixels = standardised_pixels(tf.constant([(place / "MUSTERMANN_1.png").read_bytes()]), PX, network.harmonise).numpy()
    inputs = pixels.astype(np.float32) / 255
    answered = network.network(inputs).numpy().argmax(axis=1)
    (strength,) = configured_maps(network.network, config, inputs, answered).maps
    assert pair_png(pixels[0, ..., 0], strength) in {path.read_bytes() for path in (place / "drawn").iterdir()}


STANDING = ("phantom", "blessed", "failed")
NEITHER = ["whether the model was trained on synthetic images is not known here", "whether a gate blessed the model is not known here"]
PHANTOM = "the model was trained on synthetic images of the built-in phantom: what it says of a patient means nothing"
LAST = "for research; not for diagnosis"


@pytest.mark.parametrize(
    ("record", "gate", "fields", "lines"),
    [
        ({}, None, (None, None, []), NEITHER),
        ({"phantom": True, "state": "blessed"}, None, (True, True, []), [PHANTOM]),
        ({"phantom": False, "state": "blessed"}, None, (False, True, []), []),
        ({"phantom": False, "state": "not blessed"}, None, (False, False, []), ["the model is not blessed: the reason is not known here"]),
        (
            {"phantom": True, "state": "not blessed"},
            {
                "checks": [
                    {"passed": True, "text": "fine."},
                    {"passed": False, "text": "recall\nis low."},
                    {"passed": False, "text": "none.", "not_compared": "no earlier model was blessed on these data"},
                ]
            },
            (True, False, ["recall is low."]),
            [PHANTOM, "the model is not blessed: recall is low."],
        ),
    ],
)
@pytest.mark.parametrize("model", ["out", "out/pipeline/name/trainer/model/3", "out/pipeline/name/trainer/model/3/keras"])
def test_what_stands_against_the_answers_is_said(place, capsys, model, record, gate, fields, lines):
    run = place / "out" / "runs" / "20260101-000000-00"
    (run / "run.json").write_text(json.dumps({"model": "pipeline/name/trainer/model/3"} | record))
    if gate:
        (run / "gate.json").write_text(json.dumps(gate))
    assert call(place, "--format", "json", images=["other.jpg"], model=model) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert tuple(answer[name] for name in STANDING) == fields
    assert captured.err.splitlines()[1:] == [*lines, LAST]


@pytest.mark.parametrize(("sources", "phantom"), [((SITES[0], "clinic"), True), (("clinic",), False), (None, None)])
def test_a_model_that_was_copied_without_its_run_still_tells_the_phantom(place, capsys, sources, phantom):
    model = place / "out" / "pipeline" / "name" / "trainer" / "model" / "3"
    beside = model / "Format-Serving" / "assets.extra"
    beside.mkdir(parents=True)
    digests = None if sources is None else [source_name_digest("ab", source) for source in sources]
    facts = {"classes": CLASSES, "labels": {}, "max_side_px": 64, "pseudonym_key": "ab", "fingerprints": "full", "images": {}}
    (beside / "training.json").write_text(json.dumps(facts | {"source_digests": digests}))
    model.rename(place / "copied")
    assert call(place, "--format", "json", images=["other.jpg"], model="copied") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["phantom"] is phantom
    assert (PHANTOM in captured.err) == (phantom is True)


@pytest.mark.parametrize("kind", ["counterfactual", "guided"])
def test_kinds_that_no_report_has_are_drawn(place, capsys, kind):
    """On the way to the picture; their mathematics are tested where they are."""
    given = find_model(place / "out")
    model = load_model(given.folder)
    pixels = standardised_pixels(tf.constant([(place / "MUSTERMANN_1.png").read_bytes()]), PX, model.harmonise).numpy()
    inputs = pixels.astype(np.float32) / 255
    if kind == "guided":
        evidence = np.maximum(GuidedGradCam(model.network, "conv").maps(inputs, [2], against="others"), 0)[0, ..., 0]
        strength = evidence / evidence.max()
    else:
        (strength,) = GradCam(model.network, "conv", kind).maps(inputs, [2], against="others")
    assert strength.any()
    asked = ("--kind", kind, "--layer", "conv", "--against", "others", "--class", "covid19", "--format", "json")
    assert call(place, *asked, images=["MUSTERMANN_1.png"]) == 0
    assert json.loads(capsys.readouterr().out)["method"] == f"{kind} Grad-CAM"
    (drawn,) = (place / "drawn").iterdir()
    assert drawn.read_bytes() == pair_png(pixels[0, ..., 0], strength)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((), "evidence for covid19"),
        (("--against", "normal"), "evidence for covid19 rather than normal"),
        (("--kind", "guided"), "evidence for covid19"),
        (("--kind", "counterfactual"), "what speaks against covid19"),
        (("--kind", "counterfactual", "--against", "others"), "what speaks against covid19"),
        (("--kind", "counterfactual", "--against", "normal"), "evidence for normal rather than covid19"),
    ],
)
def test_the_text_says_what_is_drawn(place, capsys, arguments, what):
    assert call(place, "--class", "covid19", *arguments, images=["other.jpg"]) == 0
    (drawn,) = (place / "drawn").iterdir()
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith(f"; {what}: {drawn}")


def test_the_counterfactual_of_one_class_over_another_is_the_evidence_for_that_other():
    images = np.random.default_rng(1).random((2, PX, PX, 1), np.float32)
    model, first, second = build(), [2, 2], [0, 0]
    turned = GradCam(model, "conv", "counterfactual").maps(images, first, against=second)
    assert turned.any()
    np.testing.assert_allclose(turned, GradCam(model, "conv").maps(images, second, against=first), atol=1e-6)


def test_a_class_may_be_held_against_one_other(place, capsys):
    asked = ("--kind", "gradcam", "--layer", "conv", "--format", "json", "--class", "covid19")
    assert call(place, *asked, "--against", "normal", images=["MUSTERMANN_1.png"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["against"] == "normal"
    assert "the class score over that of normal" in captured.err
    given = find_model(place / "out")
    model = load_model(given.folder)
    pixels = standardised_pixels(tf.constant([(place / "MUSTERMANN_1.png").read_bytes()]), PX, model.harmonise).numpy()
    (strength,) = GradCam(model.network, "conv").maps(pixels.astype(np.float32) / 255, [2], against=[0])
    (drawn,) = (place / "drawn").iterdir()
    assert drawn.read_bytes() == pair_png(pixels[0, ..., 0], strength)


def test_an_image_is_kept_as_large_as_the_run_kept_its_own(place, capsys):
    file = place / "out" / "runs" / "20260101-000000-00" / "config.yaml"
    file.write_text(yaml.safe_dump({"explainer": {"gradcam": RUN}, "ingest": {"max_side_px": 64}}))
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (200, 180), np.uint8)).save(place / "large.png")
    assert call(place, "--format", "json", images=["large.png"]) == 0
    answer = json.loads(capsys.readouterr().out)
    with Image.open(place / "large.png") as image:
        small = encode_png(shrink(np.asarray(image), 64))
    model = load_model(find_model(place / "out").folder)
    pixels = standardised_pixels(tf.constant([small]), PX, model.harmonise).numpy()
    expected = model.network(pixels.astype(np.float32) / 255).numpy()[0]
    np.testing.assert_allclose([answer["probabilities"][name] for name in CLASSES], expected, atol=1e-6)


@pytest.mark.parametrize(("content", "said"), [("explainer: {}", "KeyError: 'gradcam'"), ("[", "another version"), (None, "No such file")])
def test_a_damaged_configuration_of_a_run_is_named(place, capsys, content, said):
    file = place / "out" / "runs" / "20260101-000000-00" / "config.yaml"
    file.unlink()
    if content is not None:
        file.write_text(content)
    assert call(place) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "config.yaml is damaged or of another version" in line
    assert said in line
    assert "give the folder with model.keras" in line


def test_a_class_may_be_named(place, capsys):
    assert call(place, "--class", "covid19", "--format", "json") == 0
    assert {json.loads(line)["explained_class"] for line in capsys.readouterr().out.splitlines()} == {"covid19"}
    assert all("-covid19-hirescam-none-wide-" in path.name for path in (place / "drawn").iterdir())


def test_a_model_with_metadata_says_that_they_count_as_unknown(place, capsys):
    save_keras(build(metadata=True), place / "other", CLASSES, PX, {}, {})
    assert call(place, model="other") == 0
    assert "count as unknown" in capsys.readouterr().err


def test_a_model_that_answers_in_scores_is_refused(place, capsys):
    save_keras(build(closing="linear"), place / "scores", CLASSES, PX, {}, {})
    assert call(place, model="scores") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: the model returned values")
    assert not (place / "drawn").exists()


def test_a_model_of_any_number_of_findings_answers(place, capsys):
    save_keras(build(closing="sigmoid"), place / "findings", CLASSES, PX, {}, {})
    assert call(place, "--format", "json", images=["other.jpg"], model="findings") == 0
    assert sum(json.loads(capsys.readouterr().out)["probabilities"].values()) > 1.1


def test_a_model_json_that_does_not_fit_is_refused_before_anything_is_written(place, capsys):
    for classes in (CLASSES[:2], [*CLASSES, "other"]):
        save_keras(build(), place / "misfit", classes, PX, {}, {})
        assert call(place, model="misfit") == 4
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"error: {place / 'misfit' / 'model.json'} does not fit")
    assert not (place / "drawn").exists()


def test_what_is_wrong_is_said(place, capsys):
    (place / "text.png").write_text("no image")
    (place / "empty").mkdir()
    cases = [
        (call(place, images=["text.png"]), 3, "text.png"),
        (call(place, images=["absent.png"]), 3, "absent.png"),
        (call(place, "--class", "covid"), 2, "normal, pneumonia, covid19"),
        (call(place, "--against", "covid"), 2, "--against: the model has no class 'covid'"),
        (call(place, "--against", "covid19", "--class", "covid19"), 2, "name the class to explain by another --class"),
        (call(place, "--layer", "convo"), 2, "--layer: the model has no layer 'convo'; did you mean 'conv'"),
        (call(place, model="empty"), 2, "holds no run"),
        (call(place, model="nowhere"), 2, "no such folder"),
    ]
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(cases)
    for (code, expected, text), line in zip(cases, told, strict=True):
        assert code == expected, line
        assert line.startswith("error: ")
        assert text in line
    assert not (place / "drawn").exists()


def test_a_run_without_a_model(place, capsys):
    (place / "out" / "runs" / "20260101-000000-00" / "run.json").write_text("{}")
    assert call(place) == 2
    assert "no trained model" in capsys.readouterr().err
