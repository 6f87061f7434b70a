"""The network: data in memory, architectures, training and export."""

from schemas import environment as environment
