"""Configuration of the evaluation by slice."""

from pydantic import Field, field_validator

from components.base.section import Section
from schemas.features import IDENTIFIERS


class EvaluatorConfig(Section):
    """Which slices are shown; the whole test split always is."""

    slices: tuple[tuple[str, ...], ...] = Field(
        (("source",), ("label",), ("source", "label"), ("view",)),
        description="feature names, one tuple a crossing",
    )

    @field_validator("slices")
    @classmethod
    def _refuse_identifiers(cls, slices: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        for crossing in slices:
            if not crossing or len(set(crossing)) < len(crossing):
                raise ValueError(f"a slice names one feature or several different ones, not {list(crossing)}")
            if set(crossing) & set(IDENTIFIERS):
                raise ValueError(
                    f"{' and '.join(IDENTIFIERS)} tell single images and patients apart and cannot be slices: {list(crossing)}"
                )
        return slices
