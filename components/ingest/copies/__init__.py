"""Find copies of one radiograph: cropped, shrunk, re-encoded, re-exposed, turned or framed; no pixels are kept."""

from schemas import environment as environment
