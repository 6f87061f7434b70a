"""The TFX artifact types of our own components."""

from tfx.types.artifact import Artifact


class DataApproval(Artifact):
    """`approval.json`: the anomaly gate found the data fit to train on."""

    TYPE_NAME = "cxr.DataApproval"


class Predictions(Artifact):
    """`predictions.npz`: see components.predictions.table."""

    TYPE_NAME = "cxr.Predictions"


class SliceMetrics(Artifact):
    """`slices.json`: see components.evaluator.slices."""

    TYPE_NAME = "cxr.SliceMetrics"


class Assessment(Artifact):
    """`assessment.json`: see components.evaluator.assessment."""

    TYPE_NAME = "cxr.Assessment"


class Explanations(Artifact):
    """`explanations.json`, overlays as PNG and maps as .npz: see components.explainer.explanations."""

    TYPE_NAME = "cxr.Explanations"


class Concepts(Artifact):
    """`concepts.json`, examples as PNG and maps as .npz: see components.explainer.concept_study."""

    TYPE_NAME = "cxr.Concepts"


class Audit(Artifact):
    """`audit.json`: see components.auditor.audit."""

    TYPE_NAME = "cxr.Audit"


class Report(Artifact):
    """`report.html` and `report.json`."""

    TYPE_NAME = "cxr.Report"
