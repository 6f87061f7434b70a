"""Put generated text between markers of a page that people write."""

from pathlib import Path

from components.base.errors import UsageError
from components.ingest.atomic_file import write_atomically

END = "<!-- end -->"


def update_page(path: Path, bodies: dict[str, str]) -> bool:
    """Replace what stands between the markers of each experiment.

    Args:
      path: a Markdown file.
      bodies: experiment to its new text.
    Returns:
      Whether the file changed; where it did not it is not written.
    Raises:
      UsageError: there is no such file, or it lacks a pair of markers.
    """
    try:
        old = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; make it, with a line {marker('EXPERIMENT')} and a line {END}") from error
    new = old
    for experiment, body in bodies.items():
        try:
            new = replace_marked(new, experiment, body)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error
    if new != old:
        write_atomically(path, new)
    return new != old


def replace_marked(text: str, experiment: str, body: str) -> str:
    """Replace what stands between `<!-- results: EXPERIMENT -->` and the next `<!-- end -->`; the markers stay.

    Raises:
      UsageError: there is no such pair, or two.
    """
    start = marker(experiment)
    if text.count(start) != 1:
        raise UsageError(
            f"there {'is no line' if start not in text else 'are several lines'} {start}; there must be one, and {END} after it"
        )
    before, after = text.split(start)
    old, end, rest = after.partition(END)
    if not end or "<!-- results:" in old:
        raise UsageError(f"{start} has no {END} after it")
    return f"{before}{start}\n\n{body.strip()}\n\n{END}{rest}"


def marker(experiment: str) -> str:
    """Write the line above an experiment's results."""
    return f"<!-- results: {experiment} -->"
