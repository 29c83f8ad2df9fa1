"""TF-GAN imports on this TensorFlow, and its parts compute what they should."""

from amnat.compat import tfgan

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras


@pytest.fixture(autouse=True)
def layers_are_left_as_they_were():
    """TF-GAN makes layers in graphs of TensorFlow 1, whereby tf_keras gives their classes another
    base for the whole process; a layer that is made outside of a graph gives it back."""
    yield
    keras.layers.Dense(1)
    keras.layers.Flatten()


def test_losses_work():
    real, fake = [[0.5], [2.0]], [[-1.0], [0.25]]
    hinge = np.mean([0.5, 0.0]) + np.mean([0.0, 1.25])
    computed = tfgan.losses.wargs.wasserstein_hinge_discriminator_loss(
        tf.constant(real), tf.constant(fake), add_summaries=False
    )
    assert float(computed) == pytest.approx(hinge)


def test_eval_works():
    a = np.random.RandomState(0).standard_normal((60, 1))
    b = 3 * np.random.RandomState(1).standard_normal((80, 1)) + 1
    # Of two normals on a line: squared differences of the means and of the standard deviations.
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    computed = tfgan.eval.frechet_classifier_distance_from_activations(a, b)
    assert float(computed) == pytest.approx(expected, rel=1e-9)


def test_conditioning_works():
    """The one feature that is built from tf.compat.v1.layers: x + dense(condition)."""
    images, labels = np.ones((3, 2, 2, 1), np.float32), np.eye(3, dtype=np.float32)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        conditioned = tfgan.features.condition_tensor(tf.constant(images), tf.constant(labels))
        session.run(tf.compat.v1.global_variables_initializer())
        kernel = tf.compat.v1.trainable_variables()[0]
        computed, weights = session.run([conditioned, kernel])
    np.testing.assert_allclose(computed, images + weights.reshape(3, 2, 2, 1), rtol=1e-6)


def test_features_work():
    weights = np.random.RandomState(0).standard_normal((7, 5)).astype(np.float32)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        norm = tfgan.features.compute_spectral_norm(
            tf.constant(weights), power_iteration_rounds=100, training=False
        )
        session.run(tf.compat.v1.global_variables_initializer())
        computed = session.run(norm)
    assert computed == pytest.approx(np.linalg.norm(weights, 2), rel=1e-4)


def test_tensorflow_is_left_as_it_was():
    assert not hasattr(tf, "estimator")
    assert not hasattr(tf.compat.v1, "estimator")


def test_estimators_say_that_they_cannot_work():
    import tensorflow_gan

    with pytest.raises(NotImplementedError, match="tf.estimator"):
        tensorflow_gan.estimator.GANEstimator()


def critic(points, _):
    """A critic of points: their first coordinate times a weight that starts at 1."""
    weight = tf.compat.v1.get_variable("weight", initializer=1.0)
    return points[:, :1] * weight


def generator(noise):
    shift = tf.compat.v1.get_variable("shift", initializer=0.5)
    return noise + shift


def test_training_works():
    """One round of Wasserstein GAN training by TF-GAN, with losses and updates by hand."""
    real, noise = np.float32([[2.0, 1.0], [4.0, 0.0]]), np.float32([[0.0, 3.0], [1.0, -1.0]])
    train, losses = tfgan.train, tfgan.losses
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        tf.compat.v1.train.create_global_step()
        model = train.gan_model(generator, critic, tf.constant(real), tf.constant(noise))
        loss = train.gan_loss(
            model,
            generator_loss_fn=losses.wasserstein_generator_loss,
            discriminator_loss_fn=losses.wasserstein_discriminator_loss,
            add_summaries=False,
        )
        rate = tf.compat.v1.train.GradientDescentOptimizer
        ops = train.gan_train_ops(model, loss, rate(0.1), rate(0.01))
        session.run(tf.compat.v1.global_variables_initializer())
        # The critic gives 2 and 4 to the real points, 0.5 and 1.5 to the generated ones.
        found = session.run([loss.generator_loss, loss.discriminator_loss])
        np.testing.assert_allclose(found, [-1.0, 1.0 - 3.0])
        session.run(ops.discriminator_train_op)
        (weight,) = session.run(model.discriminator_variables)
        np.testing.assert_allclose(weight, 1.0 - 0.01 * (1.0 - 3.0), rtol=1e-6)
        session.run(ops.generator_train_op)
        (shift,) = session.run(model.generator_variables)
        np.testing.assert_allclose(shift, 0.5 + 0.1 * weight, rtol=1e-6)
