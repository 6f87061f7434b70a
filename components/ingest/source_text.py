"""The words in which a user names a data source: DIR, READER=DIR or READER,OPTION=VALUE=DIR."""

import re
from typing import Any

_NAMED = re.compile(r"(?P<reader>[A-Za-z_][A-Za-z0-9_]*)(?P<options>(?:,[a-z_]+=[^,=]*)*)=(?P<root>.*)", re.DOTALL)


def parse_source(text: str) -> dict[str, Any]:
    """Read one --data text as an item of the configuration's data.sources.

    Args:
      text: a bare DIR is read by the manifest reader; `covidx=DIR` by that reader; `covidx,version=9A=DIR` with an option.
    """
    named = _NAMED.fullmatch(text)
    if not named:
        return {"reader": "manifest", "root": text}
    options = dict(part.split("=", 1) for part in named["options"].split(",")[1:])
    return {"reader": named["reader"], "root": named["root"], "options": options}
