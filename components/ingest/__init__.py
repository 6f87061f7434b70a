"""Convert image files to sharded TFRecords: read, decode, deidentify, find copies, split, write."""

from schemas import environment as environment
