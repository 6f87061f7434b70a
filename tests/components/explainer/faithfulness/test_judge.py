import json

import numpy as np
import pytest

from components.base.errors import UsageError
from components.explainer.faithfulness import measures
from components.explainer.faithfulness.config import FaithfulnessConfig
from components.explainer.faithfulness.explained import Explained
from components.explainer.faithfulness.judge import CENTRE, CHANCE, RANDOM, judge, judge_places

COUNT = 24
QUICK = FaithfulnessConfig(steps=6, baseline="mean", draws=3000, grid_px=3, batch_size=16)


@pytest.fixture
def judged(patch_model, bright_patches, patch):
    explained = Explained(patch_model, bright_patches(COUNT), [1] * COUNT)
    right = np.repeat(patch[None].astype(float), COUNT, axis=0)
    wrong = np.zeros_like(right)
    wrong[:, 4:, 4:] = 1
    silent = right.copy()
    silent[[0, 1, 2, -1]] = 0
    truth = np.repeat(patch[None], COUNT, axis=0)
    truth[-2:] = False
    maps = {"right": right, "wrong": wrong, "silent": silent}
    return judge(explained, maps, {"patch": truth}, np.arange(COUNT) // 2, QUICK, seed=1)


def rows_of(judgement):
    return {(row.method, row.measure, row.truth): row for row in judgement.rows}


def test_every_method_and_control_has_every_measure(judged) -> None:
    rows = rows_of(judged)
    for method in ("right", "wrong", "silent", CENTRE, RANDOM):
        assert all((method, measure.name, "") in rows for measure in measures.OF_MODEL)
        assert all((method, measure.name, "patch") in rows for measure in measures.OF_TRUTH)
    assert len(judged.rows) == 5 * 7 + 1 + 3 * 2
    assert rows[CHANCE, "pointing_game", "patch"].value == pytest.approx(4 / 36)
    assert all(
        row.patients in (11, 12) and row.low is not None for row in judged.rows if row.value is not None and row.method != "right, wrong"
    )


def test_the_true_map_wins_on_every_measure(judged) -> None:
    rows = rows_of(judged)
    for measure in (*measures.OF_MODEL[:3], *measures.OF_TRUTH):
        truth = "patch" if measure in measures.OF_TRUTH else ""
        right, wrong = rows["right", measure.name, truth].value, rows["wrong", measure.name, truth].value
        assert right > wrong if measure.higher_is_better else right < wrong
    found = {(c.first, c.second, c.measure): c for c in judged.comparisons}
    assert "which is better" in found["right", "wrong", "deletion_auc"].sentence
    assert found["right", RANDOM, "pointing_game"].corrected_p < 0.05
    assert len(judged.comparisons) == 7 * (3 + 3 * 2)


def test_silence_is_counted_and_neither_hits_nor_drops(judged) -> None:
    rows = rows_of(judged)
    drop, pointing = rows["silent", "average_drop", ""], rows["silent", "pointing_game", "patch"]
    assert (drop.images, drop.without_map, drop.without_truth) == (COUNT - 4, 4, 0)
    assert (pointing.images, pointing.without_map, pointing.without_truth) == (COUNT - 2, 3, 2)
    assert pointing.value == pytest.approx((COUNT - 5) / (COUNT - 2))
    assert rows["right, silent", "top_overlap", ""].images == COUNT - 4
    assert rows["right, silent", "top_overlap", ""].value == 1


def test_turns_into_json_and_is_the_same_again(judged, patch_model, bright_patches, patch) -> None:
    document = json.loads(json.dumps(judged.to_json(), allow_nan=False))
    assert document["settings"]["steps"] == 6
    assert document["curves"]["right"]["deletion"][0] == pytest.approx(0.9, abs=1e-6)
    explained = Explained(patch_model, bright_patches(COUNT), [1] * COUNT, batch_size=5)
    maps = {"right": np.repeat(patch[None], COUNT, axis=0)}
    one, two = (judge(explained, maps, {}, np.arange(COUNT), QUICK, seed=1).to_json() for _ in range(2))
    assert one == two
    other = judge(explained, maps, {}, np.arange(COUNT), QUICK, seed=2).to_json()
    values = [[row["value"] for row in each["rows"] if row["method"] == RANDOM] for each in (one, other)]
    assert values[0] != values[1], "another seed draws another random map"


def test_refuses_the_name_of_a_control_and_a_patient_too_few(patch_model, bright_patches) -> None:
    explained = Explained(patch_model, bright_patches(2), [1, 1])
    with pytest.raises(UsageError, match="as a control is"):
        judge(explained, {RANDOM: np.ones((2, 6, 6))}, {}, [0, 1], QUICK)
    with pytest.raises(UsageError, match="3 patients for 2 images"):
        judge(explained, {"a": np.ones((2, 6, 6))}, {}, [0, 1, 2], QUICK)


def test_only_right_answers_are_held_against_the_truth_and_all_against_marks(patch_model, bright_patches, patch) -> None:
    explained = Explained(patch_model, bright_patches(COUNT), [1] * COUNT)
    maps = np.repeat(patch[None].astype(float), COUNT, axis=0)
    right = np.arange(COUNT) >= 4
    maps[~right] = np.flip(maps[~right])
    truths = dict.fromkeys(("lesion", measures.MARK), np.repeat(patch[None], COUNT, axis=0))
    rows = rows_of(judge(explained, {"m": maps}, truths, np.arange(COUNT), QUICK, 1, right))
    for measure in measures.OF_TRUTH:
        of_lesion, of_mark = (rows["m", measure.name, truth] for truth in truths)
        assert (of_lesion.images, of_lesion.without_truth, of_lesion.value) == (COUNT - 4, 4, 1)
        assert (of_mark.images, of_mark.without_truth) == (COUNT, 0)
        assert of_mark.value < 1
    # The controls are asked of the same images.
    for control in (CENTRE, RANDOM, CHANCE):
        assert rows[control, "pointing_game", "lesion"].images == COUNT - 4
    assert rows["m", "deletion_auc", ""].images == COUNT
    everything = rows_of(judge(explained, {"m": maps}, truths, np.arange(COUNT), QUICK, 1))
    assert everything["m", "pointing_game", "lesion"].images == COUNT


def test_the_lungs_are_a_control_of_findings_and_not_of_marks_where_they_are_known(patch_model, bright_patches, patch) -> None:
    explained = Explained(patch_model, bright_patches(COUNT), [1] * COUNT)
    lungs = np.repeat(patch[None], COUNT, axis=0)
    lungs[:, :, 1:5] = True
    # One pixel of 24 in the lungs is the lesion's, and each map hits it.
    lesion = np.zeros_like(lungs)
    lesion[:, 1, 2] = True
    given = {"m": lesion.astype(float)}, {"lesion": lesion, measures.MARK: lesion}, np.arange(COUNT) // 2, QUICK, 1, None
    found, without = judge(explained, *given, lungs), judge(explained, *given)
    rows = rows_of(found)
    for measure in measures.OF_TRUTH:
        assert rows[measures.LUNGS, measure.name, "lesion"].value == pytest.approx(1 / 24)
        assert (measures.LUNGS, measure.name, measures.MARK) not in rows
    added = [one for one in found.comparisons if one.second == measures.LUNGS]
    assert [one.measure for one in added] == [measure.name for measure in measures.OF_TRUTH]
    assert all("m has a higher" in one.sentence and "than the lungs, which is better" in one.sentence for one in added)
    # They count among what Holm corrects for.
    assert len(found.comparisons) == len(without.comparisons) + 3
    assert not [row for row in without.rows if row.method == measures.LUNGS]
    assert [row for row in judge_places(*given, lungs) if row.method == measures.LUNGS] == [
        row for row in found.rows if row.method == measures.LUNGS
    ]
