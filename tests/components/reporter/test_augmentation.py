import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from components.reporter import formats
from components.reporter.blended_pairs import blend_pairs
from components.reporter.collect_augmentation import Use, draw_variations, read_augmentation
from tests.components.reporter.simulated import PATIENT

SMALL = "seed: 7\ntransform: {image_px: 32, views: 3, policy: domain}\ntrainer: {online_policy: radiograph}\n"


@pytest.mark.parametrize(
    ("setting", "uses", "views"),
    [
        ("'off'", (), 0),
        ("off", (), 0),
        ("transform", (Use("views", "domain"),), 3),
        ("online", (Use("online", "radiograph"),), 0),
        ("both", (Use("views", "domain"), Use("online", "radiograph")), 3),
    ],
)
def test_the_configuration_says_which_policies_were_in_use(setting, uses, views) -> None:
    found = read_augmentation(f"augmentation: {setting}\n{SMALL}")
    assert (found.setting, found.uses, found.views, found.mixup) == (setting.strip("'"), uses, views, 0.0)


def pixels(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/jpeg;base64,")))), float)


def test_versions_are_drawn_of_the_first_training_image(plain_report) -> None:
    records = plain_report.folders.records
    drawn = draw_variations(records, f"augmentation: both\n{SMALL}")
    assert list(drawn.versions) == ["domain", "radiograph"]
    original = pixels(drawn.original)
    assert original.shape == (32, 32)
    for versions in drawn.versions.values():
        assert len(set(versions)) == 5
        assert all(np.corrcoef(original.ravel(), pixels(version).ravel())[0, 1] > 0.2 for version in versions)
    assert drawn == draw_variations(records, f"augmentation: both\n{SMALL}")


def test_without_augmentation_the_image_stands_alone(plain_report) -> None:
    drawn = draw_variations(plain_report.folders.records, f"augmentation: 'off'\n{SMALL}")
    assert (drawn.versions, drawn.pairs) == ({}, ())
    assert drawn.original


def test_records_without_a_training_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no training image"):
        draw_variations(tmp_path, SMALL)


def section(page: str) -> str:
    return re.search(r'<section id="augmentation".*?</section>', page, re.S).group()


def test_the_page_says_what_was_in_use_and_shows_it(plain_report) -> None:
    shown = section(plain_report.html)
    assert "2 views of each training image, made once by policy <code>radiograph</code>" in shown
    assert "a variation at every step by policy <code>light</code>" in shown
    assert shown.count("<img") == 1 + 2 * 5
    assert "mixup" not in shown.lower()
    assert len(shown) < 80_000


def test_the_page_says_where_it_was_off(tmp_path: Path, make_report, scenario_class) -> None:
    shown = section(make_report(tmp_path, scenario_class(config_yaml=f"augmentation: 'off'\n{SMALL}")).html)
    assert "training saw each image as it is" in shown
    assert shown.count("<img") == 1
    assert "mixup" not in shown.lower()


@pytest.mark.parametrize("count", [1, 4, 5])
def test_a_blend_is_the_share_of_one_image_and_the_rest_of_the_other(count) -> None:
    images = np.random.default_rng(3).random((count, 2, 3, 1), np.float32)
    blends, shares = blend_pairs(tf.constant(images), 0.4, tf.constant([7, 0]))
    assert len(blends) == len(shares) == (count + 1) // 2
    for place, (blend, share) in enumerate(zip(blends, shares, strict=True)):
        np.testing.assert_allclose(blend, share * images[place] + (1 - share) * images[count - 1 - place], atol=1e-6)
    assert ((shares > 0) & (shares <= 1)).all()


def test_shares_are_those_of_training() -> None:
    shares = blend_pairs(tf.zeros([4000, 1, 1, 1]), 0.4, tf.constant([7, 0]))[1]
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert shares.var() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), rel=0.1)  # of Beta(alpha, alpha)


MIXED = "seed: 7\naugmentation: 'off'\ntransform: {image_px: 32}\ntrainer: {mixup: 0.4}\n"


def test_pairs_are_blended_of_the_first_training_images(plain_report) -> None:
    records = plain_report.folders.records
    drawn = draw_variations(records, MIXED)
    assert drawn.versions == {}
    # Ten records of two files: normal, pneumonia, covid19 in turn, and the first lies opposite the tenth.
    opposite = [("normal", "normal"), ("pneumonia", "covid19"), ("covid19", "pneumonia"), ("normal", "normal"), ("pneumonia", "covid19")]
    assert [pair.classes for pair in drawn.pairs] == opposite
    assert all(sum(pair.shares) == pytest.approx(1.0) for pair in drawn.pairs)
    assert len({pair.picture for pair in drawn.pairs}) == 5
    assert pixels(drawn.pairs[0].picture).shape == (32, 32)
    assert drawn == draw_variations(records, MIXED)
    assert drawn.pairs != draw_variations(records, MIXED.replace("seed: 7", "seed: 8")).pairs


@pytest.mark.parametrize("setting", ["'off'", "both"])
def test_the_page_names_mixup_and_shows_pairs(setting, tmp_path: Path, make_report, scenario_class) -> None:
    config = MIXED.replace("'off'", setting)
    made = make_report(tmp_path, scenario_class(config_yaml=config))
    shown = section(made.html)
    assert "<h3>Mixup</h3>" in shown
    assert "with alpha <code>0.4</code>" in shown
    assert made.numbers["augmentation"]["mixup"] == 0.4
    assert "training saw each image as it is" not in shown
    assert (", as the policies above had left it," in shown) == (setting == "both")
    pairs = draw_variations(made.folders.records, config).pairs
    assert len(pairs) == 5
    for pair in pairs:
        (one, other), (share, rest) = pair.classes, (formats.whole_percent(share) for share in pair.shares)
        alt = f"Blend of two training radiographs: {share} of one of class {one}, {rest} of one of class {other}"
        caption = f"<figcaption><span>{share} {one}</span> <span>{rest} {other}</span></figcaption>"
        assert f'<img src="{pair.picture}" alt="{alt}" decoding="async">{caption}' in shown
    assert PATIENT not in made.html
