"""--init_from=RUN[:ITERATION]: a new run that starts from the weights of another one.

TensorFlow is only loaded to read the weights.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError
from amnat.files import scratch_folder
from amnat.training.run_directory import (
    RunDirectory,
    checkpoint_damage,
    checkpoint_iterations,
    latest_checkpoint,
)

if TYPE_CHECKING:
    from amnat.models.base import GANModel

FLAG = "init_from"
# Every network of a method is taken that the other run has; these two it has to have.
_NEEDED = ("generator", "discriminator")
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


@dataclasses.dataclass(frozen=True)
class InitialWeights:
    """A checkpoint of another run.

    Attributes:
      run: the run.
      iteration: the iteration of the checkpoint.
    """

    run: RunDirectory
    iteration: int

    def __str__(self) -> str:
        return f"{self.run.path}, iteration {self.iteration}"

    def give_to(self, model: GANModel) -> None:
        """Gives the networks of a model, which is built, the weights of the checkpoint.

        Optimizers and counters stay as they are. A network that the other run lacks keeps its
        weights; an averaged generator then starts as a copy of the generator.

        Raises: InputError if a network has other variables than that of the checkpoint.
        """
        import tensorflow as tf

        prefix = str(self.run.checkpoints / f"ckpt-{self.iteration}")
        parts = _networks(model)
        try:
            here, there = _shapes(model), _read_shapes(prefix)
            for name in list(parts):
                found = _difference(name, here, there, self)
                if found is None:
                    continue
                if name in _NEEDED or _of(name, there):
                    raise InputError(f"--{FLAG}={self.run.path}: {found}")
                del parts[name]
            read = tf.train.Checkpoint(model=tf.train.Checkpoint(**parts)).read(prefix)
            read.expect_partial().assert_existing_objects_matched()
        except (AssertionError, ValueError, tf.errors.OpError) as error:
            if isinstance(error, InputError):
                raise
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"--{FLAG}={self.run.path}: {prefix} does not fit ({reason})"
            ) from error
        if model.ema_generator is not None and "ema_generator" not in parts:
            model.ema_generator.set_weights(model.generator.get_weights())


def split(text: str) -> tuple[str, int | None]:
    """(the folder, the iteration or None) of RUN[:ITERATION]."""
    match = re.fullmatch(r"(.+):(\d+)", text)
    if match and not os.path.exists(os.path.expanduser(text)):
        return match[1], int(match[2])
    return text, None


def find(text: str) -> InitialWeights:
    """The checkpoint that RUN[:ITERATION] names, by default the newest; raises InputError."""
    path, iteration = split(text)
    run = RunDirectory(pathlib.Path(path).expanduser())
    if not run.checkpoints.is_dir() or not run.record_file.is_file():
        raise InputError(f"--{FLAG}={text}: {run.path} is not the folder of a GAN's run")
    if iteration is None:
        return InitialWeights(run, latest_checkpoint(run.checkpoints, FLAG)[0])
    kept = checkpoint_iterations(run.checkpoints)
    if iteration not in kept:
        found = ", ".join(map(str, kept)) or "none"
        raise InputError(f"--{FLAG}={text}: {run.checkpoints} has {found}; expected one of them")
    damage = checkpoint_damage(run.checkpoints, iteration)
    if damage:
        raise InputError(f"--{FLAG}={text}: {damage}")
    return InitialWeights(run, iteration)


def _networks(model: GANModel) -> dict[str, Any]:
    """{attribute: network or list of networks} of a model."""
    import tf_keras as keras

    found = {}
    for name, value in vars(model).items():
        several = list(value) if isinstance(value, (list, tuple)) else [value]
        are_layers = all(isinstance(each, keras.layers.Layer) for each in several)
        if are_layers and not name.startswith("_") and any(each.weights for each in several):
            found[name] = value
    return found


def _shapes(model: GANModel) -> dict[str, list[int]]:
    """{key in a checkpoint: shape} of a model, as its own checkpoint has them."""
    import tensorflow as tf

    with scratch_folder("amnat-init-") as folder:
        return _read_shapes(tf.train.Checkpoint(model=model).write(str(folder / "ckpt")))


def _read_shapes(prefix: str) -> dict[str, list[int]]:
    import tensorflow as tf

    variables = tf.train.list_variables(prefix)
    return {
        key.removeprefix("model/").removesuffix(_VALUE): shape
        for key, shape in variables
        if key.startswith("model/") and ".OPTIMIZER_SLOT" not in key
    }


def _of(part: str, shapes: dict[str, list[int]]) -> dict[str, list[int]]:
    return {key: shape for key, shape in shapes.items() if key.startswith(f"{part}/")}


def _difference(
    part: str, here: dict[str, list[int]], there: dict[str, list[int]], source: InitialWeights
) -> str | None:
    """The first variable of a network in which two checkpoints differ, as text; None if none."""
    mine, other = _of(part, here), _of(part, there)
    for key in dict.fromkeys([*mine, *other]):
        if mine.get(key) != other.get(key):
            texts = [
                "x".join(map(str, shapes[key])) or "one number" if key in shapes else "none"
                for shapes in (mine, other)
            ]
            return (
                f"its {key} is {texts[1]}, here it is {texts[0]}; the networks have to be the same "
                "(flags of sizes and layers), and what else a run fixes may differ"
            )
    return None
