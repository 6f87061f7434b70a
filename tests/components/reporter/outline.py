"""Read a page as a browser would, and the numbers of its JSON."""

import re
from html.parser import HTMLParser

from components.reporter import formats

VOID = {"meta", "link", "img"}
NUMBER = r"[+-]?\d[\d,.]*(?<=\d)(?:e-?\d+)?(?: %)?"


class Outline(HTMLParser):
    """Checks that elements nest, and gathers ids, addresses, images, tags and text by element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.feed(page.replace("<wbr>", ""))
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.addresses += [named[key] for key in ("src", "href", "xlink:href", "srcset", "action") if key in named]
        self.images += [named] if tag == "img" or named.get("role") == "img" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()} closes another element"

    def handle_data(self, text: str) -> None:
        if text.strip():
            self.text.append((self.open[-1] if self.open else "", text.strip()))

    def visible(self) -> str:
        return " ".join(text for tag, text in self.text if tag not in ("style", "script", "title"))


def numbers_in(tree: object):
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from numbers_in(value)
            yield from [int(key)] if str(key).isdigit() else []
    elif isinstance(tree, list):
        for value in tree:
            yield from numbers_in(value)
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield tree


def as_written(value: float) -> set[str]:
    """The ways in which every page may write a number of its JSON."""
    ways = {formats.score(value), formats.percent(value), formats.plain(value), formats.threshold(value)}
    ways |= set(re.findall(NUMBER, formats.uncertain(value)))
    return ways | ({formats.count(value)} if isinstance(value, int) else set())


def numbers_in_cells(page: str) -> set[str]:
    """The numbers as written, with their percent sign, in the tables' cells of numbers and the lists of figures."""
    cells = re.findall(r'<td class="number[^>]*>(.*?)</td>|<dd[^>]*>(.*?)</dd>', page, re.S)
    return {text for cell in cells for text in re.findall(NUMBER, re.sub(r"<[^>]*>", " ", "".join(cell)))}
