"""The section on calibration: which probabilities are meant, and what the model carries."""

import re

from tests.components.reporter.simulated import CLASSES


def section(html: str) -> str:
    return re.search(r'<section id="calibration".*?</section>', html, re.DOTALL).group()


def test_an_operating_point_that_is_missed_is_called_so_under_the_table_and_in_the_verdict(plain_report) -> None:
    page, points = section(plain_report.html), plain_report.numbers["assessment"]["operating_points"]
    missed = [point for point in points if point[point["aim"]]["value"] < point["wanted"]]
    assert len(missed) == page.count("that was asked for") > 0
    for point in missed:
        name = f"the {point['aim']} of {point['wanted']} that was asked for {point['label']}"
        assert f"T{name[1:]} is not reached" in page
        assert f"{name} ({point[point['aim']]['value']:.3f} on the test split)" in plain_report.html


def test_on_how_many_images_thresholds_were_chosen_is_said_above_them(plain_report) -> None:
    page, numbers = section(plain_report.html), plain_report.numbers
    counts = {name: [cell for cell in numbers["data"]["cells"] if (cell["split"], cell["label"]) == ("eval", name)] for name in CLASSES}
    told = [
        f"{sum(cell['images'] for cell in counts[name])} images ({sum(cell['groups'] for cell in counts[name])} patients) of {name}"
        for name in ("covid19", "normal")
    ]
    split = numbers["assessment"]["splits"]["eval"]
    assert f"chosen on eval: {split['images']} images ({split['patients']} patients), among them {', '.join(told)}. Applied" in page
    assert "the intervals hold them as they are: that other images of eval would have given other thresholds is in none" in page


def test_a_temperature_that_the_model_does_not_carry_is_a_proposal(plain_report) -> None:
    page, temperature = section(plain_report.html), plain_report.numbers["assessment"]["temperature"]
    assert f"One temperature, <b>{temperature['value']:.3f}</b>, was fitted on eval" in page
    assert "The model does not carry it" in page
    assert set(re.findall(r"<td>(as [^<]*|after [^<]*|without [^<]*)</td>", page)) == {"as they are", "after the temperature"}


def test_a_temperature_that_the_model_carries_is_taken_off_for_comparison(tmp_path, make_report, scenario_class) -> None:
    report = make_report(tmp_path, scenario_class(temperature=1.5))
    page, assessment = section(report.html), report.numbers["assessment"]
    assert "One temperature, <b>1.500</b>, was fitted on eval (above 1: the model was too sure)" in page
    assert "The model carries it: the probabilities that it serves, the thresholds below" in page
    assert assessment["temperature"]["exported"] is True
    shown = "as exported, with the temperature", "without it"
    assert list(dict.fromkeys(re.findall(r"<td>(as [^<]*|after [^<]*|without [^<]*)</td>", page))) == list(shown)
    whole = [f"{part['log_loss']['value']:.3f}" for part in (assessment["calibration"][0], assessment["temperature"]["without"][0])]
    for words, figure in zip(shown, whole, strict=True):
        [row] = re.findall(rf"<tr><th scope=\"row\">whole test split</th><td>{words}</td>.*?</tr>", page, re.DOTALL)
        assert figure in row
    assert re.search(rf"{shown[0]} in \d+ bins, expected calibration error .*{shown[1]} in \d+ bins", page)
