"""Readers of data sets: each module exports `read(root, columns)`, an iterator of components.ingest.records.Record."""

from schemas import environment as environment
