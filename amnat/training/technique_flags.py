"""The flags of the techniques that any method can be trained with. Loads no TensorFlow."""

from amnat.adversarial_names import MATCHING_NAMES
from amnat.training import flags as flag_defs

from absl import flags

FLAGS = flags.FLAGS

# The flags belong to the script that calls `define`.
flags.disclaim_key_flags()

# A resumed run has to keep them.
FIXED_BY_RUN = (
    *("real_target", "feature_matching", "feature_matching_weight", "adversarial_weight"),
    *("historical_averaging", "instance_noise", "instance_noise_steps", "virtual_batch_norm"),
)
FIXED_BY_NETWORK = ("minibatch_kernels", "minibatch_dim")


def define():
    """Defines the flags of `Techniques` and of virtual batch norm."""
    flags.DEFINE_float(
        "real_target",
        1.0,
        "What the discriminator aims at for real samples; 0.9 is one-sided label smoothing.",
    )
    flags.DEFINE_enum(
        "feature_matching",
        "none",
        ["none", *MATCHING_NAMES],
        "The generator matches the mean features of the discriminator's last hidden layer. "
        "sum_squares is the paper's; mean_squares and mean_absolute are those of improved-gan.",
    )
    flags.DEFINE_float("feature_matching_weight", 1.0, "Of feature matching.")
    flags.DEFINE_float(
        "adversarial_weight", 0.0, "Of the method's own generator loss beside feature matching."
    )
    flags.DEFINE_float(
        "historical_averaging",
        0.0,
        "Weight of the squared distance of each player's weights from the mean of their past; 0: "
        "none.",
    )
    flags.DEFINE_float(
        "instance_noise",
        0.0,
        "Standard deviation of the noise on all that the discriminator is shown, at the start.",
    )
    flags.DEFINE_integer(
        "instance_noise_steps",
        0,
        "Iterations in which that noise fades linearly; 0: it stays.",
        lower_bound=0,
    )
    flags.DEFINE_integer(
        "virtual_batch_norm",
        0,
        "Virtual batch normalisation in the generator, with a reference batch of so many samples; "
        "0: batch normalisation.",
        lower_bound=0,
    )


def define_minibatch():
    """Defines the flags of minibatch discrimination."""
    flags.DEFINE_integer(
        "minibatch_kernels",
        0,
        "Kernels of minibatch discrimination, 100 in the paper; 0: none.",
        lower_bound=0,
    )
    flags.DEFINE_integer("minibatch_dim", 5, "Entries per kernel.", lower_bound=1)
    flags.DEFINE_integer(
        "minibatch_block",
        0,
        "Samples compared with the batch at a time, to save memory; 0: all.",
        lower_bound=0,
    )


def check():
    """Checks the flags of `define`; raises InputError."""
    good = 0.5 < FLAGS.real_target <= 1.0
    flag_defs.require(good, "real_target", "more than 0.5 and at most 1")
    for name in (
        *("feature_matching_weight", "adversarial_weight"),
        *("historical_averaging", "instance_noise"),
    ):
        flag_defs.require_finite(name)
    if FLAGS.feature_matching == "none":
        flag_defs.require(
            FLAGS.adversarial_weight == 0, "adversarial_weight", "--feature_matching with it"
        )
    flag_defs.require(
        FLAGS.instance_noise > 0 or not FLAGS.instance_noise_steps,
        "instance_noise_steps",
        "--instance_noise with it",
    )


def techniques():
    """The `Techniques` that the flags say; loads TensorFlow."""
    from amnat.models.techniques import Techniques

    return Techniques(**{name: FLAGS[name].value for name in Techniques.__dataclass_fields__})


def make_generator(cls, latent, **arguments):
    """A generator with its variables built, with virtual batch norm if that is on.

    Args:
      cls: a `Network` of `amnat.networks`.
      latent: of the model; the reference batch is drawn from it, by the seed.
      **arguments: of the network.
    """
    from amnat.rng import RNG

    if not FLAGS.virtual_batch_norm:
        return cls(**arguments).build_variables((latent.size,))
    size = FLAGS.virtual_batch_norm
    generator = cls.virtual(reference_size=size, **arguments).build_variables((latent.size,))
    generator.set_reference(latent(RNG(FLAGS.seed, 0, "reference/"), size))
    return generator


def minibatch():
    """Arguments of a discriminator: those of minibatch discrimination."""
    names = ("minibatch_kernels", "minibatch_dim", "minibatch_block")
    return {name: FLAGS[name].value for name in names}


def describe(weight_norm):
    """What is on, as text of one line; loads TensorFlow.

    Args:
      weight_norm: whether that is on, by the flag that the script has for it.
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
