"""Bounds of made-up peaks."""

from amnat.benchmark import roofline

import pytest

MADE_UP = roofline.Accelerator("made up", {"float32": 100.0, "bfloat16": 400.0}, 80.0)
OPERATIONS = [["Conv2D", 1000, 10], ["MatMul", 10, 200], ["Add", 0, 40]]


def test_bounds():
    # Bound by arithmetic, by memory, and by memory again.
    assert roofline.bounds(OPERATIONS, MADE_UP, "float32") == (20.0, 22.0)
    assert roofline.bounds(OPERATIONS, MADE_UP, "bfloat16") == (2.5 + 5.0, 8.5)


def test_table(monkeypatch):
    monkeypatch.setattr(roofline, "ACCELERATORS", (MADE_UP,))
    table = roofline.table({"one": {"flops": 1010, "operations": OPERATIONS}})
    assert table.startswith("Computed from published peaks, not measured")
    line = table.splitlines()[3]
    assert line.split()[:2] == ["one", "1.01e-06"] and line.split()[-2:] == ["0.05/s", "0.04545/s"]


@pytest.mark.parametrize("accelerator", roofline.ACCELERATORS)
def test_sixteen_bits_are_never_slower(accelerator):
    whole, half = (
        roofline.bounds(OPERATIONS, accelerator, name) for name in ("float32", "bfloat16")
    )
    assert half[0] < whole[0] and half[1] < whole[1]
