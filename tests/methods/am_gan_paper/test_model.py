"""The comparison's model apart from its golden iterations: noise, checks, initial state."""

from amnat.errors import InputError
from amnat.methods.am_gan_paper.model import ClassAwareGAN, InputNoise
from amnat.methods.am_gan_paper.networks import AMGANDiscriminator, AMGANGenerator
from amnat.methods.am_gan_paper.objective import ClassAwareObjective
from amnat.models import ClassConditionalLatent, NoiseLatent
from amnat.rng import RNG
from amnat.training.optimizers import make_optimizer

import numpy as np
import pytest
import tensorflow as tf


def _model(objective=None, latent=None, **kwargs):
    latent = latent or NoiseLatent(3)

    def generator():
        return AMGANGenerator(2, 1).build_variables((latent.size,))

    model = ClassAwareGAN(
        generator(),
        AMGANDiscriminator(4, 2).build_variables((32, 32, 1)),
        latent,
        objective=objective,
        ema_generator=generator(),
        ema_decay=0.9,
        **kwargs,
    )
    model.compile(make_optimizer("sgd", 0.01), make_optimizer("sgd", 0.01))
    return model


@pytest.mark.parametrize(
    ("done", "stop_at_minimum", "expected"),
    [
        (0, False, 0.1 + 0.4 * 0.99**2),
        (49, False, 0.1 + 0.4 * 0.5**2),
        (99, False, 0.1),
        (299, False, 0.1 + 0.4 * 2**2),  # grows again, as originally
        (299, True, 0.1),
    ],
)
def test_input_noise_comes_down_over_the_iterations(done, stop_at_minimum, expected):
    noise = InputNoise(0.5, 0.1, 2.0, 100, stop_at_minimum)
    np.testing.assert_allclose(noise.at(tf.constant(done, tf.int64)), expected, rtol=1e-5)


def test_input_noise_is_over_after_100000_iterations():
    noise = InputNoise(0.5, 0.1, 2.0, 1000000)
    np.testing.assert_allclose(noise.at(tf.constant(99999, tf.int64)), 0.1, rtol=1e-6)


def test_the_discriminator_is_given_the_noise_of_the_iteration():
    model = _model(input_noise=InputNoise(0.5, 0.1, 2.0, 100))
    seen = []
    call = model.discriminator.call

    def spy(inputs, rng=None, noise_stddev=None):
        seen.append(float(noise_stddev))
        return call(inputs, rng, noise_stddev)

    model.discriminator.call = spy
    batch = tf.zeros([4, 32, 32, 1]), tf.zeros([4], tf.int32)
    model.train_step(batch)
    model.train_step(batch)
    expected = [0.1 + 0.4 * (1 - t / 100) ** 2 for t in (1, 1, 1, 2, 2, 2)]
    np.testing.assert_allclose(seen, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"wasserstein": True}, "real_from_classes"),
        ({"predefined": True, "target_sharpness": 1.0}, "target_sharpness"),
        ({"fake_classes": "odd"}, "fake_classes"),
        ({"conditional": True}, "conditional needs predefined"),
        ({"drawn_confidence": True, "real_confidence": 0.9}, "drawn_confidence needs"),
        (
            {"conditional": True, "predefined": True, "gradient_penalty_weight": 10.0},
            "conditional has no gradient penalty",
        ),
    ],
)
def test_contradictions(options, message):
    with pytest.raises(ValueError, match=message):
        ClassAwareObjective(**options)


class NotingRNG(RNG):
    """Keeps the uniform draws, {full name: array}."""

    drawn: dict = {}

    def uniform(self, name, shape, dtype=tf.float32):
        values = super().uniform(name, shape, dtype)
        self.drawn[self._prefix + name] = values.numpy()
        return values


def _two_class_loss(logits, targets):
    """The original's: softmax cross-entropy of (real logit, 0) [batch, 2], in float64."""
    two = np.concatenate([np.float64(logits[:, :1]), np.zeros([len(logits), 1])], axis=1)
    largest = two.max(axis=1, keepdims=True)
    log_sum = largest + np.log(np.exp(two - largest).sum(axis=1, keepdims=True))
    return -(targets * (two - log_sum)).sum(axis=1).mean()


def test_each_sample_aims_at_a_probability_of_its_own():
    model = ClassAwareGAN(
        AMGANGenerator(2, 1).build_variables((3,)),
        AMGANDiscriminator(3, 2).build_variables((32, 32, 1)),
        NoiseLatent(3),
        objective=ClassAwareObjective(drawn_confidence=True, labelled=False),
    )
    call, logits = model.discriminator.call, []
    model.discriminator.call = lambda *args, **kwargs: (
        logits.append(call(*args, **kwargs)) or (logits[-1])
    )
    batch = tf.zeros([6, 32, 32, 1]), tf.zeros([6], tf.int32)
    NotingRNG.drawn.clear()
    _, d_logs = model.discriminator_loss(batch, NotingRNG(1, 0, "d0/"))
    _, g_logs = model.generator_loss(batch, NotingRNG(1, 0, "g0/"))
    drawn = NotingRNG.drawn
    names = [name for name in drawn if "confidence" in name]
    assert names == ["d0/confidence_real", "d0/confidence_fake", "g0/confidence_real"]
    real, fake, aimed = (np.sqrt(np.float64(drawn[name]))[:, np.newaxis] for name in names)
    # With one class, its logit is the log-sum-exp of them all.
    real_logits, fake_logits, g_logits = logits
    expected = _two_class_loss(real_logits, np.concatenate([real, 1 - real], axis=1))
    expected += _two_class_loss(fake_logits, np.concatenate([1 - fake, fake], axis=1))
    np.testing.assert_allclose(d_logs["loss_dis_gan"], expected, rtol=1e-5)
    expected = _two_class_loss(g_logits, np.concatenate([aimed, 1 - aimed], axis=1))
    np.testing.assert_allclose(g_logs["loss_gen_gan"], expected, rtol=1e-5)


def test_drawn_targets_are_for_one_class():
    with pytest.raises(InputError, match="4 logits, expected 3 with drawn_confidence"):
        _model(ClassAwareObjective(drawn_confidence=True))


def test_predefined_labels_need_their_latent():
    predefined = ClassAwareObjective(predefined=True)
    with pytest.raises(ValueError, match="ClassConditionalLatent"):
        _model(predefined)
    _model(predefined, ClassConditionalLatent(3, 2))


def test_initialisation_is_for_new_models_and_reaches_the_average():
    model, other = _model(), _model()
    before = model.generator.get_weights()
    for one in (model, other):
        one.initialize_from_data(5)
    assert not np.allclose(before[1], model.generator.get_weights()[1])
    for network, average, again in zip(
        model.generator.get_weights(),
        model.ema_generator.get_weights(),
        other.generator.get_weights(),
        strict=True,
    ):
        np.testing.assert_array_equal(network, average)
        np.testing.assert_array_equal(network, again)
    model.train_step((tf.zeros([4, 32, 32, 1]), tf.zeros([4], tf.int32)))
    with pytest.raises(ValueError, match="trained"):
        model.initialize_from_data(5)


def test_a_conditional_discriminator_is_given_the_classes_of_images_and_latents():
    latent = ClassConditionalLatent(3, 2)
    objective = ClassAwareObjective(predefined=True, conditional=True, class_confidence=0.5)
    model = ClassAwareGAN(
        AMGANGenerator(2, 1).build_variables((latent.size,)),
        AMGANDiscriminator(4, 2, num_conditions=2).build_variables((32, 32, 1)),
        latent,
        objective=objective,
    )
    model.compile(make_optimizer("sgd", 0.01), make_optimizer("sgd", 0.01))
    assert not model.has_class_head
    seen, call = [], model.discriminator.call

    def spy(inputs, rng=None, noise_stddev=None, classes=None):
        seen.append(classes.numpy())
        return call(inputs, rng, noise_stddev, classes)

    model.discriminator.call = spy
    model.initialize_from_data(4)
    model.train_step((tf.zeros([4, 32, 32, 1]), tf.constant([0, 1, 1, 0])))
    assert len(seen) == 4
    # Real images have smoothed labels, generated ones the class that was asked for.
    np.testing.assert_allclose(seen[1][:, 0], [0.75, 0.25, 0.25, 0.75])
    for given in (seen[0], seen[2], seen[3]):
        assert set(np.unique(given)) <= {0.0, 1.0} and np.all(given.sum(axis=1) == 1.0)
