"""Configuration of the final training."""

from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from components.base.section import Section

ArchitectureName = Literal[
    "own_cnn",
    "dark_covid_net",
    "covid_net",
    "resnet50",
    "densenet121",
    "densenet169",
    "vgg19",
    "inception_resnet_v2",
    "efficientnet_lite0",
]
ARCHITECTURES: tuple[str, ...] = get_args(ArchitectureName)
# Their authors trained them on radiographs from the start.
WITHOUT_IMAGENET: tuple[str, ...] = ("own_cnn", "dark_covid_net", "covid_net")
Optimizer = Literal["adam", "sgd"]
Task = Literal["multiclass", "multilabel"]
Schedule = Literal["constant", "cosine"]
Balance = Literal["none", "class_weight", "oversample", "focal", "source_class"]
HeadFit = Literal["descent", "logistic"]
Policy = Literal["light", "radiograph", "domain"]
Objective = Literal["macro_recall", "auc"]
Temperature = Literal["off", "eval"]


class RobustConfig(Section):
    """Training against the source of an image, beside sampling and augmentation."""

    method: Literal["none", "group_dro", "adversarial"] = "none"
    group_dro_step: float = Field(0.01, gt=0, le=1, description="how fast the weight of a source follows its loss")
    adversarial_weight: float = Field(0.3, ge=0, description="of the reversed gradient of the source head")


class TrainerConfig(Section):
    """How a network is trained; what the search chose comes over it."""

    task: Task = Field("multiclass", description="multilabel: the 14 findings of NIH ChestX-ray14, any number an image")
    architecture: ArchitectureName = "own_cnn"
    parameters: dict[str, Any] = Field({}, description="of the architecture, over its defaults and over what the search chose")
    initial_weights: str = Field("none", description="none, imagenet, or a model.keras whose layers of the same name and shape are taken")
    head: HeadFit = Field("descent", description="how the head over a frozen body is fitted; logistic: by penalised logistic regression")
    head_epochs: int = Field(3, ge=0, description="first phase of a pretrained network: the head alone, the body frozen; 0: no such phase")
    body_rate: float = Field(0.1, ge=0, le=1, description="of the learning rate, in the second phase; 0 keeps the body frozen")
    metadata: bool = Field(False, description="age, sex and view as a second input (Baltruschat et al. 2019)")
    epochs: int = Field(16, ge=1, description="of the second phase, where there are two")
    batch_size: int = Field(16, ge=1)
    optimizer: Optimizer = "adam"
    learning_rate: float | None = Field(None, gt=0, description="the highest; null: what the search chose, or the architecture's default")
    weight_decay: float = Field(0.0, ge=0, lt=1, description="decoupled (Loshchilov and Hutter 2019): adam with it is AdamW")
    schedule: Schedule = "cosine"
    warmup_epochs: int = Field(1, ge=0, description="epochs of linear warm-up of the cosine schedule")
    patience: int = Field(8, ge=1, description="epochs without a better objective on eval before training stops")
    objective: Objective = Field("macro_recall", description="what early stopping goes by, on eval")
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    balance: Balance = "class_weight"
    focal_gamma: float = Field(2.0, ge=0, description="of balance focal (Lin et al. 2017, arXiv:1708.02002)")
    online_policy: Policy = Field("light", description="where augmentation is online or both")
    mixup: float = Field(0.0, ge=0, le=2, description="alpha of mixup (Zhang et al. 2018, arXiv:1710.09412); 0: none")
    robust: RobustConfig = RobustConfig()
    temperature: Temperature = Field("off", description="eval: fitted there after the training, and exported in the weights of the model")
    deterministic: bool = Field(True, description="deterministic operations: one seed, identical weights")

    @field_validator("temperature", mode="before")
    @classmethod
    def _off_is_a_word(cls, value: Any) -> Any:
        # YAML 1.1 reads a bare `off` as false.
        return "off" if value is False else value

    @model_validator(mode="after")
    def _makes_sense(self) -> "TrainerConfig":
        if self.mixup and (self.metadata or self.robust.method != "none"):
            raise ValueError("mixup blends two images; it goes neither with metadata nor with a robust method, which belong to one")
        if self.initial_weights == "imagenet" and self.architecture in WITHOUT_IMAGENET:
            raise ValueError(f"there are no ImageNet weights of {self.architecture}; initial_weights is none or the path of a model.keras")
        if self.robust.method == "adversarial" and self.is_pretrained and self.body_rate == 0:
            raise ValueError(
                "an adversary changes the body, and body_rate 0 keeps it frozen; raise body_rate, or take another robust method"
            )
        if self.head == "logistic" and not self.is_pretrained:
            raise ValueError("head logistic is fitted over a pretrained body; initial_weights is imagenet or the path of a model.keras")
        if self.head == "logistic" and (self.robust.method == "group_dro" or self.mixup or self.balance == "focal" or self.label_smoothing):
            raise ValueError(
                "head logistic has the plain cross-entropy for its loss; it goes with none of robust group_dro, mixup, balance focal and "
                "label_smoothing"
            )
        if self.robust.method == "group_dro" and self.balance in ("oversample", "source_class"):
            raise ValueError(f"group_dro draws every source equally often; it does not go with balance {self.balance}, which draws as well")
        if self.task == "multilabel" and self.balance in ("oversample", "source_class"):
            raise ValueError(f"balance {self.balance} draws by class, and an image of task multilabel has any number of findings")
        if self.task == "multilabel" and self.objective != "auc":
            raise ValueError("task multilabel goes by objective auc: macro recall needs one class an image")
        if self.task == "multilabel" and self.temperature != "off":
            raise ValueError(
                "temperature divides the logits of one softmax, and task multilabel has a sigmoid for each finding; set temperature to off"
            )
        return self

    @property
    def weights_file(self) -> Path | None:
        """The model.keras that the body starts from, where it is one."""
        return Path(self.initial_weights).expanduser() if self.initial_weights not in ("none", "imagenet") else None

    @property
    def is_pretrained(self) -> bool:
        """Whether the body starts from weights that were learned elsewhere."""
        return self.initial_weights != "none"
