"""What untrained networks say of the concepts of a trained one, in words."""

from typing import Any

from components.reporter import formats


def say_untrained(study: dict[str, Any]) -> str:
    """Say why a small q shows nothing that was learned, and what a verdict asks for instead.

    Args:
      study: of one class in concepts.json.
    """
    score = "the class score less the mean of the others" if study["against"] == "others" else "the class score alone"
    said = [f"Explained is {score}, before the softmax, by both methods."]
    found = f"{study['significant']} of {formats.plural(len(study['concepts']), 'concept')} here have q of at most 0.05"
    networks = study["randomisation"]["concepts"]
    counts = [each for each in networks if each is not None]
    if counts:
        random = ", ".join(f"{each['significant']} of {each['concepts']}" for each in counts)
        of_random = f"{random} in {formats.plural(len(counts), 'network')} with all layers random"
        if len(counts) < len(networks):
            of_random += f", without {formats.plural(len(networks) - len(counts), 'network')} whose numbers overflow"
        said.append(f"Segments of a concept are alike by construction, so that q alone shows nothing learned: {found}, and {of_random}.")
    else:
        said.append(f"Segments of a concept are alike by construction, so that q alone shows nothing learned: {found}.")
    strongest = study["untrained"]
    if not strongest:
        why = "so that a verdict does not even tell the network from one before its training"
        return " ".join([*said, f"No untrained network was asked (explainer.ace.untrained), {why}."])
    known = [each for each in strongest if each is not None]
    if not known:
        why = f"the numbers of {len(strongest)} of {formats.plural(len(strongest), 'untrained network')} overflow"
        return " ".join([*said, f"What a verdict asks an effect to exceed could not be measured: {why}. So no concept has one."])
    untrained = formats.plural(len(known), "untrained network")
    if len(known) < len(strongest):
        untrained += f", without {formats.plural(len(strongest) - len(known), 'network')} whose numbers overflow"
    said.append(
        f"A verdict for or against the class also asks for an effect beyond {formats.plain(max(known))}, the strongest of any concept "
        f"of {untrained}. One more untrained network would have such a concept by chance in 1 of {len(known) + 1} cases. "
        "It is a bound for networks before their training, not for those that were fitted to what does not hold."
    )
    return " ".join(said)
