"""Configuration of the evaluation by slice."""

from pydantic import Field

from components.base.section import Section


class EvaluatorConfig(Section):
    """Which slices are shown; the whole test split always is."""

    slices: tuple[tuple[str, ...], ...] = Field(
        (("source",), ("label",), ("source", "label"), ("view",)),
        description="feature names, one tuple a crossing",
    )
