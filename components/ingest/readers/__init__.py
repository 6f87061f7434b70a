"""Readers of data sets: each module exports `read(root, columns, *, option=...)`, an iterator of components.ingest.records.Record."""

from schemas import environment as environment
