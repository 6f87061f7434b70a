from components.reporter.randomised import read_stages, say_randomisation


def stage(layer, *by_network, overflows=()):
    known = [value for value in by_network if value is not None]
    mean = sum(known) / len(known) if known else None
    return {
        "layer": layer,
        "correlation": mean,
        "likeness": mean,
        "low": None,
        "high": None,
        "images": 4,
        "patients": 4,
        "by_network": list(by_network),
        "overflows": [place in overflows for place in range(len(by_network))],
    }


def test_each_method_says_its_networks_and_how_many_layers_were_asked():
    methods = {"Grad-CAM": [stage("logits", 0.4, 0.2), stage("conv", 0.2, 0.1), stage("stem", 0.1, -0.1)], "ACE": [stage("stem", 0.0, 0.1)]}
    said = say_randomisation({"networks": 8, "layers": 3, "methods": methods, "not_run": {}})
    assert said == (
        "Grad-CAM, made anew after each of 3 layers of 8 random networks: last layer random 0.300, "
        "without sign 0.300 (by network 0.400, 0.200); all layers random 0.000, without sign 0.000 (by network 0.100, -0.100).",
        "ACE, made anew after 1 of 3 layers of 8 random networks: all layers random 0.050, without sign 0.050 (by network 0.000, 0.100).",
    )


def test_opposite_signs_are_not_taken_for_no_likeness():
    methods = {"ACE": [stage("logits", 0.9, -0.9, 0.3), stage("stem", 0.1, 0.5, -0.5)]}
    _, *remarks = say_randomisation({"networks": 9, "layers": 3, "methods": methods, "not_run": {}})
    assert len(remarks) == 1
    assert "the same pattern, or its negative, in 2 of 3 networks (last layer random, beyond 0.5)" in remarks[0]


def test_flat_maps_are_counted_and_said():
    methods = {"ACE": [stage("logits", 0.3, None), stage("stem", None, None)], "Grad-CAM": [stage("stem", None, 0.1)]}
    said = say_randomisation({"networks": 8, "layers": 3, "methods": methods, "not_run": {}})
    assert "all layers random n/a, without sign n/a (by network flat, flat)" in said[0]
    assert said[1].startswith("ACE is flat in 1 of 2 networks (last layer random): no concept was told from random there.")
    assert said[2].startswith("ACE is flat in 2 of 2 networks (all layers random): no concept")
    assert said[4].startswith("Grad-CAM is flat in 1 of 2 networks (all layers random): nothing in them spoke for the class.")


def test_networks_that_overflow_are_counted_apart_from_flat_maps():
    methods = {"ACE": [stage("logits", 0.3, 0.1, None), stage("stem", None, 0.1, None, overflows=[0])]}
    figures, flat_last, over, flat, *rest = say_randomisation({"networks": 3, "layers": 3, "methods": methods, "not_run": {}})
    assert "(by network overflow, 0.100, flat)" in figures
    assert flat_last.startswith("ACE is flat in 1 of 3 networks (last layer random)")
    assert over.startswith("ACE cannot be compared in 1 of 3 networks (all layers random): numbers overflow under the random weights.")
    assert flat.startswith("ACE is flat in 1 of 3 networks (all layers random)")
    assert [each.startswith("3 random networks tell only of themselves") for each in rest] == [True]


def test_what_was_not_run_is_named():
    tree = {"networks": 2, "layers": 3, "methods": {}, "not_run": {"ACE": "not asked for (explainer.faithfulness.ace_stages)"}}
    assert say_randomisation(tree) == ("Randomisation check of ACE not run: not asked for (explainer.faithfulness.ace_stages).",)
    assert read_stages(tree) == {}


def test_few_networks_are_said_to_be_few():
    methods = {"ACE": [stage("stem", 0.1, 0.2)]}
    few = say_randomisation({"networks": 2, "layers": 3, "methods": methods, "not_run": {}})
    assert few[-1].startswith("2 random networks tell only of themselves")
    assert "so few" not in " ".join(say_randomisation({"networks": 8, "layers": 3, "methods": methods, "not_run": {}}))
