"""Opens what is sampled from: the checkpoint of a run, or an export."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError
from amnat.export.metadata import read_metadata
from amnat.training.generator_record import read_record
from amnat.training.run_directory import RunDirectory
from amnat.training.run_lookup import run_of_best
from amnat.training.run_state import choose_iteration

import numpy as np

if TYPE_CHECKING:
    from amnat.training.generator_sources import GeneratorSource

    import tensorflow as tf

FLAG = "source"
TRANSLATION = "TranslationLatent"


@dataclasses.dataclass(frozen=True)
class Opened:
    """A run or an export, before TensorFlow is loaded.

    Attributes:
      path: its folder.
      run: the `RunDirectory`, None for an export.
      record: the run's record or the export's metadata; {} for a SavedModel of another program.
      iteration: of the checkpoint; None for an export that does not say.
    """

    path: pathlib.Path
    run: RunDirectory | None
    record: dict[str, Any]
    iteration: int | None

    @property
    def class_names(self) -> list[str]:
        return self.record.get("class_names", [])

    @property
    def is_translator(self) -> bool:
        """Whether the generator translates images instead of drawing latents."""
        return self.record.get("latent", {}).get("class") == TRANSLATION

    @property
    def has_encoder(self) -> bool:
        return "encoder" in self.record or "reconstruct" in self.record.get("signatures", {})

    @property
    def title(self) -> str:
        """The name of the run and the data, for sheets."""
        folder = run_of_best(self.path) or self.path.absolute()
        name = self.record.get("run", folder.name)
        data = self.record.get("data")
        return f"{name} (data: {data})" if data and data not in name else name


def open_path(path: str, checkpoint: str) -> Opened:
    """Opens a run directory, an export, or the folder of an export's versions (the newest).

    Args:
      checkpoint: 'latest' or an iteration, for runs.

    Raises: InputError.
    """
    folder = pathlib.Path(path).expanduser()
    run = RunDirectory(folder)
    if run.checkpoints.is_dir():
        record = read_record(run)
        return Opened(folder, run, record, choose_iteration(run, checkpoint, FLAG))
    export = _newest_version(folder)
    if export is None:
        what = "no run directory and no export" if folder.exists() else "no such folder"
        raise InputError(
            f"--{FLAG}={path}: {what}; expected the folder of a run, or of an export (with "
            "saved_model.pb)"
        )
    if checkpoint != "latest":
        raise InputError(f"--checkpoint={checkpoint}: {export} is an export, which has only one")
    metadata = read_metadata(export) or {}
    return Opened(export, None, metadata, metadata.get("iteration"))


def _newest_version(folder: pathlib.Path) -> pathlib.Path | None:
    if (folder / "saved_model.pb").is_file():
        return folder
    found = [path.parent for path in folder.glob("*/saved_model.pb") if path.parent.name.isdigit()]
    return max(found, key=lambda path: int(path.name), default=None)


def chosen(text: str, names: Sequence[str], count: int, flag: str) -> int:
    """The number of a class or a domain from its number or its name; raises InputError."""
    if text in names:
        return list(names).index(text)
    if text.isdecimal() and int(text) < count:
        return int(text)
    are_numbers = list(names) == [str(number) for number in range(count)]
    shown = f" or a name: {', '.join(names)}" if 0 < len(names) <= 50 and not are_numbers else ""
    raise InputError(f"--{flag}={text}: expected 0 to {count - 1}{shown}")


def open_generator(
    opened: Opened, batch_size: int, seed: int, use_ema: bool | None
) -> GeneratorSource:
    """The generator as a source of images; needs TensorFlow. For the arguments see `run_source`."""
    from amnat.training.generator_sources import run_source, saved_model_source

    if opened.run is not None:
        assert opened.iteration is not None, "runs have checkpoints"
        return run_source(opened.path, opened.iteration, batch_size, seed, use_ema)
    return saved_model_source(opened.path, batch_size, seed)


def check_class(opened: Opened, text: str) -> None:
    """Raises InputError for a class that what was opened cannot have; loads no TensorFlow."""
    config = opened.record.get("latent", {}).get("config", {})
    count = len(opened.class_names)
    if "num_classes" in config:
        count = config["num_classes"]
    elif not (
        opened.record.get("has_class_head") or "classify" in opened.record.get("signatures", ())
    ):
        raise InputError(_no_classes(opened))
    names = opened.class_names if len(opened.class_names) == count else []
    chosen(text, names, count, "class")


def _no_classes(opened: Opened) -> str:
    return (
        f"--class: neither the latents of {opened.path} hold a class, nor does it have a class "
        "head" + ("" if opened.run else " (tools/export.py --export_discriminator adds it)")
    )


def open_classes(
    opened: Opened, source: GeneratorSource
) -> tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], int]:
    """How classes are told: by the latents where these hold one, otherwise by the class head.

    Returns: (callable (latents, images) of a whole batch -> int [N], their classes; K).
    Raises: InputError if nothing tells them.
    """
    from amnat.sampling.walks import classes_of

    latent: Any = source.draw
    if hasattr(latent, "num_classes") and hasattr(latent, "dim"):
        return lambda latents, images: classes_of(latent, latents), latent.num_classes
    count = len(opened.class_names)
    classify = _class_head(opened, source)
    if classify is None:
        raise InputError(_no_classes(opened))
    return lambda latents, images: classify(images).numpy().argmax(axis=1), count


def _class_head(
    opened: Opened, source: GeneratorSource
) -> Callable[[np.ndarray], tf.Tensor] | None:
    """Images -> probabilities of the classes; None if there is none."""
    from amnat.export.classifiers import class_probabilities
    from amnat.export.copies import copy_network, leave_noise_out
    from amnat.training.generator_record import restore_discriminator

    import tensorflow as tf

    if opened.run is None:
        signature = getattr(source.model, "signatures", {}).get("classify")
        if signature is None:
            return None
        return lambda images: signature(images=tf.constant(images))["probabilities"]
    if not opened.record.get("has_class_head", False):
        return None
    assert opened.iteration is not None, "runs have checkpoints"
    discriminator = restore_discriminator(opened.run, opened.record, opened.iteration)
    judge = copy_network(discriminator, tuple(opened.record["sample_shape"]))
    leave_noise_out(judge)
    probabilities = class_probabilities(judge, len(opened.class_names))
    return tf.function(probabilities, autograph=False)


def open_translator(
    opened: Opened, use_ema: bool | None
) -> Callable[[np.ndarray, int, float], np.ndarray]:
    """A function (float images [N, H, W, C], domain, code) -> translated images."""
    from amnat.training.generator_record import rebuild_latent, restore_generator

    import tensorflow as tf

    latent: Any = rebuild_latent(opened.record, opened.path)
    if opened.run is not None:
        assert opened.iteration is not None, "runs have checkpoints"
        restored = restore_generator(opened.run, opened.record, opened.iteration, use_ema)
        generate = tf.function(
            lambda images, space, domain: restored.sample(latent.join(images, space, domain)),
            autograph=False,
        )
    else:
        model = tf.saved_model.load(str(opened.path))

        def generate(images: np.ndarray, space: tf.Tensor, domain: tf.Tensor) -> tf.Tensor:
            signature = model.signatures["serving_default"]
            return signature(images=tf.constant(images), space=space, domain=domain)["images"]

    def translate(images: np.ndarray, domain: int, code: float) -> np.ndarray:
        space = tf.fill([len(images), latent.space_dim], code)
        return generate(images, space, tf.fill([len(images)], domain)).numpy()

    return translate


def image_shape(opened: Opened) -> tuple[int, ...]:
    """(H, W, C) of the images that a translator or an encoder takes."""
    if "sample_shape" in opened.record:
        return tuple(opened.record["sample_shape"])
    if "reconstruct" in opened.record.get("signatures", {}):
        return tuple(opened.record["signatures"]["reconstruct"]["inputs"]["images"]["shape"][1:])
    return tuple(opened.record["latent"]["config"]["image_shape"])


def open_encoder(
    opened: Opened, source: GeneratorSource
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function of float images [N, H, W, C] -> (latents, their reconstructions).

    With batch statistics an image depends on its batch, so images are taken in batches of the
    training batch size; the last one is filled with the first images.
    """
    encode, decode = _auto_encoder(opened, source)

    def reconstruct(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        size, count = source.batch_size, len(images)
        filled = images[np.arange(-(-count // size) * size) % count]
        parts = [filled[i : i + size] for i in range(0, len(filled), size)]
        latents = [encode(part) for part in parts]
        made = [decode(*pair) for pair in zip(parts, latents, strict=True)]
        return np.concatenate(latents)[:count], np.concatenate(made)[:count]

    return reconstruct


def _auto_encoder(
    opened: Opened, source: GeneratorSource
) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray, np.ndarray], np.ndarray]]:
    """(images -> latents, (images, latents) -> reconstructions) of a run or an export."""
    from amnat.training.generator_record import restore_encoder

    import tensorflow as tf

    if opened.run is None:
        encoding, reconstruction = (source.model.signatures[n] for n in ("encode", "reconstruct"))
        return (
            lambda images: encoding(images=tf.constant(images))["latent"].numpy(),
            lambda images, latents: reconstruction(images=tf.constant(images))["images"].numpy(),
        )
    assert opened.iteration is not None, "runs have checkpoints"
    encoder: Any = restore_encoder(opened.run, opened.record, opened.iteration)
    encode = tf.function(getattr(encoder, "encode", encoder), autograph=False)
    return lambda images: encode(images).numpy(), lambda images, latents: source.generate(latents)


def use_ema_of(choice: str) -> bool | None:
    """The argument `use_ema` of a flag auto, on or off."""
    return {"auto": None, "on": True, "off": False}[choice]


def absolute(path: str | os.PathLike[str]) -> str:
    return str(pathlib.Path(path).expanduser().absolute())
