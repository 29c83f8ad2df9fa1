"""The semi-supervised GAN as a `Method`: tools/ssl_gan.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.data.labelled_subset import choose_labelled
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags
from amnat.methods.pytorch_gan.method import PyTorchGANMethod
from amnat.training import flags as shared
from amnat.training import xla
from amnat.training.declarations import (
    define_boolean,
    define_enum,
    define_float,
    define_integer,
    refuse_idle,
)
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.export.generators import Latent
    from amnat.models.base import GANModel
    from amnat.networks.network import Network
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS

IMAGE_SIZES = (28, 32, 64)
# Images whose statistics weight norm starts from, as in improved-gan.
INITIALIZATION_IMAGES = 500


class SemiSupervisedScript(PyTorchGANMethod):
    """K classes and 'generated' in one discriminator, with labels for only a few images."""

    name = "ssl_gan"
    name_in_pictures = "semi-supervised GAN"
    holds_out = True
    # What this method is published with; all can be switched off.
    defaults = {
        "batch_size": 100,
        "lr": 0.003,
        "weight_norm": True,
        "feature_matching": "sum_squares",
        "real_target": 0.9,
    }

    def define_flags(self) -> None:
        super().define_flags()
        _define_labels()
        _define_networks()

    def check_flags(self) -> None:
        super().check_flags()
        is_mlp = FLAGS.network == "mlp"
        shared.require(
            is_mlp or FLAGS.img_size in IMAGE_SIZES, "img_size", "28, 32 or 64 with --network=conv"
        )
        shared.require(
            not (is_mlp and FLAGS.virtual_batch_norm),
            "virtual_batch_norm",
            "--network=conv with it",
        )
        refuse_idle("data_format", not is_mlp, "--network=conv")
        refuse_idle("real_target", FLAGS.unsupervised_weight > 0, "--unsupervised_weight above 0")
        pytorch_gan_flags.refuse_where_matching_replaces("generator_loss")

    def check_data(self, dataset: Dataset) -> None:
        shared.require_classes(
            dataset, "the semi-supervised GAN", "train a GAN without labels: tools/dcgan.py"
        )
        _choose(dataset)

    def compile_obstacle(self) -> str:
        """Also: the labelled samples are shuffled within the step."""
        return super().compile_obstacle() or xla.LABELLED_OBSTACLE

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.pytorch_gan import build
        from amnat.methods.semi_supervised.model import SemiSupervisedGAN
        from amnat.models.class_latent import NoiseLatent
        from amnat.models.labelled_batches import LabelledBatches
        from amnat.models.techniques import with_techniques
        from amnat.training import technique_flags

        print(f"labels         {FLAGS.num_labels} of {dataset.num_samples:,} images")
        print(technique_flags.describe(FLAGS.weight_norm), flush=True)
        latent = NoiseLatent(FLAGS.latent_dim, "uniform")
        make_generator, discriminator = _make_networks(dataset, latent)
        if FLAGS.network == "mlp" and FLAGS.weight_norm and not FLAGS.minibatch_kernels:
            # Not in `start_model`: the baseline and historical averaging copy these weights.
            _start_from_data(discriminator, dataset)
        baseline = None
        if FLAGS.baseline:
            baseline = type(discriminator).from_config(discriminator.get_config())
            baseline.build_variables(dataset.sample_shape)
            baseline.set_weights(discriminator.get_weights())
        model = with_techniques(SemiSupervisedGAN, technique_flags.techniques())(
            make_generator(),
            discriminator,
            latent,
            seed=FLAGS.seed,
            ema_generator=make_generator() if FLAGS.ema_decay else None,
            ema_decay=FLAGS.ema_decay,
            num_classes=dataset.num_classes,
            labelled=LabelledBatches(_choose(dataset), FLAGS.batch_size, FLAGS.seed),
            unsupervised_weight=FLAGS.unsupervised_weight,
            saturating=FLAGS.generator_loss == "minimax",
            baseline=baseline,
        )
        optimizers = (build.make_optimizer() for _ in model.players())
        model.compile(*optimizers)
        return model

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """The curve of the test accuracy; no histogram of the samples' classes."""
        from amnat.methods.semi_supervised.accuracy_curve import AccuracyCurve

        test = self.load_data("test")
        return [AccuracyCurve(FLAGS.accuracy_interval, start, run, test, FLAGS.batch_size)]


def _define_labels() -> None:
    define_integer(
        "num_labels",
        100,
        "Labelled training images, equally many of each class.",
        fixed=True,
    )
    define_integer(
        "label_seed",
        None,
        "Seed of the choice of the labelled images. Default: --seed.",
        fixed=True,
        at_least=0,
    )
    define_boolean(
        "extra_class",
        False,
        "K + 1 logits, with one of 'generated', instead of K with that logit at 0.",
        fixed=True,
    )
    define_float(
        "unsupervised_weight",
        1.0,
        "Weight of the discriminator's loss on unlabelled and generated images; 0.5 in "
        "improved-gan.",
        fixed=True,
        at_least=0,
    )
    define_enum(
        "generator_loss",
        "non_saturating",
        ["non_saturating", "minimax"],
        "The generator's own loss, without --feature_matching or beside it.",
        fixed=True,
    )
    define_integer(
        "accuracy_interval",
        500,
        "Iterations between test accuracies.",
        fixed=False,
        at_least=1,
    )


def _define_networks() -> None:
    define_enum(
        "network", "mlp", ["mlp", "conv"], "improved-gan's for MNIST, or DCGAN's.", fixed=True
    )
    define_integer(
        "width",
        32,
        "Channels of the widest maps of conv.",
        fixed=True,
        at_least=1,
        only_with="network=conv",
        means="width",
    )
    define_boolean(
        "baseline",
        True,
        "Beside the GAN, train the same classifier on the labelled images only.",
        fixed=True,
    )


def _choose(dataset: Dataset) -> Dataset:
    """The labelled part of the training split; raises InputError."""
    seed = FLAGS.seed if FLAGS.label_seed is None else FLAGS.label_seed
    return choose_labelled(dataset, FLAGS.num_labels, seed)


def _make_networks(dataset: Dataset, latent: Latent) -> tuple[Callable[[], Network], Network]:
    """(callable that makes a generator, discriminator) with their variables."""
    from amnat.methods.pytorch_gan import build
    from amnat.methods.pytorch_gan.dcgan_networks import GuidelineDiscriminator, GuidelineGenerator
    from amnat.methods.semi_supervised.networks import (
        SemiSupervisedDiscriminator,
        SemiSupervisedGenerator,
    )
    from amnat.training import technique_flags

    shape = dataset.sample_shape
    common = {"seed": FLAGS.seed}
    own = {"latent_dim": FLAGS.latent_dim, "weight_norm": FLAGS.weight_norm}
    heads = {"num_logits": dataset.num_classes + FLAGS.extra_class}
    heads |= build.discriminator_techniques()
    generator_class: type[Network]
    if FLAGS.network == "mlp":
        generator_class, own = SemiSupervisedGenerator, {"image_shape": shape}
        discriminator = SemiSupervisedDiscriminator(**heads, **common)
    else:
        generator_class = GuidelineGenerator
        common |= {"image_size": shape[0], "channels": shape[-1], "width": FLAGS.width}
        common |= {"data_format": FLAGS.data_format}
        discriminator = GuidelineDiscriminator(plain_features=True, **heads, **common)

    def make_generator() -> Network:
        return technique_flags.make_generator(generator_class, latent, **own, **common)

    return make_generator, discriminator.build_variables(shape)


def _start_from_data(discriminator: Network, dataset: Dataset) -> None:
    """The data-dependent start of weight norm, for the network that has one in improved-gan."""
    from amnat.networks import initialize_from_data
    from amnat.rng import RNG

    images = dataset.subset(slice(INITIALIZATION_IMAGES)).images
    initialize_from_data(discriminator, images, rng=RNG(FLAGS.seed, 0, "start/"))
