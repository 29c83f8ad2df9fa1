"""What --speed makes of the times that the sides note; the sides are stood in for."""

import json
import types

from amnat.compat import originals, speed

import pytest

ORIGINAL = originals.module("am_gan").ORIGINAL
SECONDS = {"original": [4.0, 5.0, 3.0], "amnat": [2.0, 1.0, 0.5]}


@pytest.fixture
def sides(monkeypatch):
    """Replaces the processes; receives (side, job, onednn) of each, in their order."""
    started = []

    def run_side(side, original, folder, jobs, scratch, onednn):
        number = sum(each == side for each, *_ in started)
        started.append((side, jobs[0], onednn))
        seconds = SECONDS[side][number]
        # The first iteration, ten times as slow, is not part of the rate.
        times = [[100.0, 0], [100.0 + 10 * seconds, 1], [100.0 + 12 * seconds, 3]]
        return types.SimpleNamespace(started=90.0), [{"times": times}]

    monkeypatch.setattr(speed, "run_side", run_side)
    return started


def measured(rounds=3, settings=None):
    onednn = {"original": False, "amnat": True}
    return speed.measure(ORIGINAL, "folder", settings or {}, rounds, 3, onednn)


def test_medians_of_alternating_rounds(sides, capsys):
    report = measured()
    assert [side for side, *_ in sides] == ["original", "amnat", "amnat", "original"] + [
        "original",
        "amnat",
    ]
    assert [onednn for *_, onednn in sides][:2] == [False, True]
    found = report["sides"]
    assert found["original"]["median_iterations_per_second"] == pytest.approx(1 / 4.0)
    assert found["amnat"]["median_iterations_per_second"] == pytest.approx(1.0)
    assert found["amnat"]["median_seconds_to_first"] == pytest.approx(20.0)
    assert "round 3 of 3" in capsys.readouterr().out


def test_the_table(sides):
    lines = speed.table(measured()).splitlines()
    assert lines[1].split() == ["original", "off", "0.25", "4", "50.0", "s"]
    assert lines[2].split() == ["amnat", "on", "1", "1", "20.0", "s"]
    assert lines[3].startswith("amnat is 4.00 times as fast (AM-GAN")
    assert lines[3].endswith("; the original's settings)")


def test_the_originals_width_unless_told_otherwise(sides, tmp_path):
    assert measured(1)["settings"] == {}
    report = measured(1, {"iFilterDimsG": "4"})
    assert report["settings"] == {"iFilterDimsG": 4}
    assert sides[-1][1]["configuration"].settings == {"iFilterDimsG": 4}
    speed.write(tmp_path / "speed.json", report)
    assert json.loads((tmp_path / "speed.json").read_text()) == report
