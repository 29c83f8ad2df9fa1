"""The article's objective: adversarial, identity and cycle losses."""

from amnat.methods.translator.objective import CycleObjective, TranslationStep

import numpy as np
import tensorflow as tf

RNG = np.random.default_rng(0)
SOURCES, REAL, FAKE = RNG.normal(size=(3, 2, 4, 4, 1))
SPACE = RNG.normal(size=(2, 3))


def step(translate):
    return TranslationStep(
        translate,
        *(tf.constant(SOURCES), tf.constant([0, 1])),
        *(tf.constant(FAKE), tf.constant([1, 0])),
        *(tf.constant(REAL), tf.constant(SPACE)),
        tf.constant(0.25, tf.float64),
        0,
    )


def test_losses_and_weights():
    asked = []

    def translate(images, space, labels):
        asked.append((images, space, labels))
        return images + 0.5

    total, logs = CycleObjective()(step(translate))
    identity, cycle = 0.5, np.abs(FAKE + 0.5 - SOURCES).mean()
    np.testing.assert_allclose(logs["loss_gen_identity"], identity)
    np.testing.assert_allclose(logs["loss_gen_cycle"], cycle)
    np.testing.assert_allclose(total, 0.25 + 5 * identity + 10 * cycle)
    assert set(logs) == set(CycleObjective.log_names)
    ((images, space, labels),) = asked
    # Real images are told to stay, translations to go back, both by the code of the way there.
    np.testing.assert_array_equal(images, np.concatenate([REAL, FAKE]))
    np.testing.assert_array_equal(space, np.concatenate([SPACE, SPACE]))
    np.testing.assert_array_equal(labels, [1, 0, 0, 1])


def test_the_repositorys_weights():
    total, logs = CycleObjective(0.5, 3.0)(step(lambda images, space, labels: images))
    expected = 0.25 + 0.5 * logs["loss_gen_identity"] + 3 * logs["loss_gen_cycle"]
    np.testing.assert_allclose(total, expected)
