import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.reporter.collect_augmentation import Use, draw_variations, read_augmentation

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
    assert (found.setting, found.uses, found.views) == (setting.strip("'"), uses, views)


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
    assert drawn.versions == {}
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
    assert len(shown) < 80_000


def test_the_page_says_where_it_was_off(tmp_path: Path, make_report, scenario_class) -> None:
    shown = section(make_report(tmp_path, scenario_class(config_yaml=f"augmentation: 'off'\n{SMALL}")).html)
    assert "training saw each image as it is" in shown
    assert shown.count("<img") == 1
