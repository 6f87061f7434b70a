import numpy as np
import pytest

from components.explainer.faithfulness.imputation import Imputed

ROW = np.array([0])


def noise_of(shape, seed=0):
    return np.random.default_rng([seed, 0]).normal(0, 0.01, shape)


def impute(image, missing, seed=0):
    filled = Imputed(np.asarray(image, np.float32)[None, ..., None], seed).fill(ROW, np.asarray(missing, bool)[None])
    return filled[0, ..., 0]


def solved_by_hand(image, missing):
    """The paper's equations as a dense system: 1/6 beside, 1/12 across, scaled to a sum of 1 at the border."""
    height, width = image.shape
    places = [tuple(place) for place in np.argwhere(missing)]
    matrix, right = np.eye(len(places)), np.zeros(len(places))
    for row, (down, across) in enumerate(places):
        near = {
            (down + dy, across + dx): (1 / 6 if 0 in (dy, dx) else 1 / 12)
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
            if (dy, dx) != (0, 0) and 0 <= down + dy < height and 0 <= across + dx < width
        }
        for place, weight in near.items():
            share = weight / sum(near.values())
            if missing[place]:
                matrix[row, places.index(place)] -= share
            else:
                right[row] += share * image[place]
    filled = image.copy()
    filled[missing] = np.linalg.solve(matrix, right)
    return filled


def test_one_pixel_is_the_weighted_mean_of_its_neighbours() -> None:
    image = np.array([[1, 2, 3], [4, 99, 6], [7, 8, 10]]) / 10
    missing = np.zeros((3, 3), bool)
    missing[1, 1] = True
    expected = (2 * (2 + 4 + 6 + 8) + (1 + 3 + 7 + 10)) / 12 / 10
    assert impute(image, missing)[1, 1] - noise_of((3, 3))[1, 1] == pytest.approx(expected, abs=1e-6)


def test_a_corner_has_three_neighbours() -> None:
    image = np.array([[99, 0.2], [0.4, 0.6]])
    found = impute(image, [[True, False], [False, False]])[0, 0] - noise_of((2, 2))[0, 0]
    assert found == pytest.approx((2 * 0.2 + 2 * 0.4 + 0.6) / 5, abs=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.98])
def test_agrees_with_the_dense_equations(share) -> None:
    rng = np.random.default_rng(4)
    image = rng.random((9, 7))
    missing = rng.random((9, 7)) < share
    missing[4, 4] = False
    found = impute(image, missing) - np.where(missing, noise_of((9, 7)), 0)
    assert found == pytest.approx(solved_by_hand(image.astype(np.float32).astype(float), missing), abs=1e-5)


def test_nothing_left_gives_the_mean_and_nothing_removed_the_image() -> None:
    image = np.array([[0.0, 0.2], [0.4, 0.6]])
    assert impute(image, np.ones((2, 2))) - noise_of((2, 2)) == pytest.approx(np.full((2, 2), 0.3), abs=1e-6)
    assert impute(image, np.zeros((2, 2))) == pytest.approx(image)


def test_the_noise_is_the_seeds_and_the_images_alone() -> None:
    image = np.full((20, 20), 0.5)
    few, many = np.zeros((20, 20), bool), np.ones((20, 20), bool)
    few[3:9, 3:9], many[0, 0] = True, False
    assert impute(image, few)[few] == pytest.approx(impute(image, many)[few], abs=1e-6)
    assert not np.allclose(impute(image, many), impute(image, many, seed=1))
    assert (impute(image, many) - 0.5).std() == pytest.approx(0.01, rel=0.1)
