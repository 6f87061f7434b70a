"""Write odd file names so that they survive a terminal and a spreadsheet, and can be read back."""

import re

# A spreadsheet runs a cell that begins with one of these.
_FORMULA_STARTS = "=+-@"


def escape_name(name: str) -> str:
    r"""Write a name on one line of printable characters: a newline as \x0a, a byte that is not UTF-8 as \udce9."""
    return "".join(character if character.isprintable() and character != "\\" else _escape(character) for character in name)


def escape_cell(name: str) -> str:
    """Write a name for a csv: as escape_name, and never as a formula."""
    if name.startswith(tuple(_FORMULA_STARTS)):
        return _escape(name[0]) + escape_name(name[1:])
    return escape_name(name)


def unescape(text: str) -> str:
    """Read back what escape_name or escape_cell wrote."""
    return re.sub(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", lambda match: _character(match.group(1)), text)


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _character(escaped: str) -> str:
    return "\\" if escaped == "\\" else chr(int(escaped[1:], 16))
