"""The pages of comparisons with originals."""

import json

from amnat.compat import comparison, comparison_report
from amnat.compat.equality import ConfigurationResult
from amnat.report.comparison_page import comparison_page
from amnat.report.sources import read_comparison

import pytest

ABOUT = {"original": "https://example.org/some-gan at commit 123", "checkout": "here"}


def row(iteration, relative=1e-6, verdict=comparison.PASS, cancelled=False):
    name = f"variables/{iteration}/generator/w"
    group = f"variables after {iteration}"
    numbers = (1e-6, relative, 1e-12, 2e-6, 3e-6, comparison.TRACE)
    return comparison.Row(name, group, *numbers, cancelled, verdict)


def result(name, rows, unmatched=()):
    drawn = comparison.DistributionRow("initial/b", float("nan"), 6, (0.0, 0.0), comparison.PASS)
    found = ConfigurationResult(name, "a <title>", {"a": 1}, {}, rows, [drawn], list(unmatched), [])
    return found


@pytest.fixture
def page_of(tmp_path):
    """A function that writes a record and reads it again; returns its page."""

    def page(record):
        path = tmp_path / "a.json"
        path.write_text(json.dumps(record))
        return comparison_page(read_comparison(str(path)))

    return page


def test_a_comparison_that_passes(page_of):
    results = [result("first", [row(1), row(20, 5e-7)])]
    page = page_of(comparison_report.record_of(ABOUT, results))
    assert "All 1 configurations pass; 0 tensors were judged in float64." in page
    assert "<title>amnat compared with some-gan</title>" in page and "a &lt;title&gt;" in page
    assert "data:image/png;base64," in page and "bound of float32" in page
    assert "default-src 'none'" in page and "<script src" not in page and "<a href" not in page
    # The cells of the table on the screen.
    assert "5.0e-07" in page


def test_a_comparison_that_fails(page_of):
    bad = row(1, float("nan"), comparison.FAIL)
    results = [result("first", [row(1)]), result("second", [bad, row(5, cancelled=True)], ["w"])]
    page = page_of(comparison_report.record_of(ABOUT, results))
    assert "Out of tolerance: second." in page and "Only on one side: w." in page
    assert 'class="failed"' in page and "not finite" in page


def test_a_record_of_an_earlier_version_has_no_summary(page_of):
    record = comparison_report.record_of(ABOUT, [result("first", [row(1)])])
    del record["summary"]
    assert "All 1 configurations pass" in page_of(record)


def test_speed(page_of):
    sides = {
        side: {
            "onednn": True,
            "iterations_per_second": [rate, rate],
            "seconds_to_first": [3.0, 4.0],
            "median_iterations_per_second": rate,
            "median_seconds_to_first": 3.5,
        }
        for side, rate in (("original", 2.0), ("amnat", 5.0))
    }
    record = ABOUT | {"configuration": "AM-GAN", "settings": {"a": 1}, "sides": sides}
    page = page_of(record | {"iterations": 5})
    assert "amnat is 2.50 times as fast (AM-GAN)." in page and "Settings: --a=1." in page


def test_scores(page_of):
    scores = {
        "original": [{"inception_score": 8.0}, {"inception_score": 9.0}],
        "amnat": [{"inception_score": 8.5}, {"inception_score": 8.5}],
    }
    record = ABOUT | {"configuration": "AM-GAN", "settings": {}, "iterations": 200}
    record |= {"dataset": "digits", "num_samples": 2000, "real": {"inception_score": 9.9}}
    page = page_of(record | {"scores": scores})
    assert "8.5 ± 0.71" in page and "9.9" in page and "those of the original" in page
