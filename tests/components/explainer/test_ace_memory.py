"""The benchmark of memory measures the code that ACE runs."""

import pytest

from benchmarks import ace_memory
from components.explainer import scored_concepts


@pytest.mark.parametrize(("at_once", "shown"), [(False, ace_memory._BATCH), (True, None)])
def test_what_is_measured_is_what_ace_runs(monkeypatch, at_once, shown):
    real, calls = scored_concepts.segment_activations, []

    def recorded(view, images, segments, fill, others, config):
        calls.append((len(segments), config.batch_size, config.patches))
        return real(view, images, segments, fill, others, config)

    monkeypatch.setattr(scored_concepts, "segment_activations", recorded)
    measured = ace_memory._measured(1, 32, at_once)
    assert calls == [(measured["patches"], shown or measured["patches"], "removed")]
    assert measured["form"] == "removed"
    assert measured["peak"] > 0
