"""Builds the translator as the flags of `amnat.methods.translator.flags` say."""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.translator import flags as translator_flags
from amnat.methods.translator.latent import TranslationLatent
from amnat.methods.translator.model import CycleInfoGAN, TranslationSchedule
from amnat.methods.translator.networks import ResidualGenerator
from amnat.methods.translator.objective import CycleObjective
from amnat.networks.network import Network
from amnat.rng import derive_seed
from amnat.training.optimizers import TorchAdam

from absl import flags

FLAGS = flags.FLAGS

# PyTorch's default.
EPSILON = 1e-8


def _seed(number: int) -> int:
    """The seed of the weights of the generator or critic with this number."""
    return FLAGS.seed if number == 0 else derive_seed(FLAGS.seed, f"network/{number}")


def _generator(latent: TranslationLatent, number: int = 0) -> Network:
    return ResidualGenerator(
        latent.image_shape,
        latent.num_domains,
        latent.space_dim,
        FLAGS.n_blocks,
        FLAGS.width,
        name="generator" if number == 0 else f"generator{number}",
        seed=_seed(number),
    ).build_variables((latent.size,))


def _critic(latent: TranslationLatent, number: int) -> Network:
    return PatchCritic(
        latent.image_shape,
        latent.num_domains,
        latent.space_dim,
        translator_flags.n_strided(),
        FLAGS.critic_width,
        name="discriminator" if number == 0 else f"discriminator{number}",
        seed=_seed(number),
    ).build_variables(latent.image_shape)


def objective() -> InfoObjective:
    """`InfoObjective` of the flags."""
    return InfoObjective(
        generator_loss=FLAGS.loss,
        critic_loss=translator_flags.critic_loss(),
        label_weight=FLAGS.lambda_label,
        space_weight=FLAGS.lambda_space,
        truth_weight=FLAGS.lambda_gt,
        double_softmax=FLAGS.double_softmax,
        penalty_weight=FLAGS.lambda_gp,
    )


def schedule() -> TranslationSchedule:
    """`TranslationSchedule` of the flags."""
    return TranslationSchedule(
        steps_per_rollout=FLAGS.n_steps,
        generator_batch=FLAGS.g_batch_size,
        critic_batch=translator_flags.critic_batch(),
        critic_steps=FLAGS.c_train_n_step,
        mode=FLAGS.rollout_mode,
        gradient_after=FLAGS.generator_gradient == "after",
        as_published=FLAGS.published_slips,
    )


def build_model(dataset: Dataset) -> CycleInfoGAN:
    """The compiled model for a data set of domains; call it in the strategy's scope."""
    shape = dataset.sample_shape
    latent = TranslationLatent(shape, dataset.num_classes, FLAGS.space_dim)
    latent.take_images(dataset)
    model = CycleInfoGAN(
        [_generator(latent, number) for number in range(FLAGS.n_generators)],
        [_critic(latent, number) for number in range(FLAGS.n_critics)],
        latent,
        objective(),
        CycleObjective(FLAGS.lambda_identity, FLAGS.lambda_cycle),
        schedule(),
        seed=FLAGS.seed,
        ema_generator=_generator(latent) if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
    )
    rates = (FLAGS.lrg, FLAGS.lri, *[FLAGS.lrc] * FLAGS.n_critics)
    optimizers = (TorchAdam(rate, FLAGS.b1, FLAGS.b2, EPSILON) for rate in rates)
    model.compile(*optimizers)
    return model
