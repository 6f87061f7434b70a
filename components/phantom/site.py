"""How a site's machine turns attenuation into an 8-bit image: exposure, sharpness, noise, and where it puts its mark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from components.phantom.frame import Map
from components.phantom.roster import SITES, Exposure


@dataclass(frozen=True)
class Site:
    """One site's machine.

    Attributes:
      gain, gamma: value = gain * attenuation ** gamma, 1 being white.
      floor: value of unattenuated beam.
      blur: standard deviation of the blur as a share of the image's side.
      noise: standard deviation of the pixel noise at mid gray, 1 being white.
      mark_place: left and top of the mark as shares of the free room.
      mark_size: side of the mark as a share of the image's side.
    """

    gain: float
    gamma: float
    floor: float
    blur: float
    noise: float
    mark_place: tuple[float, float]
    mark_size: float


SITE_OF_NAME = {
    SITES[0]: Site(gain=0.96, gamma=1.00, floor=0.02, blur=0.0025, noise=0.014, mark_place=(0.04, 0.04), mark_size=0.11),
    SITES[1]: Site(gain=0.90, gamma=1.25, floor=0.00, blur=0.0040, noise=0.022, mark_place=(0.96, 0.05), mark_size=0.10),
    SITES[2]: Site(gain=1.00, gamma=0.82, floor=0.04, blur=0.0016, noise=0.030, mark_place=(0.03, 0.95), mark_size=0.12),
}


def acquire(attenuation: Map, exposure: Exposure) -> NDArray[np.uint8]:
    """Expose the detector.

    Args:
      attenuation: float32 [image_px, image_px], 0 (air) to about 1 (spine).
      exposure: the image; it chooses the site, and varies gain and gamma a little.
    Returns:
      uint8 [image_px, image_px], bright where the beam was attenuated.
    """
    site = SITE_OF_NAME[exposure.source]
    rng = exposure.image_rng("acquisition")
    gain = site.gain * rng.uniform(0.93, 1.07)
    gamma = site.gamma * rng.uniform(0.92, 1.08)
    value = np.clip(attenuation, 0, 1.2) ** np.float32(gamma) * np.float32(gain) + np.float32(site.floor)
    value = ndimage.gaussian_filter(value, site.blur * attenuation.shape[0], truncate=3.0)
    noise = rng.standard_normal(value.shape, dtype=np.float32)
    # Fewer quanta reach the detector behind dense tissue.
    value += noise * (np.float32(site.noise) * (np.float32(0.5) + value))
    pixels: NDArray[np.uint8] = np.rint(np.clip(value, 0, 1) * np.float32(255)).astype(np.uint8)
    return pixels
