"""The record of a run's generator, from which it can be rebuilt without the run's script.

Everything that samples from a finished run (scores, exports) starts here. Methods, networks and
latents need no code for it except their own `get_config`. Reading a record does not load
TensorFlow.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from amnat import data, json_text
from amnat.data.dataset import Dataset
from amnat.errors import InputError
from amnat.files import write_atomically
from amnat.old_paths import PACKAGES, current_module
from amnat.training.run_directory import RECORD_NAME, RunDirectory
from amnat.training.run_state import CheckpointGone

if TYPE_CHECKING:
    from amnat.export.generators import Latent
    from amnat.models.base import GANModel
    from amnat.networks.network import Network

    import tensorflow as tf

VERSION = 1
FILE_NAME = RECORD_NAME

_Class = TypeVar("_Class", bound=type)

_OUTSIDE: dict[tuple[str, str], type] = {}


def recordable(cls: _Class) -> _Class:
    """Class decorator that lets records name a network or latent from outside this package."""
    _OUTSIDE[cls.__module__, cls.__name__] = cls
    return cls


def import_plugins(names: Iterable[str], flag: str = "plugins") -> None:
    """Imports modules whose `recordable` classes records may name.

    Args:
      names: names of modules, as in an import statement.
      flag: the flag that errors name.

    Raises: InputError if a module cannot be imported.
    """
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise InputError(f"--{flag}={name}: cannot be imported ({error})") from error


class RestoredGenerator:
    """The generator of a run at one checkpoint; it samples like a `GANModel`.

    Attributes:
      generator: the `Network`, the averaged one (EMA) if `uses_ema`.
      latent: callable (rng, batch size, dtype) -> latents.
      seed: the seed of the run.
      iteration: the iteration of the checkpoint.
      uses_ema: whether this is the averaged generator.
    """

    def __init__(
        self, generator: Network, latent: Latent, seed: int, iteration: int, uses_ema: bool
    ):
        self.generator = generator
        self.latent = latent
        self.seed = seed
        self.iteration = iteration
        self.uses_ema = uses_ema

    def sample(self, latents: tf.Tensor) -> tf.Tensor:
        """Generates samples; with batch statistics they depend on their whole batch."""
        return self.generator(latents)


def write_record(run: RunDirectory, model: GANModel, dataset: Dataset, batch_size: int) -> None:
    """Writes generator.json into a run directory.

    Args:
      run: `RunDirectory`.
      model: `GANModel`.
      dataset: the `amnat.data.Dataset` that the model is trained on.
      batch_size: the training batch size; with batch statistics, samples have to be generated in
        batches of this size.
    """
    record = {
        "version": VERSION,
        "generator": _description(model.generator),
        "latent": _description(model.latent),
        "latent_size": model.latent.size,
        "has_ema": model.ema_generator is not None,
        "seed": model.seed,
        "batch_size": batch_size,
        "data": dataset.name,
        "sample_shape": list(dataset.sample_shape),
        "class_names": list(dataset.class_names),
        # The records of early versions do not have these.
        "origin": None if dataset.origin is None else dataclasses.asdict(dataset.origin),
        "discriminator": _description(model.discriminator),
        "has_class_head": model.has_class_head,
    }
    encoder = getattr(model, "encoder", None)
    if encoder is not None:
        record["encoder"] = _description(encoder)
    write_atomically(run.record_file, json_text.dumps(record, indent=1) + "\n")


def read_record(run: RunDirectory) -> dict[str, Any]:
    """Reads the record of a run directory.

    Raises:
      InputError: if there is no record, or not one of this version.
    """
    path = run.record_file
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        version = record["version"]
    except FileNotFoundError as error:
        raise InputError(
            f"{run.path}: no {FILE_NAME}; expected the folder of a training run"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot be read ({type(error).__name__})") from error
    if version != VERSION:
        raise InputError(
            f"{path}: version {version}, expected {VERSION}; use the amnat version that wrote it"
        )
    return record


def load_recorded_data(
    record: dict[str, Any], data_dir: str | None, split: str = "train"
) -> Dataset:
    """Loads the data of a run again, in the form that the run had; see `data.load_again`.

    Raises:
      InputError: see `data.load`; also if the record does not describe it.
    """
    try:
        arguments = [record[key] for key in ("data", "sample_shape", "class_names")]
        name, shape, classes = arguments
        return data.load_again(name, record.get("origin"), shape, classes, data_dir, split)
    except (KeyError, TypeError) as error:
        raise InputError(f"{FILE_NAME}: does not describe the run's data ({error})") from error


def restore_generator(
    run: RunDirectory, record: dict[str, Any], iteration: int, use_ema: bool | None = None
) -> RestoredGenerator:
    """Rebuilds the generator of a run and reads its weights at a checkpoint.

    Args:
      run: `RunDirectory`.
      record: the result of `read_record`.
      iteration: the iteration of a complete checkpoint (`latest_checkpoint`).
      use_ema: whether to use the averaged generator; by default it is used if there is one.

    Returns: RestoredGenerator.
    Raises: InputError if record and checkpoint contradict each other; `CheckpointGone` if the
      checkpoint was removed or replaced meanwhile.
    """
    use_ema = record["has_ema"] if use_ema is None else use_ema
    if use_ema and not record["has_ema"]:
        raise InputError(f"{run.path}: has no averaged generator; train with --ema_decay")
    latent = rebuild_latent(record, run.record_file)
    part = "ema_generator" if use_ema else "generator"
    generator = _restore(run, record, "generator", (record["latent_size"],), iteration, part)
    return RestoredGenerator(generator, latent, record["seed"], iteration, use_ema)


def restore_discriminator(run: RunDirectory, record: dict[str, Any], iteration: int) -> Network:
    """Rebuilds the discriminator of a run and reads its weights at a checkpoint.

    The arguments and errors are those of `restore_generator`.

    Returns: `Network`.
    """
    if "discriminator" not in record:
        raise InputError(
            f"{run.record_file}: does not describe the discriminator, because an early amnat "
            "version wrote it; resume the run, which writes it again"
        )
    shape = tuple(record["sample_shape"])
    return _restore(run, record, "discriminator", shape, iteration, "discriminator")


def restore_encoder(run: RunDirectory, record: dict[str, Any], iteration: int) -> Network:
    """Rebuilds the encoder of a run and reads its weights at a checkpoint.

    The arguments and errors are those of `restore_generator`.

    Returns: `Network`; its method `encode`, if it has one, takes images in [-1, 1].
    """
    if "encoder" not in record:
        raise InputError(
            f"{run.record_file}: describes no encoder; Dist-GAN and MS-GAN have one, and "
            "resuming a run of an early amnat version writes it"
        )
    return _restore(run, record, "encoder", tuple(record["sample_shape"]), iteration, "encoder")


def rebuild_latent(record: dict[str, Any], where: str | os.PathLike[str]) -> Latent:
    """The latent that a record or an export's metadata describes; errors start with `where`."""
    return _rebuild(record, "latent", where)


def _restore(
    run: RunDirectory,
    record: dict[str, Any],
    role: str,
    input_shape: tuple[int, ...],
    iteration: int,
    part: str,
) -> Network:
    """The network of a role, with the weights that the checkpoint has under the name `part`.

    The role is 'generator', 'discriminator' or 'encoder'.
    """
    from amnat.networks import Network

    import tensorflow as tf

    where = run.record_file
    network = _rebuild(record, role, where)
    if not isinstance(network, Network):
        raise InputError(f"{where}: {type(network).__name__} is not a network")
    network.build_variables(input_shape)
    prefix = str(run.checkpoints / f"ckpt-{iteration}")
    checkpoint = tf.train.Checkpoint(model=tf.train.Checkpoint(**{part: network}))
    seal = _seal(prefix)
    try:
        checkpoint.read(prefix).expect_partial().assert_existing_objects_matched()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        _check_seal(prefix, seal)
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{prefix}: does not fit {where} ({reason})") from error
    _check_seal(prefix, seal)
    return network


def _seal(prefix: str) -> bytes | None:
    """The seal of a checkpoint, which is there as long as its files are; None if it is gone."""
    try:
        with open(f"{prefix}.json", "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _check_seal(prefix: str, before: bytes | None) -> None:
    """Raises CheckpointGone unless the seal is as it was before the checkpoint was read."""
    if before is None or _seal(prefix) != before:
        raise CheckpointGone(f"{prefix}: was removed while it was read, as a training run does")


def _description(thing: Network | Latent) -> dict[str, Any]:
    return {
        "module": type(thing).__module__,
        "class": type(thing).__name__,
        "config": thing.get_config(),
    }


def _rebuild(record: dict[str, Any], role: str, where: str | os.PathLike[str]) -> Any:
    try:
        description = record[role]
        name = description["class"]
        module = current_module(description["module"], name)
        cls = _OUTSIDE.get((module, name)) or _class_of_amnat(module, name, role)
        build = getattr(cls, "from_config", lambda config: cls(**config))
        return build(description["config"])
    except (KeyError, TypeError, ValueError, AttributeError, ImportError) as error:
        raise InputError(f"{where}: cannot rebuild its {role} ({error})") from error


def _class_of_amnat(module: str, name: str, role: str) -> type:
    if not module.startswith(PACKAGES[role]) or not name.isidentifier():
        raise ValueError(
            f"{module}.{name} is not in {' or '.join(PACKAGES[role])}; if it is your own, decorate "
            "it with amnat.training.generator_record.recordable and name its module with --plugins"
        )
    return getattr(importlib.import_module(module), name)
