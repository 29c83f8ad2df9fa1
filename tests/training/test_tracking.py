"""Weights & Biases and MLflow: what they get, how a run goes on, and what happens if they fail."""

import json
import sys
from types import ModuleType, SimpleNamespace

from amnat.errors import InputError
from amnat.training import trackers, tracking
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from PIL import Image


class Service:
    """A tracker that keeps what it gets."""

    def __init__(self, run, settings, key):
        self.key, self.settings = key or "new", settings
        self.rows, self.sheets, self.ended = [], [], None

    def log(self, iteration, values):
        self.rows.append((iteration, dict(values)))

    def log_sheet(self, iteration, path):
        self.sheets.append((iteration, path.name))

    def close(self, is_finished):
        self.ended = is_finished


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setitem(tracking.CLASSES, "wandb", Service)
    monkeypatch.setattr(tracking, "_SECONDS", 0.0)
    found = RunDirectory(tmp_path / "run")
    found.samples.mkdir(parents=True)
    return found


def write(run, iteration, score=None):
    run.append_row(run.metrics_file, {"iteration": iteration, "loss": iteration / 10})
    if score is not None:
        run.append_row(run.scores_file, {"iteration": iteration, "fid": score})
    name = f"train_{iteration // 10000:02}_{iteration % 10000:04}.png"
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(run.samples / name)


def tracked(run, start=0):
    callback = tracking.Track(10, start, run, ["wandb"], {"seed": "3"})
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.set_params({"steps": 100})
    return callback


def test_rows_and_the_newest_sheet_are_sent_once(run):
    callback = tracked(run)
    service = callback.trackers["wandb"]
    write(run, 10)
    write(run, 20, score=5.0)
    callback.on_train_batch_end(19)
    assert service.rows == [(10, {"loss": 1.0}), (20, {"loss": 2.0, "score/fid": 5.0})]
    assert service.sheets == [(20, "train_00_0020.png")]
    write(run, 30)
    callback.on_train_batch_end(29)
    assert service.rows[2:] == [(30, {"loss": 3.0})] and len(service.sheets) == 2
    callback.model.stop_training = True
    callback.on_train_end()
    assert len(service.rows) == 3 and service.ended is False
    assert service.settings == {"seed": "3"}


def test_a_resumed_run_goes_on_under_its_name(run):
    tracked(run)
    path = run.path / "tracking.json"
    assert json.loads(path.read_text()) == {"wandb": "new"}
    path.write_text('{"wandb": "abc", "mlflow": "kept"}')
    write(run, 10)
    callback = tracked(run, start=10)
    assert callback.trackers["wandb"].key == "abc"
    assert json.loads(path.read_text()) == {"wandb": "abc", "mlflow": "kept"}
    write(run, 20)
    callback.on_train_batch_end(9)
    assert [iteration for iteration, _ in callback.trackers["wandb"].rows] == [20]


def test_calls_have_a_distance(run, monkeypatch):
    callback = tracked(run)
    write(run, 10)
    callback.on_train_batch_end(9)
    monkeypatch.setattr(tracking, "_SECONDS", 1e9)
    write(run, 20)
    callback.on_train_batch_end(19)
    assert len(callback.trackers["wandb"].rows) == 1
    callback.on_train_end()
    assert len(callback.trackers["wandb"].rows) == 2 and callback.trackers["wandb"].ended


def test_a_service_that_fails_does_not_end_the_run(run, monkeypatch, capsys):
    callback = tracked(run)

    def refuse(iteration, values):
        raise ConnectionError("no route\nto it")

    callback.trackers["wandb"].log = refuse
    write(run, 10)
    callback.on_train_batch_end(9)
    assert "--track=wandb: no route to it; the run goes on" in capsys.readouterr().err
    assert not callback.trackers and "no route" in run.log_file.read_text()
    write(run, 20)
    callback.on_train_batch_end(19)
    callback.on_train_end()


def test_names(monkeypatch):
    monkeypatch.setattr(trackers.importlib.util, "find_spec", lambda name: name == "wandb" or None)
    trackers.check_trackers(["wandb"])
    for names, message in [
        (["comet"], "--track=comet: expected wandb or mlflow"),
        (["mlflow"], "--track=mlflow: it is not installed; pip install mlflow"),
        (["wandb", "wandb"], "--track=wandb,wandb: expected each name once"),
    ]:
        with pytest.raises(InputError, match=message):
            trackers.check_trackers(names)


def test_settings():
    lines = ["# python tools/am_gan.py", "--seed=3", "--raw_sheets", "--nosync_batch_norm"]
    expected = {"seed": "3", "raw_sheets": True, "sync_batch_norm": False}
    assert trackers.settings_of(lines) == expected


def test_mlflow_gets_names_that_it_takes(run, monkeypatch):
    module, got = ModuleType("mlflow"), []
    module.start_run = lambda **names: SimpleNamespace(info=SimpleNamespace(run_id="7"))
    module.log_params = got.append
    module.log_metrics = lambda values, step: got.append((step, values))
    monkeypatch.setitem(sys.modules, "mlflow", module)
    service = trackers.MLflowTracker(run, {"data": "x" * 900}, None)
    service.log(4, {"D(x)": 1.0, "score/fid": 2.0})
    assert service.key == "7" and len(got[0]["data"]) == 500
    assert got[1] == (4, {"Dx": 1.0, "score/fid": 2.0})


@pytest.mark.parametrize("name", trackers.TRACKERS)
def test_the_real_ones_without_a_network(name, tmp_path, monkeypatch):
    pytest.importorskip(name)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tracking, "_SECONDS", 0.0)
    found = RunDirectory(tmp_path / "run")
    found.samples.mkdir(parents=True)
    callback = tracking.Track(10, 0, found, [name], {"seed": "3"})
    callback.set_model(SimpleNamespace(stop_training=False))
    callback.set_params({"steps": 100})
    write(found, 10, score=5.0)
    callback.on_train_batch_end(9)
    assert callback.trackers, found.log_file.read_text()
    key = callback.trackers[name].key
    callback.on_train_end()
    assert json.loads((found.path / "tracking.json").read_text()) == {name: key}
    if name == "mlflow":
        import mlflow

        kept = mlflow.get_run(key)
        assert kept.data.metrics == {"loss": 1.0, "score/fid": 5.0}
        assert kept.data.params == {"seed": "3"} and kept.info.status == "FINISHED"
    else:
        assert list((found.path / "wandb").glob(f"offline-run-*-{key}/run-{key}.wandb"))
