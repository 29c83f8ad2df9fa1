"""What a method expects of networks, losses and optimizers; each error is one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from amnat.errors import InputError
from amnat.networks.keras_network import KerasNetwork, is_graph

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.models.base import Player
    from amnat.networks.network import Network

# What a discriminator must not end in, because losses take logits; and what a generator of images
# must not end in, because these reach from -1 to 1.
_PROBABILITIES = ("sigmoid", "softmax")
_WITHOUT_NEGATIVES = ("sigmoid", "softmax", "relu")
# Layers that move values and do not change them.
_RESHAPING = (
    *(keras.layers.Reshape, keras.layers.Flatten, keras.layers.Permute, keras.layers.Cropping2D),
    *(keras.layers.UpSampling2D, keras.layers.Dropout),
)


def check_pair(generator: Network, discriminator: Network, latent_size: int) -> None:
    """Raises InputError unless latents, generator and discriminator fit together.

    Networks whose form is not known (`Network.form`) are not checked.
    """
    if generator.form is None:
        return
    taken = generator.form.sample_shape
    if len(taken) != 1:
        raise InputError(f"the generator takes {list(taken)}, expected latents of shape [n]")
    if taken not in ((latent_size,), (None,)):
        raise InputError(
            f"the generator takes {list(taken)}, but a latent has {latent_size} entries"
        )
    made = _shape(generator.form.outputs)
    if made is None:
        raise InputError(
            f"the generator returns {_described(generator.form.outputs)}, expected one tensor of "
            "samples"
        )
    if discriminator.form is not None and not _fits(made, discriminator.form.sample_shape):
        raise InputError(
            f"the generator makes samples of shape {list(made)}, but the discriminator takes "
            f"{list(discriminator.form.sample_shape)}"
        )
    if len(made) == 3:
        _check_end(
            generator, "generator", _WITHOUT_NEGATIVES, "tanh, because images are in [-1, 1]"
        )


def check_logits(
    discriminator: Network, expected: str, at_least: int = 1, at_most: int | None = None
) -> int | None:
    """Checks the number of logits of a discriminator.

    Args:
      discriminator: a network that returns one tensor.
      expected: what the logits are for, for errors.
      at_least, at_most: the allowed numbers of logits.

    Returns: the number of logits, None if the form of the network is not known.
    Raises: InputError.
    """
    if discriminator.form is None:
        return None
    outputs = discriminator.form.outputs
    shape = _shape(outputs)
    if shape is None or len(shape) != 1 or shape[0] is None:
        raise InputError(
            f"the discriminator returns {_described(outputs)}, expected logits [batch, n]: "
            f"{expected}"
        )
    if shape[0] < at_least or (at_most is not None and shape[0] > at_most):
        raise InputError(f"the discriminator has {shape[0]} logits, expected {expected}")
    _check_end(discriminator, "discriminator", _PROBABILITIES, "none, because losses take logits")
    return shape[0]


def check_loss(owner: str, result: Any) -> None:
    """Raises InputError unless a loss function returned (scalar, logs)."""
    good = isinstance(result, tuple) and len(result) == 2
    loss = result[0] if good else None
    rank = getattr(getattr(loss, "shape", None), "rank", 0)
    has_logs = good and isinstance(result[1], Mapping)
    if not has_logs or loss is None or rank not in (0, None):
        found = type(result).__name__
        if good and not has_logs:
            found = f"logs of type {type(result[1]).__name__}"
        elif good and loss is not None:
            found = f"a loss of shape {list(loss.shape)}"
        raise InputError(f"{owner} returned {found}, expected (scalar, {{log name: scalar}})")


def check_log_names(model: str, logged: Sequence[str], declared: Sequence[str]) -> None:
    """Raises InputError unless the losses logged exactly what `log_names` declares."""
    extra, missing = sorted(set(logged) - set(declared)), sorted(set(declared) - set(logged))
    parts = [f"logs {', '.join(extra)}, which log_names does not declare"] if extra else []
    parts += [f"does not log {', '.join(missing)}, which log_names declares"] if missing else []
    if parts:
        raise InputError(f"{model} {' and '.join(parts)}")


def check_players(model: str, players: Sequence[Player]) -> None:
    """Raises InputError if a player has nothing to train."""
    for player in players:
        if not player.variables:
            raise InputError(
                f"{model}.compile: {player.optimizer} has no weights to train; expected networks "
                "with trainable weights"
            )


def checked_optimizers(
    model: str, names: Sequence[str], given: Sequence[Any], named: dict[str, Any]
) -> list[keras.optimizers.Optimizer | str]:
    """The optimizers of all players in their order.

    Args:
      model: the name of the model's class, for errors.
      names: the players' names, one for each; a name that many players share takes one after the
        other by position only.
      given: the optimizers by position.
      named: the optimizers by the name of their player.

    Raises: InputError if one is missing, left over, used twice, or no optimizer of tf_keras.
    """
    listed = ", ".join(names)
    if named and not given and set(named) == set(names) and len(named) == len(names):
        given = [named[name] for name in names]
    elif named or len(given) != len(names):
        found = f"{len(given)} optimizers" + (f" and {', '.join(named)}" if named else "")
        raise InputError(f"{model}.compile: {found}, expected {len(names)}: {listed}")
    for name, optimizer in zip(names, given, strict=True):
        if isinstance(optimizer, str):
            try:
                keras.optimizers.get(optimizer)
            except ValueError as error:
                raise InputError(
                    f"{model}.compile: Keras knows no optimizer {optimizer!r} ({name})"
                ) from error
        elif not _is_optimizer(optimizer):
            kind = f"{type(optimizer).__module__}.{type(optimizer).__qualname__}"
            raise InputError(
                f"{model}.compile: {name} is {kind}, expected an optimizer of tf_keras or its name"
            )
    objects = [id(optimizer) for optimizer in given if not isinstance(optimizer, str)]
    if len(set(objects)) < len(objects):
        raise InputError(
            f"{model}.compile: one optimizer for two players, expected one of its own for each: "
            f"{listed}"
        )
    return list(given)


def _is_optimizer(optimizer: Any) -> bool:
    return isinstance(optimizer, (keras.optimizers.Optimizer, keras.optimizers.legacy.Optimizer))


def _shape(outputs: Any) -> tuple[int | None, ...] | None:
    """The shape of one sample of a single output; None for several."""
    shape = getattr(outputs, "shape", None)
    return None if shape is None or shape.rank is None else tuple(shape[1:])


def _fits(made: Sequence[int | None], taken: Sequence[int | None]) -> bool:
    return len(made) == len(taken) and all(
        None in pair or pair[0] == pair[1] for pair in zip(made, taken, strict=True)
    )


def _described(outputs: Any) -> str:
    shapes = [f"[{', '.join(['batch', *map(str, x.shape[1:])])}]" for x in tf.nest.flatten(outputs)]
    return " and ".join(shapes) or "nothing"


def _check_end(network: Network, role: str, refused: Sequence[str], expected: str) -> None:
    """Raises InputError if a plain Keras model ends in an activation that cannot be meant."""
    if not isinstance(network, KerasNetwork) or not is_graph(network.wrapped):
        return
    last = next(
        (layer for layer in network.wrapped.layers[::-1] if not isinstance(layer, _RESHAPING)), None
    )
    ends = getattr(getattr(last, "activation", None), "__name__", type(last).__name__.lower())
    if ends in refused:
        raise InputError(f"the {role} ends in {ends}, expected {expected}")
