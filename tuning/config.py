"""Configuration of the architecture search."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from components.base.section import Section
from components.trainer.block_style import BlockKind, Normalisation, Pooling
from components.trainer.config import Objective, Optimizer, Schedule


class TuningConfig(Section):
    """Which search, how long, over what; a choice of one value is fixed.

    What trainer.parameters and trainer.learning_rate set is not searched. Where trainer.architecture is not own_cnn, the training alone is
    searched: dropout, learning rate, optimizer, schedule, weight decay and label smoothing.
    """

    algorithm: Literal["random", "bayesian", "hyperband"] = "random"
    objective: Objective = Field("macro_recall", description="on eval; auc is the macro average of one class against the rest")
    max_trials: int = Field(4, ge=1, description="trials of random and bayesian search; hyperband computes its own number")
    epochs: int = Field(4, ge=1, description="epochs of one trial; of the longest trial for hyperband")
    workers: int = Field(1, ge=1, le=64, description="processes that train trials; more than there are cores do not help")
    hyperband_factor: int = Field(3, ge=2)
    hyperband_iterations: int = Field(1, ge=1)
    max_parameters: int = Field(1_500_000, ge=1_000, description="larger candidates of own_cnn are drawn again before training")
    max_flops: int = Field(
        0, ge=0, description="operations of one image, 2 a multiply-accumulate; costlier ones are drawn again; 0: no limit"
    )
    min_stages: int = Field(3, ge=2, le=6)
    max_stages: int = Field(3, ge=2, le=6)
    blocks_per_stage: tuple[Annotated[int, Field(ge=1, le=4)], ...] = Field((1,), min_length=1)
    block_kinds: tuple[BlockKind, ...] = Field(("plain", "residual", "separable"), min_length=1)
    widths: tuple[Annotated[int, Field(ge=1)], ...] = Field((8, 12, 16), min_length=1, description="channels of the first stage")
    kernel_sizes: tuple[Annotated[int, Field(ge=1, le=15)], ...] = Field((3,), min_length=1, description="pixels")
    squeeze_excitation: tuple[bool, ...] = Field((False,), min_length=1)
    normalisations: tuple[Normalisation, ...] = Field(("batch",), min_length=1)
    poolings: tuple[Pooling, ...] = Field(("average",), min_length=1)
    max_dropout: float = Field(0.5, ge=0, lt=1)
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = Field((3e-4, 1e-3, 3e-3), min_length=1)
    optimizers: tuple[Optimizer, ...] = Field((), description="none: not searched, trainer.optimizer")
    schedules: tuple[Schedule, ...] = Field((), description="none: not searched, trainer.schedule")
    weight_decays: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = Field((), description="none: not searched, trainer.weight_decay")
    label_smoothings: tuple[Annotated[float, Field(ge=0, lt=1)], ...] = Field((), description="none: not searched")
    batch_size: int = Field(16, ge=1)

    @model_validator(mode="after")
    def _stages_in_order(self) -> "TuningConfig":
        if self.min_stages > self.max_stages:
            raise ValueError(f"min_stages ({self.min_stages}) must not exceed max_stages ({self.max_stages})")
        return self
