"""The sources that a model was made with, as far as they are known where it is judged."""

from dataclasses import dataclass

from components.external.own_run import OwnRun
from components.phantom.roster import SITES
from components.trainer.training_data import TrainingData


@dataclass(frozen=True)
class MadeWith:
    """The sources of a model's own data.

    Attributes:
      sources: all of them; None where they are not known.
      phantom: those that are sites of the built-in phantom. A copied model tells these too.
    """

    sources: tuple[str, ...] | None
    phantom: tuple[str, ...]


def find_sources(facts: TrainingData, own: OwnRun | None) -> MadeWith:
    """Find the sources of a model's data: those of its run, else those that its digests confirm.

    Args:
      facts: what travels with the model.
      own: its run; None where that is not known.
    """
    sources = own.sources if own is not None else None
    phantom = tuple(site for site in SITES if facts.holds_source(site) or site in (sources or ()))
    if sources is None and facts.fingerprints != "none" and phantom and len(phantom) == len(facts.source_digests or ()):
        # There is a digest of every source, and each is one of these.
        sources = phantom
    return MadeWith(sources, phantom)
