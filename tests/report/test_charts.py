"""Which curves share a chart, and means over seeds."""

import json

from amnat.report import charts, plots
from amnat.report.charts import (
    Chart,
    Curve,
    charts_of_groups,
    charts_of_run,
    mean_curve,
    panels,
    thinned,
)
from amnat.report.run_reader import read_runs
from amnat.report.still_plots import still
from amnat.report.tables import NumberTable

import folders
import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("unasked")


def test_panels():
    names = ["loss_dis", "loss_dis_std", "loss_gen", "logit_real_r2", "klr", "accuracy_real"]
    table = NumberTable("metrics_2", "iteration", np.arange(2.0), dict.fromkeys(names, np.ones(2)))
    found = {title: chosen for title, _, chosen in panels(table)}
    assert found["Losses, part 2"] == ["loss_dis", "loss_gen"]
    assert found["klr, part 2"] == ["klr"]
    shown = [name for chosen in found.values() for name in chosen]
    assert sorted(shown) == sorted(set(names) - {"loss_dis_std"})


def test_long_curves_are_thinned():
    curve = thinned(Curve("a", np.arange(5001.0), np.arange(5001.0), np.ones(5001)), 100)
    assert len(curve.x) == len(curve.spread) == 100 and curve.x[-1] == 5000


def test_mean_over_seeds_where_all_have_a_point():
    one = Curve("a", np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))
    other = Curve("b", np.array([2.0, 3, 4]), np.array([4.0, 3, 9]))
    mean = mean_curve("group", 0, [one, other])
    assert mean.x.tolist() == [2, 3] and mean.y.tolist() == [3, 3]
    assert mean.spread == pytest.approx([2**0.5, 0]) and mean.label == "group, mean of 2"


def test_charts_of_a_run_and_of_groups(tmp_path):
    for seed in (0, 1):
        folders.write_run(tmp_path / f"run{seed}", seed, shift=seed)
    runs = read_runs([tmp_path / "run0", tmp_path / "run1"])
    own = charts_of_run(runs[0])
    assert [chart.title for chart in own] == [
        *("Losses", "klr", "Inception score (higher is better)", "AM score (lower is better)"),
        *("Time", "Memory"),
    ]
    assert own[0].curves[0].spread.tolist() == [0.1] * 3 and own[0].band
    assert own[2].levels == (("real data", 9.9),)
    grouped, notes = charts_of_groups({"both": runs})
    assert notes == []
    assert grouped[0].levels and [curve.faint for curve in grouped[0].curves] == [True, True, False]
    assert grouped[0].curves[-1].y.tolist() == [2.5, 4.5, 3.5]


def test_many_runs_have_means_only(tmp_path, monkeypatch):
    for seed in (0, 1):
        folders.write_run(tmp_path / f"run{seed}", seed)
    runs = read_runs([tmp_path / "run0", tmp_path / "run1"])
    monkeypatch.setattr(charts, "MOST_CURVES", 4)
    found, notes = charts_of_groups({"both": runs})
    assert [len(chart.curves) for chart in found] == [1] * 4 and found[0].levels
    assert notes[0].startswith("The charts show means only") and notes[1].endswith("out: klr.")


def test_the_paper_is_a_level_only_by_its_own_judge(tmp_path):
    command = "--flagfile=flags/am_gan_reproduce_cifar10.flags"
    folders.write_run(tmp_path / "own", command=command)
    judge = {"score_classifier": "inception=FILE"}
    folders.write_run(tmp_path / "published", command=command, flags=judge)
    own, published = read_runs([tmp_path / "own", tmp_path / "published"])
    assert own.paper == published.paper == {"inception_score": 8.83}
    assert [label for label, _ in charts_of_run(own)[2].levels] == ["real data"]
    assert ("the paper", 8.83) in charts_of_run(published)[2].levels


def test_a_chart_as_json_and_as_a_picture():
    x = np.arange(1.0, 4)
    curves = Curve("up", x, x, 0.1 * x), Curve("nan", x, x * np.nan)
    chart = Chart("a", "iteration", "loss", curves)
    text = json.dumps(plots.chart_item(chart))
    assert text.count('"LogAxis"') == 1 and '"up"' in text
    picture = still([chart])
    assert picture.uri.startswith("data:image/png;base64,") and picture.width > 400
    negative = Chart("b", "iteration", "loss", (Curve("down", x, -x),))
    assert "LogAxis" not in json.dumps(plots.chart_item(negative))
