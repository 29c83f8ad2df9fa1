"""Sixteen-bit training, loss scaling, clipped gradients, compiled steps."""

from amnat.layers import BatchStatisticsNormalization, Dense, RescaledDropout
from amnat.models.compiled_loop import stacked
from amnat.rng import RNG
from amnat.training import checkpoints

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
import tiny


@pytest.fixture(params=["mixed_bfloat16", "mixed_float16"])
def policy(request):
    keras.mixed_precision.set_global_policy(request.param)
    yield request.param
    keras.mixed_precision.set_global_policy("float32")


def _batch():
    data = tiny.dataset()
    return tf.constant(data.samples[:20]), tf.constant(data.labels[:20])


def _gan():
    """With plain gradient descent: Adam's first steps are of one size whatever the gradient."""
    gan = tiny.model()
    gan.compile(*(keras.optimizers.legacy.SGD(1.0) for _ in range(2)))
    return gan


def _norm(before, after):
    return np.sqrt(sum(np.sum((b - a) ** 2) for b, a in zip(before, after, strict=True)))


@pytest.mark.parametrize("shape", [(64, 3), (16, 2, 2, 3)])
@pytest.mark.parametrize("implementation", ["fused", "moments"])
def test_batch_statistics_are_taken_in_float32(policy, shape, implementation):
    # The square of the mean is beyond float16, and float32 alone resolves the deviations' mean.
    x = (300.0 + 4.0 * np.random.default_rng(0).normal(size=shape)).astype(np.float16)
    layer = BatchStatisticsNormalization(implementation=implementation)
    found = layer(tf.constant(x))
    assert found.dtype == layer.compute_dtype and layer.scale.dtype == tf.float32
    exact = tf.cast(tf.constant(x), layer.compute_dtype).numpy().astype(np.float64)
    axes = tuple(range(len(shape) - 1))
    expected = (exact - exact.mean(axes)) / np.sqrt(exact.var(axes) + 0.001)
    precision = 2.0**-7 if policy == "mixed_bfloat16" else 2.0**-9
    np.testing.assert_allclose(found.numpy().astype(np.float64), expected, atol=4 * precision)


def test_weight_norm_is_taken_in_float32(policy):
    layer = Dense(5, seed=3)
    x = np.random.default_rng(0).normal(size=(7, 400)).astype(np.float32)
    found = layer(tf.constant(x)).numpy().astype(np.float64)
    # Squares of weights of 0.01 are hardly there in float16.
    w = layer.w.numpy().astype(np.float64)
    expected = x @ (w / np.sqrt((w**2).sum(0)))
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_draws_are_those_of_float32(policy):
    layer = RescaledDropout(0.3)
    ones = np.ones((4, 500), np.float32)
    kept = layer(tf.constant(ones), RNG(1, 0)).numpy() != 0
    plain = RescaledDropout(0.3, name=layer.name, dtype="float32")
    np.testing.assert_array_equal(kept, plain(tf.constant(ones), RNG(1, 0)).numpy() != 0)


def test_training_in_16_bits_follows_that_in_32(policy):
    gan, batch = _gan(), _batch()
    assert gan.generator.compute_dtype == policy.removeprefix("mixed_")
    start = [w.numpy() for w in gan.discriminator.trainable_variables]
    logs = gan.train_step(batch)
    assert {value.dtype for value in logs.values()} == {tf.float32}
    assert {w.dtype for w in gan.weights if w.dtype.is_floating} == {tf.float32, tf.float64}
    keras.mixed_precision.set_global_policy("float32")
    plain = _gan()
    expected = plain.train_step(batch)
    np.testing.assert_allclose(logs["loss_dis_total"], expected["loss_dis_total"], rtol=0.02)
    moved = [w.numpy() for w in gan.discriminator.trainable_variables]
    exact = [w.numpy() for w in plain.discriminator.trainable_variables]
    assert _norm(moved, exact) < 0.3 * _norm(start, exact)


def test_an_overflow_skips_the_update_and_lowers_the_scale(tmp_path):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        gan, other = tiny.model(), tiny.model()
        scale = gan.d_optimizer.loss_scale.numpy()
        gan.d_optimizer._loss_scale._current_loss_scale.assign(2.0**40)
        before = [w.numpy() for w in gan.discriminator.trainable_variables]
        gan.train_step(_batch())
        after = [w.numpy() for w in gan.discriminator.trainable_variables]
        assert _norm(before, after) == 0 and gan.d_optimizer.loss_scale.numpy() == 2.0**39
        assert gan.g_optimizer.loss_scale.numpy() == scale
        checkpoints.save(gan, tmp_path, 1, 1)
        checkpoints.restore(other, tmp_path, 1)
        assert other.d_optimizer.loss_scale.numpy() == 2.0**39
    finally:
        keras.mixed_precision.set_global_policy("float32")


def test_clipped_gradients_have_the_norm():
    gan, batch = _gan(), _batch()
    start = [w.numpy() for w in gan.discriminator.trainable_variables]
    reference = _gan()
    reference.train_step(batch)
    whole = [w.numpy() for w in reference.discriminator.trainable_variables]
    norm = _norm(start, whole)
    gan.clip_norm = norm / 4
    gan.train_step(batch)
    clipped = [w.numpy() for w in gan.discriminator.trainable_variables]
    for first, full, part in zip(start, whole, clipped, strict=True):
        np.testing.assert_allclose(part - first, (full - first) / 4, rtol=1e-3, atol=1e-6)


def test_a_compiled_step_trains():
    gan = tiny.model()
    gan.jit_compile = True
    data = tf.data.Dataset.from_tensors(_batch()).repeat(2)
    before = [w.numpy() for w in gan.generator.trainable_variables]
    history = gan.fit(data, verbose=0).history
    assert np.isfinite(history["loss_dis_total"]).all()
    assert _norm(before, [w.numpy() for w in gan.generator.trainable_variables]) > 0
    assert gan.iteration.numpy() == 2


def compiled_run(batches, steps_per_execution, together=False):
    """(model, the ends of executions that callbacks saw) after every batch, compiled with XLA."""
    gan = tiny.model()
    gan.compile(gan.d_optimizer, gan.g_optimizer, steps_per_execution=steps_per_execution)
    gan.jit_compile = True
    data = tf.data.Dataset.from_generator(
        lambda: iter(batches),
        output_signature=tf.nest.map_structure(tf.TensorSpec.from_tensor, batches[0]),
    )
    if together:
        data = stacked(data.repeat(), steps_per_execution)
        gan.stacked_batches = True
    ends = []
    noting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda i, logs: ends.append(i))
    gan.fit(data, steps_per_epoch=len(batches), verbose=0, callbacks=[noting])
    return gan, ends


def test_a_compiled_loop_trains_as_compiled_steps_do():
    """Five batches in executions of three and two steps."""
    samples, labels = _batch()
    batches = [(samples * scale, labels) for scale in (1.0, 0.5, 0.25, -0.5, -1.0)]
    single, ends = compiled_run(batches, 1)
    assert ends == [0, 1, 2, 3, 4]
    for together in (False, True):
        several, ends = compiled_run(batches, 3, together)
        assert ends == [2, 4]
        assert several.iteration.numpy() == several.log_count.numpy() == 5
        assert several._train_counter.numpy() == 5
        for one, other in zip(single.weights, several.weights, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(single.log_sums, several.log_sums, rtol=1e-4)


def test_batches_of_varying_shapes_are_not_stacked():
    data = tf.data.Dataset.range(8).map(lambda i: tf.zeros([i % 2, 3])).repeat()
    assert stacked(data, 2) is None
