"""Builds the translator as the flags of `amnat.methods.translator.flags` say."""

from __future__ import annotations

from collections.abc import Callable

from amnat.data.dataset import Dataset
from amnat.methods.infogan.build import conditional, numbered, with_shared_heads
from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.noisy_networks import NoisyGenerator
from amnat.methods.infogan.objective import ADVERSARIAL, AdversarialObjective, named_objective
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.translator import flags as translator_flags
from amnat.methods.translator.latent import TranslationLatent
from amnat.methods.translator.model import CycleInfoGAN, TranslationSchedule
from amnat.methods.translator.networks import ResidualGenerator
from amnat.methods.translator.noisy_networks import HeadedGenerator
from amnat.methods.translator.objective import CycleObjective, TranslationObjective
from amnat.networks.network import Network
from amnat.training.optimizers import TorchAdam

from absl import flags

FLAGS = flags.FLAGS

# PyTorch's default.
EPSILON = 1e-8


def _generator(latent: TranslationLatent, number: int = 0) -> Network:
    common = numbered("generator", number)
    if FLAGS.generator == "noisy":
        return NoisyGenerator(latent.image_shape, **common)
    residual = ResidualGenerator if FLAGS.generator == "residual" else HeadedGenerator
    return residual(
        latent.image_shape,
        latent.num_domains,
        latent.space_dim,
        FLAGS.n_blocks,
        FLAGS.width,
        **{"name": "generator"} | common,
    )


def _critic(latent: TranslationLatent, number: int) -> Network:
    return PatchCritic(
        latent.image_shape,
        latent.num_domains,
        latent.space_dim,
        translator_flags.n_strided(),
        FLAGS.critic_width,
        **{"name": "discriminator"} | numbered("discriminator", number) | conditional(),
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
        penalty=FLAGS.gradient_penalty,
        conditional=FLAGS.conditional_critic,
    )


def translation() -> TranslationObjective:
    """The generators' objective of the flags."""
    known: dict[str, Callable[[], TranslationObjective]] = {
        "cycle": lambda: CycleObjective(FLAGS.lambda_identity, FLAGS.lambda_cycle),
        ADVERSARIAL: AdversarialObjective,
    }
    return named_objective(FLAGS.objective, known)


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
    average = _generator(latent).build_variables((latent.size,)) if FLAGS.ema_decay else None
    model = CycleInfoGAN(
        with_shared_heads(_generator, latent, FLAGS.n_generators),
        [_critic(latent, number) for number in range(FLAGS.n_critics)],
        latent,
        objective(),
        translation(),
        schedule(),
        seed=FLAGS.seed,
        ema_generator=average,
        ema_decay=FLAGS.ema_decay,
    )
    rates = (FLAGS.lrg, FLAGS.lri, *[FLAGS.lrc] * FLAGS.n_critics)
    optimizers = (TorchAdam(rate, FLAGS.b1, FLAGS.b2, EPSILON) for rate in rates)
    model.compile(*optimizers)
    return model
