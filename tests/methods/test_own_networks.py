"""Plain Keras networks and optimizers in every method class, and mistakes with them in one line."""

import dataclasses
import warnings

from amnat import data
from amnat.errors import InputError
from amnat.methods.am_gan.image_networks import DCGANDiscriminator, DCGANGenerator
from amnat.methods.am_gan.model import AMGAN
from amnat.methods.am_gan_paper.model import ClassAwareGAN, InputNoise
from amnat.methods.am_gan_paper.objective import METHODS as ROWS
from amnat.methods.translator.latent import TranslationLatent
from amnat.methods.translator.model import CycleInfoGAN, TranslationSchedule
from amnat.models import GAN, ClassConditionalLatent, GANModel, NormalLatent
from amnat.models.techniques import Techniques, with_techniques
from amnat.networks import Network
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from keras_methods import CASES, critic, discriminator, generator, samples
from tf_keras import layers

LABELLED = [name for name, case in CASES.items() if case.labels]


def made(name):
    return CASES[name].make(CASES[name].logits)


def message(error, function, *args, **kwargs):
    """The text of an error, which is one sentence."""
    with pytest.raises(error) as caught:
        function(*args, **kwargs)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 300, text
    return text


@pytest.mark.parametrize("name", CASES)
def test_every_method_trains_plain_networks_with_keras_optimizers(name):
    case, model = CASES[name], made(name)
    model.compile(*["sgd"] * case.players, run_eagerly=True)
    images, labels = samples()
    before = [[w.numpy() for w in x.weights] for x in (model.generator, model.discriminator)]
    arrays = (images, labels) if case.labels else (images,)
    history = model.fit(*arrays, batch_size=4, verbose=0, steps_per_epoch=1).history
    assert set(history) == set(model.log_names) and np.isfinite(list(history.values())).all()
    for network, earlier in zip((model.generator, model.discriminator), before, strict=True):
        moved = {
            w.name.split("/")[-1]: not np.array_equal(w, old)
            for w, old in zip(network.weights, earlier, strict=True)
        }
        assert moved["moving_mean:0"] and moved["kernel:0"], moved
    latents = model.latent(RNG(0, 0), 5)
    drawn = model.sample(latents)
    np.testing.assert_allclose(drawn[:1], model.sample(latents[:1]), atol=1e-6)
    still = [w.numpy() for w in model.generator.weights]
    model.sample(latents)
    for now, then in zip(model.generator.weights, still, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_translator_takes_plain_networks_and_rollouts():
    latent = TranslationLatent((4, 4, 1), 3, 2)
    schedule = TranslationSchedule(generator_batch=6, critic_batch=6)
    model = CycleInfoGAN([generator(latent.size)], [critic(3)], latent, schedule=schedule)
    model.compile("sgd", "sgd", "sgd", run_eagerly=True)
    images, _ = samples()
    rollout = tf.data.Dataset.from_tensors((images, np.repeat([0, 1, 2], 4)))
    assert np.isfinite(model.fit(rollout, verbose=0).history["loss_dis_total"][0])
    assert "rollouts" in message(InputError, model.fit, images)


@pytest.mark.parametrize("name", CASES)
def test_wrong_numbers_of_logits(name):
    case = CASES[name]
    model = case.make(case.wrong)
    text = message(InputError, model.compile, *["sgd"] * case.players)
    assert "logits" in text and "expected" in text


@pytest.mark.parametrize("name", LABELLED)
def test_labels_that_cannot_be_learnt_from(name):
    images, labels = samples()
    model = made(name)
    assert model.label_classes == 3
    for wrong, said in (
        (labels + 1, "reach 3, expected 0 to 2"),
        (labels - 1, "reach -1, expected 0 to 2"),
        (labels.astype(np.float32), "are float32, expected integers"),
        (np.eye(3)[labels], r"of shape [12, 3], expected [N]; labels.argmax"),
        (labels[:5], "5 labels of 12 samples"),
        (None, "no labels"),
    ):
        assert said in message(InputError, model.fit, images, wrong, verbose=0)
    batches = tf.data.Dataset.from_tensor_slices((images, labels + 1)).batch(12)
    assert "reach 3" in message(InputError, model.fit, batches)
    assert "no labels" in message(InputError, model.fit, batches.map(lambda x, y: x))


def test_the_fake_class_is_named():
    text = message(InputError, made("AMGAN").fit, *(samples()[0], np.full(12, 3)))
    assert "4 logits, 1 of them for what is no class of the data" in text


def test_logits_without_a_class_are_noticed():
    model = AMGAN(generator(), discriminator(6))
    model.compile("sgd", "sgd", run_eagerly=True)
    with pytest.warns(UserWarning, match="labels end at 2, but the discriminator has logits for 5"):
        model.fit(*samples(), verbose=0)


@pytest.mark.parametrize("name", CASES)
def test_images_that_cannot_be_learnt_from(name):
    model, (images, labels) = made(name), samples()
    for wrong, said in (
        (images * 2, "expected [-1, 1]"),
        (np.full((12, 4, 4, 1), 200, np.uint8), "samples are uint8, expected floats in [-1, 1]"),
        (np.full_like(images, np.nan), "not finite"),
        (images[:, :2], "samples of shape [2, 4, 1], but generator and discriminator"),
        (images[0, 0, 0], "expected [N, ...]"),
    ):
        assert said in message(InputError, model.fit, wrong, labels)
        if wrong.ndim == 4:
            batches = tf.data.Dataset.from_tensor_slices((wrong, labels)).batch(4)
            assert said in message(InputError, model.fit, batches)


def test_networks_that_do_not_fit_one_another():
    cases = (
        (generator(side=5), keras.Sequential([layers.Input((4, 4, 1)), layers.Flatten()]),
         None, "samples of shape [5, 5, 1], but the discriminator takes [4, 4, 1]"),
        (generator(6), discriminator(1), NormalLatent(7), "takes [6], but a latent has 7 entries"),
        (generator(end="sigmoid"), discriminator(1), None, "the generator ends in sigmoid"),
        (keras.Sequential([layers.Input((1, 1, 6)), layers.Dense(1, "tanh")]), discriminator(1),
         NormalLatent(6), "the generator takes [1, 1, 6], expected latents of shape [n]"),
        (generator(), discriminator(1, "sigmoid"), None, "the discriminator ends in sigmoid"),
        (generator(), keras.Sequential([layers.Conv2D(1, 3)]), None, "expected logits [batch, n]"),
    )  # fmt: skip
    for one, other, latent, said in cases:
        assert said in message(InputError, GAN(one, other, latent).compile, "sgd", "sgd")


def test_networks_that_are_none():
    assert "numpy.ndarray, expected a tf_keras" in message(
        InputError, GAN, np.zeros(3), discriminator(1)
    )
    three = pytest.importorskip("keras")
    network = three.Sequential([three.layers.Dense(1)])
    assert "one of Keras 3" in message(InputError, GAN, generator(), network)
    too_small = keras.Sequential([layers.Conv2D(1, 9), layers.Flatten(), layers.Dense(1)])
    assert "discriminator: cannot be called on samples of shape [4, 4, 1]" in message(
        InputError, GAN, generator(), too_small
    )


def test_optimizers():
    gan = GAN(generator(), discriminator(1))
    same = keras.optimizers.Adam()
    for given, said in (
        (("sgd",), "1 optimizers, expected 2: d_optimizer, g_optimizer"),
        ((same, same), "one optimizer for two players"),
        (("sgd", "no_such"), "no optimizer 'no_such' (g_optimizer)"),
        (("sgd", 0.1), "g_optimizer is builtins.float"),
    ):
        assert said in message(InputError, gan.compile, *given)
    assert "optimizer, expected 2" in message(InputError, gan.compile, optimizer="sgd")
    gan.compile(g_optimizer="adam", d_optimizer=keras.optimizers.legacy.Adam())
    assert isinstance(gan.g_optimizer, keras.optimizers.Adam)


@pytest.mark.parametrize("kind", [keras.optimizers, keras.optimizers.legacy])
def test_schedules_of_both_kinds_of_optimizers_are_logged(kind):
    gan = GAN(generator(), discriminator(1))
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.5, 0.25])
    gan.compile(kind.SGD(rate), kind.SGD(rate), run_eagerly=True)
    images, _ = samples()
    # Keras logs the last iteration of an epoch.
    assert gan.fit(images, batch_size=4, verbose=0).history["klr"] == [250.0]


def test_what_the_networks_say_is_the_default():
    gan = GAN(generator(6), discriminator(1))
    assert gan.latent.size == 6
    own = AMGAN(DCGANGenerator(1, 1), DCGANDiscriminator(11, 1))
    assert own.latent.size == 100 and own.discriminator.built
    own.compile("sgd", "sgd", run_eagerly=True)
    digits = data.load("digits")
    own.fit(digits.subset(np.flatnonzero(digits.labels == 9)[:4]), verbose=0, batch_size=4)
    assert own.iteration.numpy() == 1
    predefined = dataclasses.replace(ROWS["ac_gan"], predefined=True)
    latent = ClassAwareGAN(generator(9), discriminator(5), objective=predefined).latent
    assert isinstance(latent, ClassConditionalLatent) and (latent.dim, latent.size) == (6, 9)
    assert "noise_stddev" in message(
        InputError, ClassAwareGAN, generator(), discriminator(5), input_noise=InputNoise()
    )


def test_a_call_gets_what_it_takes():
    seen = []

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = layers.Dense(1)

        def call(self, inputs, training=None, rng=None):
            seen.append((training, rng is not None))
            return self.last(layers.Flatten()(inputs))

    gan = GAN(generator(), Own())
    gan.compile("sgd", "sgd", run_eagerly=True)
    seen.clear()
    gan.fit(samples()[0], batch_size=12, verbose=0)
    assert seen == [(True, True)] * 3
    gan.discriminator(samples()[0])
    assert seen[-1] == (False, False)


class Inner(Network):
    """A network of amnat that holds layers of Keras."""

    def __init__(self, **kwargs):
        super().__init__("lrelu", name="discriminator", **kwargs)
        self.norm = layers.BatchNormalization()
        self.last = layers.Dense(1)

    def call(self, inputs, rng=None):
        return self.last(layers.Flatten()(self.norm(inputs)))


def test_keras_layers_in_networks_of_amnat_act_as_in_training():
    gan = GAN(generator(), Inner(), ema_decay=0.5)
    gan.compile("sgd", "sgd", run_eagerly=True)
    gan.fit(samples()[0], batch_size=12, verbose=0)
    assert np.abs(gan.discriminator.norm.moving_mean).max() > 0
    # The averaged generator is made without being asked for.
    kernels = [net.trainable_variables or net.weights for net in (gan.generator, gan.ema_generator)]
    assert not np.array_equal(kernels[0][0], kernels[1][0])


def test_feature_matching_and_instance_noise_on_plain_networks():
    techniques = Techniques(feature_matching="sum_squares", instance_noise=0.1)
    gan = with_techniques(GAN, techniques)(generator(), discriminator(1))
    gan.compile("sgd", "sgd", run_eagerly=True)
    logs = gan.fit(samples()[0], batch_size=12, verbose=0).history
    assert logs["loss_gen_matching"][0] > 0


def test_batches_of_arrays():
    images, _ = samples()
    gan = GAN(generator(), discriminator(1), d_steps=3)
    gan.compile("sgd", "sgd", run_eagerly=True)
    gan.fit(images, batch_size=2, epochs=2, verbose=0)
    # Two iterations of three batches of two in each epoch.
    assert gan.iteration.numpy() == 4 and gan.d_optimizer.iterations.numpy() == 12
    assert "3 samples" in message(InputError, gan.fit, images[:2])
    for name in ("validation_data", "validation_split"):
        assert name in message(InputError, gan.fit, images, **{name: 0.5})


class Sequence(keras.utils.Sequence):
    def __len__(self):
        return 3

    def __getitem__(self, index):
        images, labels = samples()
        return images[4 * index :][:4], labels[4 * index :][:4]


def test_other_forms_of_data():
    images, labels = samples()
    model = made("AMGAN")
    model.compile("sgd", "sgd")
    model.fit(Sequence(), epochs=2, verbose=0)
    assert model.iteration.numpy() == 6
    model.fit(((images[:4], labels[:4]) for _ in range(9)), steps_per_epoch=2, verbose=0)
    assert model.iteration.numpy() == 8
    doubles = (images.astype(np.float64), labels[:, None].astype(np.uint8))
    model.fit(tf.data.Dataset.from_tensor_slices(doubles).batch(4), verbose=0)
    assert model.iteration.numpy() == 11
    model.fit(images.tolist(), labels.tolist(), batch_size=4, verbose=0)
    for wrong, said in (
        (((images, labels) for _ in range(0)), "a generator without batches"),
        (((images, labels + 9) for _ in range(1)), "labels reach 11"),
        ((images, labels), "tuple, expected arrays, fit(x, y)"),
    ):
        assert said in message(InputError, model.fit, wrong)
    assert "batch_size beside" in message(InputError, model.fit, Sequence(), batch_size=4)


def test_a_data_set_is_checked_before_a_run_is_made():
    shape = data.load("digits").sample_shape
    network = keras.Sequential([layers.Input(shape), layers.Flatten(), layers.Dense(10)])
    model = AMGAN(generator(side=32), network)
    text = message(InputError, model.check_dataset, data.load("digits"))
    assert "has 10 classes, but the discriminator has 10 logits, 1 of them" in text
    assert "samples of shape" in message(InputError, made("GAN").check_dataset, data.load("digits"))


def test_players_have_something_to_train():
    frozen = generator()
    frozen.trainable = False
    assert "g_optimizer has no weights" in message(
        InputError, GAN(frozen, discriminator(1)).compile, "sgd", "sgd"
    )
    same = generator()
    assert "ema_generator" in message(
        InputError, GAN, same, discriminator(1), ema_generator=same, ema_decay=0.5
    )


class Odd(GANModel):
    """Logs what it does not declare, or returns no logs."""

    log_names = ("loss_dis_total", "loss_gen_total")
    returns = staticmethod(lambda loss: (loss, {"loss_gen_total": loss, "extra": loss}))

    def discriminator_loss(self, batch, rng):
        loss = tf.reduce_mean(self.discriminator(batch[0], rng=rng))
        return loss, {"loss_dis_total": loss}

    def generator_loss(self, batch, rng):
        fake = self.generator(self.latent(rng, 4))
        return self.returns(tf.reduce_mean(self.discriminator(fake)))


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        (Odd.returns, "Odd logs extra, which log_names does not declare"),
        (lambda loss: (loss, {}), "Odd does not log loss_gen_total, which log_names declares"),
        (lambda loss: loss, "Odd.generator_loss returned"),
        (lambda loss: (tf.fill([3], loss), {}), "a loss of shape [3], expected (scalar"),
    ],
)
def test_losses_that_break_their_contract(returns, said):
    model = Odd(generator(), discriminator(1))
    model.returns = returns
    model.compile("sgd", "sgd")
    assert said in message(InputError, model.fit, samples()[0], batch_size=4, verbose=0)


def test_right_data_gives_no_warning():
    gan = made("AMGAN")
    gan.compile("sgd", "sgd", run_eagerly=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gan.fit(*samples(), verbose=0)
    labels = samples()[1][:, None].astype(np.uint8)
    gan.fit(samples()[0], labels, verbose=0)
