"""What a page calls the images that a model is judged on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The words of one kind of page.

    Attributes:
      image: one of the images.
      all: the images together, inside a sentence.
      whole: the slice of all of them.
      on_whole: the same, as in "by class, on ...".
      counted: which images a table of sources and classes counts.
      source_rule: the rule that answers by the source alone.
    """

    image: str
    all: str
    whole: str
    on_whole: str
    counted: str
    source_rule: str


TEST = Wording(
    image="test image",
    all="the test split",
    whole="whole test split",
    on_whole="the whole test split",
    counted="all splits",
    source_rule="a rule that knows an image's source and sees no pixel",
)
