"""Rows of a sweep that train classifiers: their results, table and curves."""

import json

from amnat.classifiers.confidence_report import ConfidenceReport, write_reports
from amnat.metrics.confidence import negative_scores
from amnat.metrics.detection import (
    GRID,
    SCORE_NAMES,
    detection_measures,
    detection_scores,
    roc_curve_at,
)
from amnat.sweep import classifier_rows

import numpy as np
import pytest
from PIL import Image


def report(name, shift, seed=0):
    """A report on logits, where those of the two sets of negatives are lower."""
    rng = np.random.default_rng(seed)
    logits = {"test images": rng.normal(0, 3, (40, 3)) + [shift, 0, 0]}
    logits |= {label: rng.normal(0, 1, (30, 3)) for label in ("a", "b")}
    found = {label: detection_scores(each) for label, each in logits.items()}
    scores, curves = {}, {}
    for label in ("a", "b"):
        scores[label] = negative_scores(found["test images"]["msp"], found[label]["msp"])
        for score in SCORE_NAMES:
            pair = found["test images"][score], found[label][score]
            prefix = "" if score == "msp" else f"{score}_"
            scores[label] |= {f"{prefix}{k}": v for k, v in detection_measures(*pair).items()}
            curves.setdefault(label, {})[score] = roc_curve_at(*pair)
    confidences = {label: each["msp"] for label, each in found.items()}
    return ConfidenceReport(name, 0.5 + seed / 10, confidences, scores, curves, {"far": ["a", "b"]})


@pytest.fixture
def folders(tmp_path):
    """Jobs' folders: two rows with two seeds each; the second row's classifier is surer."""
    rows = {}
    for row, shift in (("baseline", 0), ("nat", 6)):
        for seed in (0, 1):
            folder = tmp_path / row / f"seed{seed}"
            (folder / "run").mkdir(parents=True)
            names = [folder / "run" / name for name in ("confidence.json", "a.csv", "roc.csv")]
            # The second report is that of --compare_to, which is not the row's.
            write_reports([report("run", shift, seed), report("other", 9)], {}, *names)
            rows.setdefault(row, []).append(folder)
    return rows


def test_results(folders, tmp_path):
    found = classifier_rows.results(folders["nat"][1])
    assert list(found) == ["a", "b", "mean of far"]
    expected = report("run", 6, 1)
    assert found["a"]["energy_auroc"] == pytest.approx(expected.scores["a"]["energy_auroc"])
    assert found["mean of far"]["fpr95"] == pytest.approx(expected.group_scores()["far"]["fpr95"])
    assert found["b"]["test_accuracy"] == 0.6
    assert set(found["a"]) == set(classifier_rows.DIRECTIONS)
    assert classifier_rows.results(tmp_path / "none") is None


def test_the_table(folders):
    rows = {row: [classifier_rows.results(f) for f in each] for row, each in folders.items()}
    text = classifier_rows.markdown(["test_accuracy", "auroc", "fpr95"], rows)
    head, _, *lines = text.splitlines()
    assert head == "| negatives | run | seeds | test_accuracy ↑ | auroc ↑ | fpr95 ↓ |"
    assert len(lines) == 6
    values = [each["a"]["auroc"] for each in rows["nat"]]
    assert lines[1].startswith("| a | nat | 2 | 0.5500 ± 0.071 | ")
    assert f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.2g}" in lines[1]
    assert lines[4].startswith("| mean of far | baseline | 2 |")


def test_a_row_without_runs_is_left_out(folders):
    rows = {"nat": [classifier_rows.results(folders["nat"][0])], "baseline": []}
    lines = classifier_rows.markdown(["auroc"], rows).splitlines()
    assert len(lines) == 5 and all("baseline" not in line for line in lines)


def test_the_curves(folders, tmp_path):
    path = classifier_rows.save_curves(tmp_path / "roc.png", folders)
    assert Image.open(path).size == (400 * len(SCORE_NAMES), 350 * 2)
    found = {
        (negatives, score): points
        for negatives, score, points in classifier_rows._curves_of(folders["nat"][0])
    }
    assert set(found) == {(each, score) for each in "ab" for score in SCORE_NAMES}
    expected = report("run", 6).curves["a"]["energy"]
    np.testing.assert_allclose(found["a", "energy"][:, 1], expected, atol=1e-6)
    np.testing.assert_allclose(found["a", "energy"][:, 0], GRID, atol=1e-6)
    assert classifier_rows.save_curves(tmp_path / "none.png", {"a": [tmp_path / "none"]}) is None
    assert not (tmp_path / "none.png").exists()


def test_a_row_has_one_colour(folders, tmp_path, monkeypatch):
    """Also in a panel that the row before it has no curve in."""
    path = folders["baseline"][0] / "run" / "roc.csv"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("run,b,")]
    path.write_text("\n".join(kept) + "\n")
    found = []

    def draw(axes, rows, colors):
        found.append({row: colors[row] for row in rows})

    monkeypatch.setattr(classifier_rows, "_draw", draw)
    rows = {row: each[:1] for row, each in folders.items()}
    classifier_rows.save_curves(tmp_path / "roc.png", rows)
    assert found == [{"baseline": "C0", "nat": "C1"}] * 4 + [{"nat": "C1"}] * 4


def test_records_are_json(folders):
    record = json.loads((folders["nat"][0] / "run" / "confidence.json").read_text())
    assert record["classifiers"][0]["groups"]["far"]["sets"] == ["a", "b"]
