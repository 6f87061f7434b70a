"""Configuration of the measures of faithfulness."""

from typing import Literal

from pydantic import Field

from components.base.section import Section


class FaithfulnessConfig(Section):
    """What the maps are measured with; every measure depends on these choices, so a table should name them."""

    steps: int = Field(20, ge=2, le=1000, description="equal steps in which all pixels are removed or shown")
    baseline: Literal["blur", "mean", "road"] = Field("blur", description="what stands in the place of removed pixels")
    blur_sigma: float = Field(0.1, gt=0, le=1, description="of the baseline blur, share of the shorter side")
    tolerance: float = Field(0.03, ge=0, lt=1, description="the pointing game forgives a miss by this share of the shorter side")
    grid_px: int = Field(16, ge=2, description="side of the grid on which two methods' maps are correlated")
    top_share: float = Field(0.2, gt=0, lt=1, description="share of the pixels whose overlap is measured")
    draws: int = Field(10_000, ge=100, description="draws of patients; few draws give no small p to correct for many comparisons")
    randomisations: int = Field(2, ge=1, description="random networks of the sanity check, from the logits down, each of its own seed")
    ace_stages: int = Field(
        2,
        ge=0,
        description="layers of each of them after which ACE is made anew too, from the last layer to the first; 1: all random, 0: none",
    )
    batch_size: int = Field(64, ge=1, description="altered images in memory at a time; does not change what is measured")
