"""Services that keep runs: Weights & Biases and MLflow (--track).

This module loads neither them nor TensorFlow until a tracker is made.
"""

from __future__ import annotations

import importlib.util
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from amnat.errors import InputError
from amnat.training.run_directory import RunDirectory

from absl import flags

FLAGS = flags.FLAGS

TRACKERS = ("wandb", "mlflow")
# Of a name's characters, those that MLflow takes.
_PLAIN = str.maketrans("", "", "[]{}()*+,;:=!?'\"<>|&%$#@^~`\\")


def check_trackers(names: Sequence[str]) -> None:
    """Raises InputError for an unknown or repeated name, and for a package that is missing."""
    for name in names:
        if name not in TRACKERS:
            raise InputError(f"--track={name}: expected {' or '.join(TRACKERS)}")
        if importlib.util.find_spec(name) is None:
            raise InputError(f"--track={name}: it is not installed; pip install {name}")
    if len(set(names)) < len(names):
        raise InputError(f"--track={','.join(names)}: expected each name once")


def settings_of(lines: Iterable[str]) -> dict[str, Any]:
    """{flag: text, or a bool for a switch} from the lines of a flagfile."""
    found: dict[str, Any] = {}
    for line in lines:
        name, is_valued, text = line.removeprefix("--").partition("=")
        if line.startswith("--") and is_valued:
            found[name] = text
        elif line.startswith("--"):
            found[name.removeprefix("no") if name not in FLAGS else name] = name in FLAGS
    return found


class Tracker(Protocol):
    """A service that keeps runs.

    Attributes:
      key: the service's own name of the run, with which a later session goes on.
    """

    key: str

    def log(self, iteration: int, values: Mapping[str, float]) -> None: ...

    def log_sheet(self, iteration: int, path: pathlib.Path) -> None: ...

    def close(self, is_finished: bool) -> None: ...


class WandbTracker:
    """Weights & Biases; WANDB_PROJECT, WANDB_MODE and its other variables apply."""

    def __init__(self, run: RunDirectory, settings: Mapping[str, Any], key: str | None):
        import wandb

        self._run = wandb.init(
            name=run.path.name,
            id=key,
            resume="allow",
            dir=str(run.path),
            config=dict(settings),
        )
        self.key = self._run.id
        self._image = wandb.Image
        # Rows come in groups, so the iteration is a value of its own.
        self._run.define_metric("iteration")
        self._run.define_metric("*", step_metric="iteration")

    def log(self, iteration: int, values: Mapping[str, float]) -> None:
        self._run.log({"iteration": iteration, **values})

    def log_sheet(self, iteration: int, path: pathlib.Path) -> None:
        self._run.log({"iteration": iteration, "samples": self._image(str(path))})

    def close(self, is_finished: bool) -> None:
        self._run.finish(exit_code=0 if is_finished else 1)


class MLflowTracker:
    """MLflow; MLFLOW_TRACKING_URI and MLFLOW_EXPERIMENT_NAME apply."""

    # The most characters that MLflow takes for a parameter.
    _LONGEST = 500

    def __init__(self, run: RunDirectory, settings: Mapping[str, Any], key: str | None):
        import mlflow

        self._mlflow = mlflow
        self._active = mlflow.start_run(run_id=key, run_name=None if key else run.path.name)
        self.key = self._active.info.run_id
        if key is None:
            mlflow.log_params({k: str(v)[: self._LONGEST] for k, v in settings.items()})

    def log(self, iteration: int, values: Mapping[str, float]) -> None:
        plain = {name.translate(_PLAIN): value for name, value in values.items()}
        self._mlflow.log_metrics(plain, step=iteration)

    def log_sheet(self, iteration: int, path: pathlib.Path) -> None:
        self._mlflow.log_artifact(str(path), "samples")

    def close(self, is_finished: bool) -> None:
        self._mlflow.end_run("FINISHED" if is_finished else "KILLED")


CLASSES: dict[str, Callable[..., Tracker]] = {"wandb": WandbTracker, "mlflow": MLflowTracker}
