"""Concepts of a class as bars, on one scale."""

from dataclasses import replace

import pytest

from components.reporter.collect_concepts import Concept, read_concepts
from components.reporter.concept_bars import concept_bars


@pytest.fixture(scope="module")
def concept(plain_report) -> Concept:
    (study,) = read_concepts(plain_report.folders.concepts)[0].classes
    return study.concepts[0]


def test_all_effects_have_one_scale_that_holds_zero_and_every_end(concept) -> None:
    # 1.25 with an interval of 1.1 to 1.4, and -0.25 with a standard error of 0.25: from -0.5 to 1.5 on 168 units.
    against = replace(concept, effect=-0.25, effect_error=0.25, effect_low=None, effect_high=None)
    bars = concept_bars([concept, against])
    assert (bars.low, bars.high) == (-0.5, 1.5)
    first, second = bars.effects
    zero = 6 + 168 * 0.25
    assert (first.left, first.length, first.mark) == (zero, pytest.approx(105), zero)
    assert (first.low, first.high) == (pytest.approx(140.4), pytest.approx(165.6))
    assert (second.left, second.length, second.mark) == (27, 21, zero)
    assert (second.low, second.high) == (6, zero)
    assert (first.spread, second.spread, bars.has_spread) == (False, True, True)
    assert first.text == "effect +1.250, 95 % interval over patients +1.100 to +1.400, drawn from -0.5 to 1.5"
    assert second.text == "effect -0.250, standard error over examples and random sets 0.250, drawn from -0.5 to 1.5"


def test_a_score_has_its_error_and_that_of_random_sets_beside(concept) -> None:
    without = replace(concept, score=0.99, low=None, high=None)
    first, second = concept_bars([concept, without]).scores
    assert first is not None
    assert second is not None
    assert (first.left, first.length, first.mark) == (6, pytest.approx(168 * 0.9), 90)
    assert (first.low, first.high, first.spread) == (pytest.approx(6 + 168 * 0.8), pytest.approx(6 + 168 * 0.95), False)
    assert first.text == "TCAV score 0.900, 95 % interval over patients 0.800 to 0.950; random sets 0.500, drawn from 0 to 1"
    assert (second.high, second.spread) == (174, True)
    assert "standard error over random sets 0.020" in second.text


def test_a_score_that_is_no_share_of_images_is_not_drawn(concept) -> None:
    assert concept_bars([replace(concept, one_gradient=True)]).scores == (None,)


def test_an_effect_of_an_older_run_has_no_error(concept) -> None:
    bars = concept_bars([replace(concept, effect_error=None, effect_low=None, effect_high=None)])
    (bar,) = bars.effects
    assert bar.low == bar.high == bar.left + bar.length
    assert not bars.has_spread
    assert bar.text == "effect +1.250, without its error, drawn from 0 to 1.4"


def test_effects_of_nothing_are_drawn_at_zero(concept) -> None:
    (bar,) = concept_bars([replace(concept, effect=0.0, effect_low=0.0, effect_high=0.0)]).effects
    assert (bar.length, bar.left) == (0, bar.mark)


def test_the_page_compares_the_concepts_of_a_class(plain_report) -> None:
    section = plain_report.html.split('id="concepts"')[1].split("</section>")[0]
    before = section.split('<figure class="concept"')[0]
    assert before.count('class="interval-plot bars"') == 3
    assert 'aria-label="concept 1: effect +1.250, 95 % interval over patients +1.100 to +1.400, drawn from 0 to 1.4"' in before
    assert 'aria-label="concept 2: effect +1.250, standard error over examples and random sets 0.070, drawn from 0 to 1.4"' in before
    assert '<a href="#covid19-concept-2">concept 2</a>' in before
    assert "a gray one, where there is no interval, a standard error: of an effect over the concept's segments" in before
