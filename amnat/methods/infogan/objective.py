"""What generators minimise beside, or in place of, the adversarial loss: a callable, also by name.

InfoGAN's is given a `GenerationStep`; the translator's a step of its own
(`amnat.methods.translator.objective`). Both have `adversarial_loss`.
"""

from __future__ import annotations

import importlib.util
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from amnat.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf

# The objective of the adversarial loss alone, by its name.
ADVERSARIAL = "adversarial"


class GenerationStep(NamedTuple):
    """One step's tensors, as InfoGAN's objective is given them: gradients flow through `fake`,
    `generate` and `adversarial_loss`.

    Attributes:
      generate: callable, latents -> images: a generator, as it is trained.
      latents: float [batch, size], noise, labels and codes; `latent` takes them apart.
      labels: int [batch], the labels in them.
      space: float [batch, S], the codes in them.
      fake: float [batch, H, W, C], the images made of them.
      real: float [batch, H, W, C].
      adversarial_loss: scalar.
      critic: number of the critic that judges the images in it.
      latent: the `InfoLatent`, whose `compose` makes latents of other labels or codes.
    """

    generate: Callable[[tf.Tensor], tf.Tensor]
    latents: tf.Tensor
    labels: tf.Tensor
    space: tf.Tensor
    fake: tf.Tensor
    real: tf.Tensor
    adversarial_loss: tf.Tensor
    critic: int
    latent: Any


class GeneratorObjective(Protocol):
    """What a model takes as the generators' objective."""

    @property
    def log_names(self) -> Sequence[str]:
        """The names of the logs."""

    def __call__(self, step: Any) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """(scalar, logs)."""


class AdversarialObjective:
    """The adversarial loss alone."""

    log_names: tuple[str, ...] = ()

    def __call__(self, step: Any) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        return step.adversarial_loss, {}


def check_objective(text: str, known: Sequence[str], flag: str = "objective") -> None:
    """Raises InputError unless a flag's value is a known name, or MODULE:CLASS of a module that is
    there; it does not import it, apart from the packages that it lies in.

    Args:
      text: the value of the flag.
      known: the names of the method's own objectives.
      flag: the flag's name, for errors.
    """
    if text in known:
        return
    module, colon, name = text.partition(":")
    if not colon or not name.isidentifier() or not all(map(str.isidentifier, module.split("."))):
        raise InputError(
            f"--{flag}={text}: expected {', '.join(known)} or MODULE:CLASS, as in an import"
        )
    try:
        found = importlib.util.find_spec(module)
    # The packages that it lies in are the user's code, which may raise anything.
    except Exception as error:
        raise InputError(_not_imported(text, flag, error)) from error
    if found is None:
        where = "Python's path (PYTHONPATH)"
        raise InputError(f"--{flag}={text}: there is no module {module} on {where}")


def named_objective(
    text: str, known: Mapping[str, Callable[[], GeneratorObjective]], flag: str = "objective"
) -> GeneratorObjective:
    """The objective that a flag's value names; imports the module of MODULE:CLASS, and calls CLASS
    without arguments.

    Args:
      text: as `check_objective` accepts it.
      known: {name: what makes the method's own objective}.
      flag: the flag's name, for errors.

    Raises: InputError.
    """
    if text in known:
        return known[text]()
    module, _, name = text.partition(":")
    try:
        imported = importlib.import_module(module)
    # The module is the user's code, which may raise anything.
    except Exception as error:
        raise InputError(_not_imported(text, flag, error)) from error
    make = getattr(imported, name, None)
    if not callable(make):
        raise InputError(f"--{flag}={text}: {module} has no class {name}")
    try:
        objective = make()
    except Exception as error:
        raise InputError(
            f"--{flag}={text}: {name}() fails ({_described(error)}); expected a class that needs "
            "no arguments"
        ) from error
    if not callable(objective) or not _are_names(getattr(objective, "log_names", None)):
        raise InputError(
            f"--{flag}={text}: expected a class whose objects are called with a step and have "
            "log_names, a list of texts"
        )
    return objective


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)


def _not_imported(text: str, flag: str, error: Exception) -> str:
    module = text.partition(":")[0]
    return f"--{flag}={text}: {module} cannot be imported ({_described(error)})"


def _described(error: Exception) -> str:
    """An error of the user's code on one line, with the file and the line."""
    reason = " ".join(str(error).split())
    if isinstance(error, SyntaxError):
        # Its text has the file's name without the folder.
        return f"{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    named = f"{type(error).__name__}: {reason}".removesuffix(": ")
    # Without the caller's frame, and those of the import.
    importing = "<frozen ", os.path.dirname(importlib.__file__)
    found = traceback.extract_tb(error.__traceback__)[1:]
    frames = [each for each in found if not each.filename.startswith(importing)]
    if not frames:
        return named
    # What a library raises is said of the line that calls it.
    folder = os.path.dirname(frames[0].filename)
    last = [each for each in frames if each.filename.startswith(folder)][-1]
    return f"{last.filename}, line {last.lineno}: {named}"
