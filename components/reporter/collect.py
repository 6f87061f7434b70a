"""Read every artifact folder of a run into one tree of plain values: all that a report shows."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from components.auditor.audit import Audit
from components.auditor.config import AuditorConfig
from components.evaluator.assessment import Assessment
from components.reporter.collect_augmentation import Augmentation, Variations, draw_variations, read_augmentation
from components.reporter.collect_changes import Change, read_changes
from components.reporter.collect_concepts import Concepts, read_concepts
from components.reporter.collect_data import Data, read_data
from components.reporter.collect_drift import Drift, read_drift
from components.reporter.collect_explanations import Gallery, Pictures, read_gallery
from components.reporter.collect_gate import Verdict, read_verdict
from components.reporter.collect_predictions import Answers, read_answers
from components.reporter.collect_provenance import Provenance
from components.reporter.collect_schema import (
    Anomaly,
    FeaturePair,
    FeatureStatistics,
    compare_schemas,
    read_anomalies,
    read_statistics,
)
from components.reporter.collect_training import Training, read_training
from components.reporter.collect_trials import Search, read_search
from components.reporter.confounding import Confounding, measure_confounding
from components.reporter.findings import Findings, find
from components.reporter.limits import Limit, describe_limits
from components.reporter.shortcuts import find_shortcuts


@dataclass(frozen=True)
class Folders:
    """Where the artifacts of a run lie; `tuning` is None where nothing was searched."""

    statistics: Path
    inferred_schema: Path
    curated_schema: Path
    anomalies: Path
    model_run: Path
    slices: Path
    assessment: Path
    audit: Path
    predictions: Path
    explanations: Path
    concepts: Path
    blessing: Path
    records: Path
    tuning: Path | None


@dataclass(frozen=True)
class Content:
    """All that a report shows but its pictures and its passport. The tree of fields is the tree of `report.json`."""

    phantom: bool
    findings: Findings
    verdict: Verdict
    assessment: Assessment
    changes: tuple[Change, ...]
    audit: Audit
    limits: tuple[Limit, ...]
    confounding: Confounding
    data: Data
    drift: tuple[Drift, ...]
    statistics: tuple[FeatureStatistics, ...]
    schema: tuple[FeaturePair, ...]
    anomalies: tuple[Anomaly, ...]
    augmentation: Augmentation
    training: Training
    search: Search | None
    answers: Answers
    gallery: Gallery
    concepts: Concepts
    provenance: Provenance
    digests: dict[str, str]


@dataclass(frozen=True)
class AllPictures:
    """The pictures of the page: of the gallery, of augmentation, and of concepts by their names, as data URIs."""

    gallery: Pictures
    variations: Variations
    concepts: dict[str, str]


def collect(folders: Folders, provenance: Provenance, phantom: bool, pushed_version: str = "") -> tuple[Content, AllPictures]:
    """Read the artifacts of a run.

    Args:
      folders: where they lie.
      provenance: what the artifacts do not know.
      phantom: the images are synthetic.
      pushed_version: name of the version that Pusher made; empty where nothing was pushed.
    Returns:
      The content and the pictures.
    """
    data, verdict = read_data(folders.records), read_verdict(folders.blessing, pushed_version)
    assessment, audit = Assessment.load(folders.assessment), Audit.load(folders.audit)
    confounding = measure_confounding(data)
    settings = AuditorConfig.model_validate((yaml.safe_load(provenance.configuration) or {}).get("auditor") or {})
    shortcuts = find_shortcuts(audit, settings.near)
    gallery, pictures = read_gallery(folders.explanations)
    concepts, concept_pictures = read_concepts(folders.concepts)
    content = Content(
        phantom=phantom,
        findings=find(data, assessment, verdict, confounding, shortcuts, phantom, provenance.seed),
        verdict=verdict,
        assessment=assessment,
        changes=read_changes(folders.slices),
        audit=audit,
        limits=describe_limits(data, assessment, confounding, shortcuts, provenance.openings, provenance.seed),
        confounding=confounding,
        data=data,
        drift=read_drift(folders.statistics, folders.curated_schema, data, provenance.seed),
        statistics=read_statistics(folders.statistics),
        schema=compare_schemas(folders.inferred_schema, folders.curated_schema),
        anomalies=read_anomalies(folders.anomalies),
        augmentation=read_augmentation(provenance.configuration),
        training=read_training(folders.model_run),
        search=read_search(folders.tuning),
        answers=read_answers(folders.predictions),
        gallery=gallery,
        concepts=concepts,
        provenance=provenance,
        digests=digest_evidence(folders),
    )
    return content, AllPictures(pictures, draw_variations(folders.records, provenance.configuration), concept_pictures)


def digest_evidence(folders: Folders) -> dict[str, str]:
    """Digest the files that hold the figures: name to the first 16 hex digits of their SHA-256, by which two runs are told alike."""
    files = (
        folders.predictions / "predictions.npz",
        folders.assessment / "assessment.json",
        folders.audit / "audit.json",
        folders.blessing / "gate.json",
        folders.model_run / "history.json",
    )
    return {file.name: sha256(file.read_bytes()).hexdigest()[:16] for file in files}
