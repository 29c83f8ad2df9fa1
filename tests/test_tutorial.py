"""docs/tutorial.ipynb runs from its first cell to its last, with a few iterations."""

import json
import pathlib
import subprocess
import sys

import pytest

NOTEBOOK = pathlib.Path(__file__).parent.parent / "docs" / "tutorial.ipynb"
SHORTER = {"EPOCHS, ITERATIONS = 8, 100": "EPOCHS, ITERATIONS = 2, 5", "many(2000,": "many(200,"}


@pytest.fixture(scope="module")
def cells():
    return json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def code_of(cells):
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def test_it_runs(cells, tmp_path, monkeypatch):
    text = "\n\n".join(code_of(cells))
    for long, short in SHORTER.items():
        assert text.count(long) == 1
        text = text.replace(long, short)
    (tmp_path / "tutorial.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parent.parent))
    done = subprocess.run(
        [sys.executable, "tutorial.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "1437 images of (32, 32, 1) in 10 classes" in done.stdout
    assert "inception_score" in done.stdout and "checks passed" in done.stdout
    assert (tmp_path / "export" / "1" / "saved_model.pb").is_file()


def test_its_outputs_are_those_of_the_whole_run(cells):
    """Every code cell was run, none ended in an error, and the samples are there."""
    outputs = [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]
    kinds = {output["output_type"] for found in outputs for output in found}
    assert all(outputs) and "error" not in kinds
    pictures = [o for found in outputs for o in found if "image/png" in o.get("data", {})]
    assert len(pictures) == 5
    assert NOTEBOOK.stat().st_size < 1_000_000
