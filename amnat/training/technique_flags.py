"""The flags of the techniques that work with any method. Does not load TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amnat.choices import MATCHING_NAMES
from amnat.training.declarations import define_enum, define_float, define_integer

from absl import flags

if TYPE_CHECKING:
    from amnat.export.generators import Latent
    from amnat.models.techniques import Techniques
    from amnat.networks.network import Network

FLAGS = flags.FLAGS


def define() -> None:
    """Defines the flags of `Techniques` and of virtual batch norm."""
    define_float(
        "real_target",
        1.0,
        "The discriminator's target for real samples; 0.9 is one-sided label smoothing.",
        fixed=True,
        more_than=0.5,
        at_most=1,
    )
    define_enum(
        "feature_matching",
        "none",
        ["none", *MATCHING_NAMES],
        "Train the generator to match the mean features of the discriminator's last hidden layer. "
        "sum_squares is the paper's distance; mean_squares and mean_absolute are those of its "
        "authors' code.",
        fixed=True,
    )
    define_float(
        "feature_matching_weight",
        1.0,
        "Weight of feature matching.",
        fixed=True,
        at_least=0,
        only_with="feature_matching!=none",
    )
    define_float(
        "adversarial_weight",
        0.0,
        "Weight of the method's own generator loss, added to feature matching.",
        fixed=True,
        at_least=0,
        only_with="feature_matching!=none",
    )
    define_float(
        "historical_averaging",
        0.0,
        "Weight of the squared distance of each player's weights from the mean of their past "
        "values; 0 means no penalty.",
        fixed=True,
        at_least=0,
    )
    define_float(
        "instance_noise",
        0.0,
        "Initial standard deviation of the noise on all inputs of the discriminator.",
        fixed=True,
        at_least=0,
    )
    define_integer(
        "instance_noise_steps",
        0,
        "Number of iterations in which that noise fades linearly; 0 means constant noise.",
        fixed=True,
        at_least=0,
        only_with="instance_noise>0",
    )
    define_integer(
        "virtual_batch_norm",
        0,
        "Size of the reference batch of virtual batch normalisation in the generator; 0 means "
        "ordinary batch normalisation.",
        fixed=True,
        at_least=0,
    )


def define_minibatch() -> None:
    """Defines the flags of minibatch discrimination."""
    define_integer(
        "minibatch_kernels",
        0,
        "Number of kernels of minibatch discrimination, 100 in the paper; 0 switches it off.",
        fixed=True,
        at_least=0,
    )
    define_integer(
        "minibatch_dim",
        5,
        "Number of entries per kernel.",
        fixed=True,
        at_least=1,
        only_with="minibatch_kernels>0",
    )
    define_integer(
        "minibatch_block",
        0,
        "Number of samples that are compared with the batch at a time, to save memory; 0 means "
        "all.",
        fixed=False,
        at_least=0,
        only_with="minibatch_kernels>0",
    )


def techniques() -> Techniques:
    """The `Techniques` that the flags ask for; loads TensorFlow."""
    from amnat.models.techniques import Techniques

    chosen: dict[str, Any] = {name: FLAGS[name].value for name in Techniques.__dataclass_fields__}
    return Techniques(**chosen)


def make_generator(cls: type[Network], latent: Latent, **arguments: Any) -> Network:
    """Makes a generator and its variables, with virtual batch norm if that is on.

    Args:
      cls: a subclass of `amnat.networks.Network`.
      latent: the latent of the model, from which the reference batch is drawn with the run's seed.
      **arguments: arguments of the network.
    """
    from amnat.rng import RNG

    if not FLAGS.virtual_batch_norm:
        return cls(**arguments).build_variables((latent.size,))
    size = FLAGS.virtual_batch_norm
    generator = cls.virtual(reference_size=size, **arguments).build_variables((latent.size,))
    generator.set_reference(latent(RNG(FLAGS.seed, 0, "reference/"), size))
    return generator


def minibatch() -> dict[str, Any]:
    """The arguments of a discriminator for minibatch discrimination."""
    names = ("minibatch_kernels", "minibatch_dim", "minibatch_block")
    return {name: FLAGS[name].value for name in names}


def describe(weight_norm: bool) -> str:
    """The techniques that are on, as one line of text; loads TensorFlow.

    Args:
      weight_norm: whether weight norm is on, by the script's own flag.
    """
    names = techniques().describe()
    if FLAGS.virtual_batch_norm:
        names.append(f"virtual batch norm (reference batch of {FLAGS.virtual_batch_norm})")
    if FLAGS.minibatch_kernels:
        shape = f"{FLAGS.minibatch_kernels} x {FLAGS.minibatch_dim}"
        names.append(f"minibatch discrimination ({shape})")
    if weight_norm:
        names.append("weight norm")
    return f"techniques     {', '.join(names) or 'none'}"
