"""Verdicts and tables of a comparison, on traces made by hand."""

import json
import math

from amnat.compat import comparison, comparison_report
from amnat.compat.equality import ConfigurationResult

import numpy as np
import pytest

KEYS = [(side, dtype) for side in ("original", "amnat") for dtype in ("float32", "float64")]


def row_of(name, changes=None, cancelled=(), base=(1.0, -2.0), others=None):
    """The row of one tensor whose values differ by `changes`, {(side, dtype): difference}."""
    changes = changes or {}
    traces = {key: {name: np.array(base) + changes.get(key, 0.0)} for key in KEYS}
    for key in KEYS:
        traces[key] |= others or {}
    rows, unmatched = comparison.compare(traces, cancelled)
    assert not unmatched
    return next(row for row in rows if row.name == name)


def test_differences_are_relative_to_the_largest_entry():
    row = row_of("outputs/1/d0/logits", {("amnat", "float32"): [1e-5, 0.0]})
    assert row.verdict == comparison.PASS
    assert row.absolute == pytest.approx(1e-5) and row.relative == pytest.approx(5e-6)


def test_bounds_differ_between_one_pass_and_a_trace():
    beyond = {("amnat", "float32"): 1e-4}
    assert row_of("gradients/d0/generator/a/w", beyond).verdict == comparison.FAIL
    assert row_of("variables/20/generator/a/w", beyond).verdict == comparison.PASS
    assert row_of("losses/1/total", beyond).verdict == comparison.FAIL
    assert row_of("losses/20/total", beyond).verdict == comparison.PASS


def test_first_variables_belong_to_one_pass():
    assert comparison.group_of("variables/0/generator/a/g") == "initialisation"
    beyond = {("amnat", "float32"): 1e-4}
    assert row_of("variables/0/generator/a/g", beyond).verdict == comparison.FAIL


def test_what_exceeds_the_bound_is_judged_in_float64():
    name = "variables/20/generator/a/w"
    rounding = {("amnat", "float32"): 1e-2, ("original", "float32"): -4e-3}
    row = row_of(name, rounding)
    assert row.verdict == comparison.JUDGED
    assert row.own == pytest.approx(2e-3, rel=1e-2)
    assert row.own_amnat == pytest.approx(5e-3, rel=1e-2)
    wrong = rounding | {("amnat", "float64"): 1e-4}
    assert row_of(name, wrong).verdict == comparison.FAIL


@pytest.mark.parametrize("name", ["gradients/d0/generator/a/g", "variables/1/generator/a/g"])
def test_rounding_up_to_the_first_update_is_like_the_originals(name):
    rounding = {("amnat", "float32"): 1e-2, ("original", "float32"): -4e-3}
    assert row_of(name, rounding).verdict == comparison.JUDGED
    assert row_of(name, {("amnat", "float32"): 1e-2}).verdict == comparison.FAIL


def test_float64_has_to_agree_even_where_float32_does():
    only_64 = {("amnat", "float64"): 1e-7}
    assert row_of("gradients/d0/generator/a/w", only_64).verdict == comparison.FAIL


def test_a_cancelled_gradient_is_compared_with_its_update():
    name = "gradients/d0/discriminator/conv/b"
    others = {"gradients/d0/discriminator/conv/w": np.array([0.5])}
    noise = {("amnat", "float32"): 1e-6, ("original", "float32"): -1e-6}
    arguments = {"base": (0.0,), "others": others}
    row = row_of(name, noise, ["discriminator/conv/b"], **arguments)
    assert row.cancelled and row.relative == pytest.approx(4e-6)
    assert row_of(name, noise, [], **arguments).relative == pytest.approx(2.0)


def test_a_loss_that_is_a_difference_of_nearly_equal_probabilities():
    rounding, base = {("amnat", "float32"): 5e-6}, (1e-3,)
    row = row_of("losses/1/distance", rounding, ["distance"], base)
    assert row.cancelled and row.verdict == comparison.JUDGED
    assert row_of("losses/1/total", rounding, ["distance"], base).verdict == comparison.FAIL
    large = {("amnat", "float32"): 2e-5}
    assert row_of("losses/1/distance", large, ["distance"], base).verdict == comparison.FAIL
    wrong = rounding | {("amnat", "float64"): 1e-8}
    assert row_of("losses/1/distance", wrong, ["distance"], base).verdict == comparison.FAIL


def test_not_finite_is_out_of_tolerance():
    row = row_of("losses/20/total", {("amnat", "float32"): math.nan})
    assert row.verdict == comparison.FAIL and row.relative == math.inf


def test_names_of_one_side_and_other_shapes():
    traces = {key: {"outputs/1/a": np.zeros(2)} for key in KEYS}
    traces["amnat", "float32"] = {"outputs/1/a": np.zeros(3), "outputs/1/b": np.zeros(1)}
    rows, unmatched = comparison.compare(traces, [])
    assert unmatched == ["outputs/1/b"] and rows[0].verdict == comparison.FAIL


def test_distributions():
    random = np.random.RandomState(0)
    theirs = {"initial/w": random.uniform(-1, 1, (4, 4000)), "initial/b": np.zeros((4, 3))}
    ours = {"initial/w": random.uniform(-1, 1, (4, 4000)), "initial/b": np.zeros((4, 3))}
    rows, unmatched = comparison.compare_distributions(theirs, ours)
    assert not unmatched and [row.verdict for row in rows] == [comparison.PASS] * 2
    # A normal distribution of the same standard deviation, and another constant.
    ours = {"initial/w": random.normal(0, 3**-0.5, (4, 4000)), "initial/b": np.ones((4, 3))}
    rows, _ = comparison.compare_distributions(theirs, ours)
    assert [row.verdict for row in rows] == [comparison.FAIL] * 2


def result_of(name, rows, unmatched=()):
    distributions, _ = comparison.compare_distributions(
        {"initial/b": np.zeros((2, 3))}, {"initial/b": np.zeros((2, 3))}
    )
    return ConfigurationResult(name, "a <title>", {"a": 1}, {}, rows, distributions, unmatched, [])


def test_reports(tmp_path):
    good = row_of("variables/20/generator/a/w", {("amnat", "float32"): 1e-6})
    bad = row_of("losses/1/total", {("amnat", "float32"): math.nan})
    results = [result_of("first", [good]), result_of("second", [good, bad])]
    assert [result.passed for result in results] == [True, False]
    lines = comparison_report.screen_table(results).splitlines()
    assert "5.0e-07" in lines[1] and lines[1].endswith("pass")
    assert "1 FAIL" in lines[2] and lines[2].endswith("FAIL")
    assert [line.split(":")[0] for line in comparison_report.named(results, comparison.FAIL)] == [
        "second"
    ]
    about = {"original": "https://example.org/a"}
    comparison_report.write_json(tmp_path / "a.json", about, results)
    record = json.loads((tmp_path / "a.json").read_text())
    assert record["configurations"][1]["rows"][1]["relative"] is None


def test_one_sided_names_fail():
    good = row_of("variables/20/generator/a/w")
    assert not result_of("one", [good], ["losses/1/klr"]).passed
