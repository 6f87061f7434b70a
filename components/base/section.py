"""The base class of every configuration section."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from components.base.errors import UsageError


class Section(BaseModel):
    """A frozen, typed part of the configuration that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


Kind = TypeVar("Kind", bound=Section)


def parse_section(kind: type[Kind], name: str, values: Mapping[str, Any]) -> Kind:
    """Make a section of the values that the layers of the configuration give it; the name is "" for keys above all sections.

    Raises:
      UsageError: one line that names the key and the fault.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(filter(None, [name, *(str(part) for part in fault["loc"])]))
        raise UsageError(f"configuration key {key!r}: {fault['msg'].removeprefix('Value error, ')}") from error
