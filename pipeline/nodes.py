"""The ids of the nodes, in the order of the data; kept apart from the wiring, which is slow to import."""

NODES = (
    "import_example_gen",
    "statistics_gen",
    "schema_gen",
    "curated_schema",
    "example_validator",
    "data_gate",
    "transform",
    "tuning",
    "trainer",
    "baseline",
    "evaluator",
    "slices",
    "predictions",
    "assessor",
    "auditor",
    "gate",
    "explainer",
    "pusher",
    "reporter",
)
