from components.reporter.untrained import say_untrained


def study(untrained=(0.1, 0.25, 0.2), counts=(), against="others"):
    counted = [each and {"concepts": each[1], "significant": each[0], "beyond": 0} for each in counts]
    return {
        "against": against,
        "significant": 14,
        "concepts": [{}] * 19,
        "untrained": list(untrained),
        "randomisation": {"concepts": counted},
    }


def test_concepts_of_random_networks_stand_beside_those_of_the_trained_one():
    said = say_untrained(study(counts=[(5, 16), (9, 18)]))
    assert "14 of 19 concepts here have q of at most 0.05, and 5 of 16, 9 of 18 in 2 networks with all layers random." in said
    assert "an effect beyond 0.25, the strongest of any concept of 3 untrained networks" in said
    assert "in 1 of 4 cases" in said
    assert said.startswith("Explained is the class score less the mean of the others")


def test_networks_that_overflow_are_counted_apart():
    said = say_untrained(study(counts=[(5, 16), None, (9, 18)]))
    assert "and 5 of 16, 9 of 18 in 2 networks with all layers random, without 1 network whose numbers overflow." in said
    assert say_untrained(study(counts=[None, None])) == say_untrained(study())
    said = say_untrained(study(untrained=(0.1, None, 0.2)))
    assert "beyond 0.2, the strongest of any concept of 2 untrained networks, without 1 network whose numbers overflow. " in said
    assert "in 1 of 3 cases" in said


def test_a_bound_that_could_not_be_measured_is_none():
    said = say_untrained(study(untrained=(None, None)))
    assert said.endswith("could not be measured: the numbers of 2 of 2 untrained networks overflow. So no concept has one.")
    assert "beyond" not in said


def test_a_bound_of_any_size_keeps_its_digits():
    assert "an effect beyond 4.321e-07, the" in say_untrained(study(untrained=(4.3211e-7, 1e-9)))


def test_where_nothing_was_asked_nothing_is_claimed():
    said = say_untrained(study(untrained=(), against="none"))
    assert said.startswith("Explained is the class score alone")
    assert "14 of 19 concepts here have q of at most 0.05." in said
    assert "No untrained network was asked" in said
    assert "beyond" not in said
