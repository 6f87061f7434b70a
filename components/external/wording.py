"""What the page of an external validation calls the images that it judges a model on."""

from typing import Final

from components.reporter.wording import Wording

SCORED: Final = Wording(
    image="scored image",
    all="the scored images",
    whole="all scored images",
    on_whole="all scored images",
    counted="the scored ones alone",
    source_rule="the best of all rules that know an image's source and see no pixel",
)
