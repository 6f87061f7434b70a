from components.explainer.config import ExplainerConfig
from components.reporter.reduced import full_settings, say_reduced


def test_a_default_run_names_what_it_did_with_less():
    said = say_reduced(ExplainerConfig().model_dump(mode="json"))
    assert said.startswith("Set otherwise than in full.yaml (there in brackets): gradcam.images_per_cell 2 (4), ")
    for each in ("ace.images 20 (50)", "ace.resolutions 15 and 50 (15, 50 and 80)", "faithfulness.randomisations 2 (5)"):
        assert each in said
    assert said.endswith("Of the baselines of insertion and deletion blur alone was run, not mean and road.")
    # Left-out classes have lines of their own, and batches change nothing.
    assert "max_classes" not in said
    assert "batch_size" not in said
    assert "random_sets" not in said


def test_a_full_run_names_the_baselines_alone():
    full = full_settings()
    full["faithfulness"]["baseline"] = "road"
    assert say_reduced(full) == (
        "Set otherwise than in full.yaml (there in brackets): faithfulness.baseline road (blur). "
        "Of the baselines of insertion and deletion road alone was run, not blur and mean."
    )
    assert say_reduced(full_settings()) == "Of the baselines of insertion and deletion blur alone was run, not mean and road."
