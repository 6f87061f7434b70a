"""What every component shares: errors, configuration sections, artifacts, progress, code digests."""

from schemas import environment as environment
