import numpy as np
import pytest

from components.explainer.faithfulness.controls import centre_maps, random_maps
from components.explainer.faithfulness.localisation import chance, mass_accuracy, pointing_game


def test_centre_points_at_the_centre() -> None:
    odd = centre_maps((2, 9, 15))
    assert odd.shape == (2, 9, 15)
    assert np.unravel_index(odd[1].argmax(), (9, 15)) == (4, 7)
    truth = np.zeros((1, 8, 8), bool)
    truth[0, 3:5, 3:5] = True
    assert pointing_game(centre_maps((1, 8, 8)), truth).tolist() == [1]
    # A standard deviation of a quarter of the side: half way to the edge it has fallen to exp(-1/2).
    wide = centre_maps((1, 101, 101))[0]
    assert wide[50, 75] == pytest.approx(np.exp(-(0.25**2) / (2 * 0.25**2)), rel=0.01)


def test_random_maps_score_what_chance_says() -> None:
    maps = random_maps((3000, 6, 6), seed=5)
    truth = np.zeros((3000, 6, 6), bool)
    truth[:, :2, :3] = True
    assert pointing_game(maps, truth).mean() == pytest.approx(chance(truth)[0], abs=0.02)
    assert mass_accuracy(maps, truth).mean() == pytest.approx(1 / 6, abs=0.01)
    assert (random_maps((2, 3, 3), 5) == random_maps((2, 3, 3), 5)).all()
    assert (random_maps((2, 3, 3), 5) != random_maps((2, 3, 3), 6)).any()
    assert maps.min() > 0
