"""Builds InfoGAN as the flags say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from amnat.data.dataset import Dataset
from amnat.data.labelled_subset import choose_labelled
from amnat.methods.infogan import flags as infogan_flags
from amnat.methods.infogan import scheme_flags
from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.model import InfoGAN
from amnat.methods.infogan.networks import InfoGANCritic, InfoGANGenerator
from amnat.methods.infogan.noisy_networks import NoisyGenerator
from amnat.methods.infogan.objective import named_objective
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.infogan.rollout_model import NoiseSchedule, RolloutInfoGAN
from amnat.methods.pytorch_gan.build import make_optimizer
from amnat.models.labelled_batches import LabelledBatches
from amnat.networks.network import Network
from amnat.rng import derive_seed

from absl import flags

if TYPE_CHECKING:
    from amnat.export.generators import Latent

FLAGS = flags.FLAGS


def network_seed(number: int) -> int:
    """The seed of the weights of the generator or critic with this number; the first has the
    run's, so further ones change nothing in it."""
    return FLAGS.seed if number == 0 else derive_seed(FLAGS.seed, f"network/{number}")


def numbered(name: str, number: int) -> dict[str, Any]:
    """The arguments of a network with this number: a name of its own after the first, a seed."""
    return {"seed": network_seed(number)} | ({"name": f"{name}{number}"} if number else {})


def conditional() -> dict[str, Any]:
    """The argument of a critic with scores of every label, where the flags ask for it."""
    return {"conditional": True} if FLAGS.conditional_critic else {}


def _generator(shape: tuple[int, ...], number: int = 0) -> Network:
    common = numbered("generator", number)
    if FLAGS.generator == "noisy":
        return NoisyGenerator(shape, scheme_flags.noisy_layers(), **common)
    return InfoGANGenerator(shape, FLAGS.width, FLAGS.batch_norm_epsilon, **common)


def with_shared_heads(
    make: Callable[[Any, int], Network], latent: Latent, count: int
) -> list[Network]:
    """`count` generators with their variables; those with noisy heads share one.

    Args:
      make: callable (latent, number of the generator) -> a generator without variables.
      latent: what they take.
    """
    made: list[Network] = []
    for number in range(count):
        network = make(latent, number)
        if made and hasattr(network, "share_head"):
            network.share_head(made[0])
        made.append(network.build_variables((latent.size,)))
    return made


def _critic(shape: tuple[int, ...], number: int = 0) -> Network:
    heads = {
        "num_labels": FLAGS.n_classes,
        "space_dim": FLAGS.code_dim,
        "width": infogan_flags.critic_width(),
        **numbered("discriminator", number),
        **conditional(),
    }
    if FLAGS.critic == "conv":
        critic = InfoGANCritic(shape, batch_norm_epsilon=FLAGS.batch_norm_epsilon, **heads)
    else:
        critic = PatchCritic(shape, downs=infogan_flags.PATCH_HALVINGS, **heads)
    return critic.build_variables(shape)


def _objective() -> InfoObjective:
    """`InfoObjective` of the flags."""
    return InfoObjective(
        generator_loss=FLAGS.loss,
        critic_loss=infogan_flags.critic_loss(),
        label_weight=FLAGS.lambda_label,
        space_weight=FLAGS.lambda_space,
        truth_weight=FLAGS.lambda_gt,
        squared_space=FLAGS.space_distance == "squared",
        double_softmax=FLAGS.double_softmax,
        penalty_weight=FLAGS.lambda_gp,
        penalty=FLAGS.gradient_penalty,
        conditional=FLAGS.conditional_critic,
    )


def _schedule() -> NoiseSchedule:
    """`NoiseSchedule` of the flags."""
    return NoiseSchedule(
        steps_per_rollout=FLAGS.n_steps,
        rollout_size=FLAGS.rollout_size,
        critic_batch=FLAGS.c_batch_size,
        critic_steps=FLAGS.c_train_n_step,
        gradient_after=FLAGS.generator_gradient == "after",
    )


def build_model(dataset: Dataset) -> InfoGAN | RolloutInfoGAN:
    """The compiled model for a data set; call it under the strategy's scope."""
    shape = dataset.sample_shape
    latent = InfoLatent(FLAGS.latent_dim, FLAGS.n_classes, FLAGS.code_dim)

    def make(latent: Latent, number: int = 0) -> Network:
        return _generator(shape, number)

    labelled = None
    if FLAGS.num_labels:
        chosen = choose_labelled(dataset, FLAGS.num_labels, FLAGS.seed)
        labelled = LabelledBatches(chosen, FLAGS.batch_size, FLAGS.seed)
    generators = with_shared_heads(make, latent, FLAGS.n_generators)
    critics = [_critic(shape, number) for number in range(FLAGS.n_critics)]
    average = None
    if FLAGS.ema_decay:
        average = make(latent).build_variables((latent.size,))
    common: dict[str, Any] = {
        "labelled": labelled,
        "seed": FLAGS.seed,
        "ema_generator": average,
        "ema_decay": FLAGS.ema_decay,
    }
    model: InfoGAN | RolloutInfoGAN
    if FLAGS.scheme == "info_cycle":
        model = RolloutInfoGAN(
            generators,
            critics,
            latent,
            _objective(),
            named_objective(FLAGS.objective, scheme_flags.OBJECTIVES),
            _schedule(),
            FLAGS.group_labels,
            **common,
        )
    else:
        model = InfoGAN(generators[0], critics[0], latent, _objective(), **common)
    optimizers = (make_optimizer() for _ in model.players())
    model.compile(*optimizers)
    return model
