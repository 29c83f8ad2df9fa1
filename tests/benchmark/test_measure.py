"""Alternating rounds, medians, floors, tables and plots of made-up sides."""

import dataclasses

from amnat.benchmark import measure, report, scaling
from amnat.benchmark.workload import Workload
from amnat.errors import InputError

import pytest
from PIL import Image

WORKLOAD = Workload(
    name="made_up",
    title="made up",
    settings={"size": 4},
    small={"size": 1},
    calls=10,
    small_calls=2,
    program=None,
    unit="images",
    units=lambda settings: settings["size"],
)


class Sides:
    """Two sides; the second is slower, and slower still in every further round."""

    torch = "python"

    def __init__(self):
        self.asked = []

    def names(self, workload):
        return ["amnat", "torch"]

    def time(self, side, workload, settings, calls):
        self.asked.append((side, settings, calls))
        rounds = sum(asked == side for asked, _, _ in self.asked)
        rate = 8.0 if side == "amnat" else 5.0 - rounds
        gpu = 2e8 if side == "torch" else None
        return {
            "rate": rate,
            "seconds_to_first": 3.0,
            "peak_bytes": 5e8,
            "gpu_peak_bytes": gpu,
        }

    def product(self, library, size, dtype, seconds):
        return {"amnat": 80.0, "torch": 96.0}[library]


@pytest.fixture
def found(monkeypatch):
    from amnat.benchmark import runs

    results = {"count": {"flops": 24}, "kernels": {"seconds": 0.5, "kernels": []}}
    monkeypatch.setattr(runs, "run_amnat", lambda request: (results[request["task"]], 0.0))
    sides = Sides()
    record = measure.measure([WORKLOAD], sides, 3, changes={"size": 2}, report=lambda line: None)
    return record, sides


def test_turns(found):
    _, sides = found
    order = ["amnat", "torch", "torch", "amnat", "amnat", "torch"]
    assert [side for side, _, _ in sides.asked] == order
    assert all(asked[1:] == ({"size": 2}, 10) for asked in sides.asked)


def test_medians_and_floor(found):
    entry = found[0]["workloads"]["made_up"]
    values = entry["sides"]["torch"]
    assert values["rates"] == [4.0, 3.0, 2.0] and values["rate"] == 3.0
    assert values["spread"] == pytest.approx(2 / 3)
    # The faster library's product, and two images in a call.
    assert entry["flops"] == 24 and entry["floor_rate"] == 96.0 / 24 * 2
    assert entry["kernel_rate"] == 2 / 0.5


def test_table(found):
    lines = report.table(found[0]).splitlines()
    assert lines[1].split() == ["made_up", "amnat", "8", "0.0%", "0.125", "1.00", "0.50"] + [
        *("1.00x", "500", "MB", "-", "3.0", "s")
    ]
    assert lines[2].split()[:1] == ["torch"] and "2.67x" in lines[2] and " 200 MB" in lines[2]


def test_a_way_of_pytorch_that_fails_is_left_out(monkeypatch):
    class Failing(Sides):
        def names(self, workload):
            return ["amnat", "torch_graphs"]

        def time(self, side, workload, settings, calls):
            if side == "torch_graphs":
                raise InputError("it needs a GPU")
            return super().time(side, workload, settings, calls)

    lines = []
    found = measure.rounds_of(WORKLOAD, Failing(), {}, 10, 2, lines.append)
    assert list(found) == ["amnat"] and len(found["amnat"]["rates"]) == 2
    assert lines[1] == "made_up: without torch_graphs: it needs a GPU" and len(lines) == 3


def test_a_gpu_changes_settings_and_calls(monkeypatch):
    workload = dataclasses.replace(WORKLOAD, gpu={"steps_per_execution": 50}, gpu_calls=20)
    assert workload.sized(False) == ({"size": 4}, 10)
    assert workload.sized(False, on_gpu=True) == ({"size": 4, "steps_per_execution": 50}, 20)
    monkeypatch.setattr(measure.gpu, "usable_gpus", lambda: ("a GPU",))
    sides, workload = Sides(), dataclasses.replace(workload, floor=None)
    measure.measure([workload], sides, 1, report=lambda line: None)
    # There are enough calls for four executions.
    assert sides.asked[0] == ("amnat", {"size": 4, "steps_per_execution": 50}, 200)


def test_the_floor_is_of_the_dtype_that_products_have():
    assert measure.floor_dtype(WORKLOAD, {}) == "float32"
    assert measure.floor_dtype(WORKLOAD, {"mixed_precision": "bfloat16"}) == "bfloat16"
    double = dataclasses.replace(WORKLOAD, floor="float64")
    assert measure.floor_dtype(double, {"mixed_precision": "bfloat16"}) == "float64"


def test_plot_and_record(found, tmp_path):
    report.plot(tmp_path / "plot.png", found[0])
    assert Image.open(tmp_path / "plot.png").width == 900
    report.write(tmp_path / "record.json", found[0])
    assert '"floor_rate": 8.0' in (tmp_path / "record.json").read_text()


def test_scaling(tmp_path):
    sides = Sides()
    record = scaling.measure(WORKLOAD, sides, 1, small=True, report=lambda line: None)
    assert [point["value"] for point in record["batch size"]] == [4, 8]
    assert record["replicas"][1] == {
        **{"value": 2, "settings": {"replicas": 2}, "seconds": 0.125, "peak_bytes": 5e8}
    }
    assert {"size": 1, "replicas": 2} in [settings for _, settings, _ in sides.asked]
    assert scaling.table(record).splitlines()[1].split() == [
        *("batch", "size", "4", "0.125", "500", "MB")
    ]
    scaling.plot(tmp_path / "plot.png", record)
    assert Image.open(tmp_path / "plot.png").size == (1200, 600)
