"""Trains a semi-supervised GAN, and the same classifier on the labelled samples alone beside it.

    python tools/ssl_gan.py --flagfile=flags/ssl_gan_digits.flags

The discriminator tells K classes and generated images apart; it sees the labels of --num_labels
training images. Its networks, and the defaults of the rate and the batch, are those of improved-gan
(mnist_svhn_cifar10/train_mnist_feature_matching.py); flags that PyTorch-GAN has keep its names.
"""

import pathlib
import sys

from absl import flags

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amnat.data.labelled_subset import choose_labelled  # noqa: E402
from amnat.methods.pytorch_gan import flags as pytorch_gan_flags  # noqa: E402
from amnat.training import flags as flag_defs  # noqa: E402
from amnat.training import session  # noqa: E402

FLAGS = flags.FLAGS

IMAGE_SIZES = (28, 32, 64)
# Images whose statistics weight norm starts from, as in improved-gan.
INITIALIZATION_IMAGES = 500

pytorch_gan_flags.define(ROOT, img_size=28, batch_size=100)
flags.DEFINE_integer("num_labels", 100, "Labelled training images, equally many of each class.")
flags.DEFINE_integer(
    "label_seed", None, "Of the choice of the labelled images. Default: --seed.", lower_bound=0
)
flags.DEFINE_boolean(
    "extra_class",
    False,
    "K + 1 logits, with one of 'generated', instead of K with that logit at 0.",
)
flags.DEFINE_float(
    "unsupervised_weight",
    1.0,
    "Of the discriminator's loss on unlabelled and generated images; 0.5 in improved-gan.",
)
flags.DEFINE_enum(
    "generator_loss",
    "non_saturating",
    ["non_saturating", "minimax"],
    "The generator's own loss, without --feature_matching or beside it.",
)
flags.DEFINE_enum("network", "mlp", ["mlp", "conv"], "improved-gan's for MNIST, or DCGAN's.")
flags.DEFINE_integer("width", 32, "Channels of the widest maps of conv.", lower_bound=1)
flags.DEFINE_boolean(
    "baseline", True, "Train the same classifier on the labelled images alone beside it."
)
flags.DEFINE_integer("accuracy_interval", 500, "Iterations between test accuracies.", lower_bound=1)
# What this method is published with; all can be switched off.
for name, value in (
    ("lr", 0.003),
    ("weight_norm", True),
    ("feature_matching", "sum_squares"),
    ("real_target", 0.9),
):
    FLAGS.set_default(name, value)

FIXED_BY_RUN = (
    *pytorch_gan_flags.FIXED_BY_RUN,
    *("num_labels", "label_seed", "extra_class", "unsupervised_weight", "generator_loss"),
    *("network", "width", "baseline"),
)


def check_flags():
    """Checks every flag that needs no file; raises InputError."""
    pytorch_gan_flags.check()
    flag_defs.require_finite("unsupervised_weight")
    flag_defs.require(
        FLAGS.network == "mlp" or FLAGS.img_size in IMAGE_SIZES,
        "img_size",
        "28, 32 or 64 with --network=conv",
    )
    flag_defs.require(
        FLAGS.network == "conv" or not FLAGS.virtual_batch_norm,
        "virtual_batch_norm",
        "--network=conv with it",
    )


def choose(dataset):
    """The labelled part of the training split."""
    seed = FLAGS.seed if FLAGS.label_seed is None else FLAGS.label_seed
    return choose_labelled(dataset, FLAGS.num_labels, seed)


def make_networks(dataset, latent):
    """(callable that makes a generator, discriminator) with their variables."""
    from amnat.methods.pytorch_gan import build as adversarial_training
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
    heads |= adversarial_training.discriminator_techniques()
    if FLAGS.network == "mlp":
        generator_class, own = SemiSupervisedGenerator, {"image_shape": shape}
        discriminator = SemiSupervisedDiscriminator(**heads, **common)
    else:
        generator_class = GuidelineGenerator
        common |= {"image_size": shape[0], "channels": shape[-1], "width": FLAGS.width}
        common |= {"data_format": FLAGS.data_format}
        discriminator = GuidelineDiscriminator(plain_features=True, **heads, **common)

    def generator():
        return technique_flags.make_generator(generator_class, latent, **own, **common)

    return generator, discriminator.build_variables(shape)


def start_from_data(discriminator, dataset):
    """The data-dependent start of weight norm, for the network that has one in improved-gan."""
    from amnat.networks import initialize_from_data
    from amnat.rng import RNG

    images = dataset.subset(slice(INITIALIZATION_IMAGES)).images
    initialize_from_data(discriminator, images, rng=RNG(FLAGS.seed, 0, "start/"))


def build_model(dataset):
    """The compiled model for a data set; call it under the strategy's scope."""
    from amnat.methods.pytorch_gan import build as adversarial_training
    from amnat.methods.semi_supervised.model import SemiSupervisedGAN
    from amnat.models.class_latent import NoiseLatent
    from amnat.models.labelled_batches import LabelledBatches
    from amnat.models.techniques import with_techniques
    from amnat.training import technique_flags

    print(f"labels         {FLAGS.num_labels} of {dataset.num_samples:,} images")
    print(technique_flags.describe(FLAGS.weight_norm), flush=True)
    latent = NoiseLatent(FLAGS.latent_dim, "uniform")
    generator, discriminator = make_networks(dataset, latent)
    if FLAGS.network == "mlp" and FLAGS.weight_norm and not FLAGS.minibatch_kernels:
        start_from_data(discriminator, dataset)
    baseline = None
    if FLAGS.baseline:
        baseline = type(discriminator).from_config(discriminator.get_config())
        baseline.build_variables(dataset.sample_shape)
        baseline.set_weights(discriminator.get_weights())
    model = with_techniques(SemiSupervisedGAN, technique_flags.techniques())(
        generator(),
        discriminator,
        latent,
        seed=FLAGS.seed,
        ema_generator=generator() if FLAGS.ema_decay else None,
        ema_decay=FLAGS.ema_decay,
        num_classes=dataset.num_classes,
        labelled=LabelledBatches(choose(dataset), FLAGS.batch_size, FLAGS.seed),
        unsupervised_weight=FLAGS.unsupervised_weight,
        saturating=FLAGS.generator_loss == "minimax",
        baseline=baseline,
    )
    model.compile(
        *(adversarial_training.make_optimizer() for _ in model.players()),
        steps_per_execution=FLAGS.steps_per_execution,
    )
    return model


def main():
    check_flags()
    run, start = pytorch_gan_flags.open_run("ssl_gan", FIXED_BY_RUN)
    dataset = pytorch_gan_flags.load_data("train")
    choose(dataset)
    curves = []

    def accuracy_curve(run, start, dataset, options):
        from amnat.methods.semi_supervised.accuracy_curve import AccuracyCurve

        test = pytorch_gan_flags.load_data("test")
        curves.append(AccuracyCurve(FLAGS.accuracy_interval, start, run, test, FLAGS.batch_size))
        return curves

    status = session.train(
        session.Session(
            run=run,
            start=start,
            dataset=dataset,
            load_test=lambda: pytorch_gan_flags.load_data("test"),
            batch_size=FLAGS.batch_size,
            batch_size_flag="batch_size",
            num_iterations=pytorch_gan_flags.num_iterations(dataset),
            build_model=build_model,
            extra_callbacks=accuracy_curve,
        )
    )
    if curves and curves[0].series.rows:
        print(curves[0].summary())
    return status


if __name__ == "__main__":
    flag_defs.run(main)
