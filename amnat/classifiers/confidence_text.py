"""The report on a classifier's confidence as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amnat.classifiers.confidence_report import ConfidenceReport
from amnat.metrics.confidence import THRESHOLDS
from amnat.metrics.detection import SCORE_NAMES

# The measures of the second table, and their heads.
_HEADS = {
    "auroc": "AUROC",
    "aupr_in": "AUPR in",
    "aupr_out": "AUPR out",
    "fpr95": "FPR95",
    "fpr95_out": "FPR95 out",
}


def table(report: ConfidenceReport) -> str:
    """The report as text of several lines: confidences, then each score's measures."""
    return "\n".join(
        [
            f"{report.name}: test accuracy {report.test_accuracy:.2%}",
            *_confidence_lines(report),
            *_detection_lines(report),
        ]
    )


def _confidence_lines(report: ConfidenceReport) -> Iterator[str]:
    width = max(len(label) for label in (*report.scores, "negatives"))
    names = [*(f"ncr_{t:g}" for t in THRESHOLDS), "auroc", "fpr95"]
    heads = [*(f"NCR {t:g}" for t in THRESHOLDS), "AUROC", "FPR95"]
    yield f"  {'negatives':{width}} samples" + "".join(f"{head:>9}" for head in heads)
    for label, scores in report.scores.items():
        values = "".join(f"{scores[name]:9.4f}" for name in names)
        yield f"  {label:{width}} {len(report.confidences[label]):7,}{values}"


def _detection_lines(report: ConfidenceReport) -> Iterator[str]:
    rows = dict(report.scores)
    for group, scores in report.group_scores().items():
        rows[f"mean of {group}: {', '.join(report.groups[group])}"] = scores
    width = max(len(label) for label in (*rows, "negatives"))
    heads = "".join(f"{head:>10}" for head in _HEADS.values())
    yield f"  {'negatives':{width}} {'score':10}{heads}"
    for label, scores in rows.items():
        for score in SCORE_NAMES:
            values = "".join(f"{value:10.4f}" for value in _values(scores, score))
            yield f"  {label:{width}} {score:10}{values}"


def _values(scores: dict[str, float], score: str) -> Sequence[float]:
    prefix = "" if score == SCORE_NAMES[0] else f"{score}_"
    return [scores[f"{prefix}{measure}"] for measure in _HEADS]
