"""Configuration of the conversion of image files to TFRecords."""

from pydantic import Field, model_validator

from components.base.section import Section


class SplitConfig(Section):
    """How groups are divided; kept for ever by the ledger of an output folder."""

    train: float = Field(0.70, gt=0, lt=1)
    eval: float = Field(0.15, gt=0, lt=1)
    test: float = Field(0.15, gt=0, lt=1)
    seed: int = Field(2020, ge=0, description="seed of the division; the seed of the run does not touch it")

    @model_validator(mode="after")
    def _sums_to_one(self) -> "SplitConfig":
        total = self.train + self.eval + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train, eval and test must sum to 1, not {total:g}")
        return self


class IngestConfig(Section):
    """Limits, storage and division."""

    max_quarantined: float = Field(0.05, ge=0, le=1, description="largest share of listed files that may be quarantined")
    max_side_px: int = Field(512, ge=64, description="longer images are stored shrunk to this longer side, pixels")
    min_side_px: int = Field(32, ge=1, description="shortest side of an original, pixels")
    max_megapixels: float = Field(100.0, gt=0, description="largest original, megapixels, by its header")
    max_aspect_ratio: float = Field(4.0, ge=1, description="longest side over shortest side of an original")
    images_per_shard: int = Field(256, ge=1)
    workers: int = Field(2, ge=1, description="Beam workers; does not change what is written")
    split: SplitConfig = SplitConfig()
