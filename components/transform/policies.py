"""The policies of augmentation: which variations, how strong and how often.

Strengths are half widths of the ranges from which a variation is drawn uniformly; shares say how many of the images get it.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Warp:
    """Turn, move and zoom; the border continues outwards."""

    rotation_deg: float = 0.0
    shift: float = 0.0  # share of the side
    zoom: float = 0.0  # log of the factor
    share: float = 1.0


@dataclass(frozen=True)
class Tone:
    """Exposure and tone curve. `contrast` and `brightness` are drawn for every image, the others for shares of the images."""

    contrast: float = 0.0  # log of the factor about the mean
    brightness: float = 0.0  # of the range [0, 1]
    gamma: float = 0.0  # log of the exponent
    curve: float = 0.0  # log of the ratio of neighbouring slopes of a random monotone curve
    curve_share: float = 0.0
    equalise: float = 0.0  # largest part of the equalised histogram that is mixed in
    equalise_share: float = 0.0
    window: float = 0.0  # most of the range that is cut off at each end
    window_share: float = 0.0

    @property
    def bends(self) -> bool:
        """Whether more than contrast and brightness changes."""
        return self.gamma > 0 or self.curve_share > 0 or self.equalise_share > 0 or self.window_share > 0


@dataclass(frozen=True)
class Degrade:
    """What detectors, scanners and archives take from an image, each for its share of the images."""

    blur: float = 0.0  # largest standard deviation of the Gaussian, share of the side
    blur_share: float = 0.0
    sharpen: float = 0.0  # largest amount of unsharp masking
    sharpen_share: float = 0.0
    noise: float = 0.0  # largest standard deviation, of the range [0, 1]
    noise_share: float = 0.0
    resolution: float = 1.0  # smallest share of the side that is left
    resolution_share: float = 0.0
    jpeg_quality: int = 100  # lowest
    jpeg_share: float = 0.0
    border: float = 0.0  # deepest rectangle that is erased along a border, share of the side
    border_share: float = 0.0


@dataclass(frozen=True)
class Policy:
    """One policy."""

    warp: Warp = Warp()
    tone: Tone = Tone()
    degrade: Degrade = Degrade()


POLICIES: Final = {
    # For the training loop. The warp is nearly all of its cost, so a half of the images, another one at each step, go without.
    "light": Policy(Warp(rotation_deg=7.0, shift=0.05, zoom=0.10, share=0.5), Tone(contrast=0.15, brightness=0.05)),
    # What may differ between two radiographs of one hospital.
    "radiograph": Policy(
        Warp(rotation_deg=10.0, shift=0.06, zoom=0.12),
        Tone(contrast=0.2, brightness=0.06, gamma=0.25),
        Degrade(
            blur=0.008,
            blur_share=0.25,
            noise=0.02,
            noise_share=0.5,
            resolution=0.55,
            resolution_share=0.2,
            jpeg_quality=50,
            jpeg_share=0.25,
            border=0.06,
            border_share=0.2,
        ),
    ),
    # Domain randomisation (Tobin et al. 2017, arXiv:1703.06907; for medical images Zhang et al. 2020, doi:10.1109/TMI.2020.2973595):
    # the look of a hospital is drawn anew for each image, more widely than hospitals differ, so that it says nothing.
    "domain": Policy(
        Warp(rotation_deg=12.0, shift=0.08, zoom=0.18),
        Tone(
            contrast=0.3,
            brightness=0.1,
            gamma=0.35,
            curve=0.7,
            curve_share=0.5,
            equalise=1.0,
            equalise_share=0.4,
            window=0.1,
            window_share=0.4,
        ),
        Degrade(
            blur=0.014,
            blur_share=0.35,
            sharpen=1.5,
            sharpen_share=0.35,
            noise=0.05,
            noise_share=0.5,
            resolution=0.35,
            resolution_share=0.4,
            jpeg_quality=15,
            jpeg_share=0.4,
            border=0.12,
            border_share=0.5,
        ),
    ),
}
