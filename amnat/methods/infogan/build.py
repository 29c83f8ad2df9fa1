"""Builds InfoGAN as the flags say."""

from __future__ import annotations

from amnat.data.dataset import Dataset
from amnat.data.labelled_subset import choose_labelled
from amnat.methods.infogan import flags as infogan_flags
from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.model import InfoGAN
from amnat.methods.infogan.networks import InfoGANCritic, InfoGANGenerator
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.pytorch_gan.build import make_optimizer
from amnat.models.labelled_batches import LabelledBatches
from amnat.networks.network import Network

from absl import flags

FLAGS = flags.FLAGS


def _generator(shape: tuple[int, ...], latent: InfoLatent) -> Network:
    network = InfoGANGenerator(shape, FLAGS.width, FLAGS.batch_norm_epsilon, seed=FLAGS.seed)
    return network.build_variables((latent.size,))


def _critic(shape: tuple[int, ...]) -> Network:
    heads = {
        "num_labels": FLAGS.n_classes,
        "space_dim": FLAGS.code_dim,
        "width": infogan_flags.critic_width(),
        "seed": FLAGS.seed,
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
    )


def build_model(dataset: Dataset) -> InfoGAN:
    """The compiled model for a data set; call it under the strategy's scope."""
    shape = dataset.sample_shape
    latent = InfoLatent(FLAGS.latent_dim, FLAGS.n_classes, FLAGS.code_dim)
    critic = _critic(shape)
    labelled = None
    if FLAGS.num_labels:
        chosen = choose_labelled(dataset, FLAGS.num_labels, FLAGS.seed)
        labelled = LabelledBatches(chosen, FLAGS.batch_size, FLAGS.seed)
    model = InfoGAN(
        _generator(shape, latent),
        critic,
        latent,
        _objective(),
        labelled,
        seed=FLAGS.seed,
        ema_generator=_generator(shape, latent) if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
    )
    optimizers = (make_optimizer() for _ in model.players())
    model.compile(*optimizers)
    return model
