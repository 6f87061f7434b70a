"""The name of a layer is looked for in all networks that a run can have, before any is trained."""

import pytest

from components.base.errors import ExitCode, UsageError
from pipeline.config import load_config
from pipeline.explained_layers import check_layers
from pipeline.run import Request, execute

SMALL = ["transform.image_px=32", "tuning={min_stages: 2, max_stages: 3, widths: [8], block_kinds: [plain, residual]}"]
OTHER = ["transform.image_px=32", "trainer.architecture=dark_covid_net"]


def check(*assignments: str) -> None:
    check_layers(load_config(None, {}, assignments))


@pytest.mark.parametrize("layer", ["", "earlier", "stage2_pool", "stage3_pool", "stage3_sum"])
def test_what_a_candidate_of_the_search_may_have_is_let_through(layer: str) -> None:
    check(*SMALL, f"explainer.gradcam.layer='{layer}'", f"explainer.ace.layer='{layer}'")


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (
            [*SMALL, "explainer.gradcam.layer=stage3_pol"],
            "explainer.gradcam.layer: the model has no layer 'stage3_pol'; did you mean 'stage3_pool'",
        ),
        ([*SMALL, "explainer.ace.layer=stage4_pool"], "explainer.ace.layer: the model has no layer 'stage4_pool'"),
        ([*SMALL, "trainer.parameters.stages=2", "explainer.ace.layer=stage3_pool"], "no layer 'stage3_pool'"),
        ([*SMALL, "explainer.gradcam.layer=logits"], "'logits' has no feature maps"),
        ([*OTHER, "explainer.gradcam.layer=stage3_sum"], "explainer.gradcam.layer: the model has no layer 'stage3_sum'"),
    ],
)
def test_what_no_network_has_is_refused(assignments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check(*assignments)


def test_a_dry_run_looks_too(tmp_path, capsys) -> None:
    given = load_config(None, {}, [*SMALL, "explainer.gradcam.layer=foo"])
    with pytest.raises(UsageError, match="no layer 'foo'"):
        execute(Request(given, tmp_path / "out", dry_run=True))
    fine = given.model_copy(update={"explainer": load_config(None, {}, []).explainer})
    assert execute(Request(fine, tmp_path / "out", dry_run=True)) == ExitCode.DONE
    capsys.readouterr()
