"""Optimizers on recorded gradients, against the original's arithmetic (tests/golden)."""

from amnat.compat import tf1_contrib
from amnat.training import optimizers

import am_gan_golden
import numpy as np
import pytest
import tensorflow as tf

GOLDEN = am_gan_golden.load("optimizers")
VARIABLES = ("matrix", "vector")


def _run(case, optimizer_of, dtype):
    """Variables after each of five steps, {name: [5, ...]}."""
    rates, step = GOLDEN[f"{case}/learning_rate"], tf.Variable(0, dtype=tf.int64)
    optimizer = optimizer_of(lambda: tf.constant(rates)[step])
    variables = [tf.Variable(tf.cast(GOLDEN[f"initial/{name}"], dtype)) for name in VARIABLES]
    history = {name: [] for name in VARIABLES}
    for index in range(5):
        gradients = [tf.cast(GOLDEN[f"gradients/{name}"][index], dtype) for name in VARIABLES]
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        step.assign_add(1)
        for name, variable in zip(VARIABLES, variables, strict=True):
            history[name].append(variable.numpy())
    return history, optimizer, variables


def _check(case, optimizer_of, dtype):
    history, *rest = _run(case, optimizer_of, dtype)
    # Adam holds its betas in float32, in TensorFlow 1 as here; the golden ones are float64.
    tolerance = 1e-12 if dtype == "float64" and "adam" not in case else 2e-7
    for name in VARIABLES:
        np.testing.assert_allclose(
            history[name], GOLDEN[f"{case}/variables/{name}"], rtol=tolerance, atol=tolerance
        )
    return rest


@pytest.mark.parametrize("decay", ["linear", "exp"])
@pytest.mark.parametrize("name", ["adam", "mom", "sgd"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_golden(name, decay, dtype):
    case = f"{name}_{decay}"
    config = GOLDEN["config"][case]
    assert config["optimizer"] == name

    def optimizer_of(rate):
        return optimizers.make_optimizer(
            name, rate, config["beta1"], config["beta2"], config["epsilon"]
        )

    _check(case, optimizer_of, dtype)


@pytest.mark.parametrize(
    ("case", "cls"), [("power_sign", optimizers.PowerSign), ("add_sign", optimizers.AddSign)]
)
def test_golden_sign_optimizers(case, cls):
    config = GOLDEN["config"][case]
    optimizer, variables = _check(
        case, lambda rate: cls(rate, alpha=config["alpha_passed"], decay=config["beta"]), "float64"
    )
    for name, variable in zip(VARIABLES, variables, strict=True):
        moment = optimizer.get_slot(variable, "m")
        np.testing.assert_allclose(moment, GOLDEN[f"{case}/m/{name}"], rtol=1e-12)


@pytest.mark.parametrize(("name", "base"), [("powersign", np.e), ("addsign", None)])
def test_published_sign_rule(name, base):
    """Bello et al. 2017, by hand, over gradients that change sign."""
    gradients = [1.0, -0.2, 0.3, -2.0]
    optimizer = optimizers.make_optimizer(name, 0.1, fix_sign=True)
    variable, value, moment = tf.Variable(1.0, dtype=tf.float64), 1.0, 0.0
    for gradient in gradients:
        optimizer.apply_gradients([(tf.constant(gradient, tf.float64), variable)])
        moment = 0.5 * moment + 0.5 * gradient
        agreement = np.sign(gradient) * np.sign(moment)
        value -= 0.1 * gradient * (base**agreement if base else 1.0 + agreement)
        np.testing.assert_allclose(variable, value, rtol=1e-6)


def test_unknown_name():
    with pytest.raises(ValueError, match="adamw"):
        optimizers.make_optimizer("adamw", 0.1)


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        (optimizers.NesterovMomentum, {"momentum": 0.25}),
        (optimizers.PlainMomentum, {"momentum": 0.25}),
        (optimizers.PowerSign, {"alpha": 2.0, "decay": 0.75, "fix_sign": True}),
        (optimizers.AddSign, {"alpha": 2.0, "decay": 0.75, "fix_sign": True}),
    ],
)
def test_configs(cls, arguments):
    optimizer = cls(0.125, name="same", **arguments)
    copy = cls.from_config(optimizer.get_config())
    for made in (optimizer, copy):
        config = made.get_config()
        assert config == {"name": "same", "learning_rate": 0.125, **arguments}
        assert all(getattr(made, name) == value for name, value in arguments.items())


def test_defaults_of_make_optimizer():
    config = optimizers.make_optimizer("adam", 0.125).get_config()
    names = ("learning_rate", "beta_1", "beta_2", "epsilon")
    expected = [float(np.float32(number)) for number in (0.125, 0.5, 0.999, 1e-8)]
    assert [float(np.float32(config[name])) for name in names] == expected
    assert optimizers.make_optimizer("mom", 0.125).momentum == 0.5
    assert not optimizers.make_optimizer("powersign", 0.125).fix_sign
    with pytest.raises(ValueError, match="unknown optimizer 'lion', known are adam"):
        optimizers.make_optimizer("lion", 0.125)


def test_rmsprop_is_tensorflow_1s():
    gradients = np.random.RandomState(4).standard_normal((5, 3)).astype(np.float32)
    variable = tf.Variable([1.0, -2.0, 3.0])
    optimizer = optimizers.make_optimizer("rmsprop", lambda: 0.01)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        theirs = tf.compat.v1.get_variable("v", initializer=[1.0, -2.0, 3.0])
        gradient = tf.compat.v1.placeholder(tf.float32, [3])
        step = tf.compat.v1.train.RMSPropOptimizer(0.01).apply_gradients([(gradient, theirs)])
        session.run(tf.compat.v1.global_variables_initializer())
        for each in gradients:
            session.run(step, {gradient: each})
        expected = session.run(theirs)
    for each in gradients:
        optimizer.apply_gradients([(tf.constant(each), variable)])
    np.testing.assert_array_equal(variable, expected)
    again = optimizers.RMSProp.from_config(optimizer.get_config() | {"learning_rate": 0.01})
    assert (again.decay_rate, again.epsilon) == (0.9, 1e-10)


def test_nadam_is_tf_contribs():
    """Against the update written out, and tf.contrib's class as the comparisons supply it."""
    gradients = np.random.RandomState(4).standard_normal((5, 3)).astype(np.float32)
    variable = tf.Variable([1.0, -2.0, 3.0])
    optimizer = optimizers.make_optimizer("nadam", lambda: 0.01, 0.5, 0.9)
    w, m, v = np.array([1.0, -2.0, 3.0]), np.zeros(3), np.zeros(3)
    for t, g in enumerate(np.float64(gradients), start=1):
        m, v = 0.5 * m + 0.5 * g, 0.9 * v + 0.1 * g**2
        rate = 0.01 * np.sqrt(1 - 0.9**t) / (1 - 0.5**t)
        w = w - rate * (0.5 * m + 0.5 * g) / (np.sqrt(v) + 1e-8)
        optimizer.apply_gradients([(tf.constant(gradients[t - 1]), variable)])
    np.testing.assert_allclose(variable, w, rtol=1e-5)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        for use_resource in (False, True):
            theirs = tf.compat.v1.get_variable(
                f"v{use_resource}", initializer=[1.0, -2.0, 3.0], use_resource=use_resource
            )
            gradient = tf.compat.v1.placeholder(tf.float32, [3])
            adam = tf1_contrib.NadamOptimizer(0.01, 0.5, 0.9)
            step = adam.apply_gradients([(gradient, theirs)])
            session.run(tf.compat.v1.global_variables_initializer())
            for each in gradients:
                session.run(step, {gradient: each})
            np.testing.assert_allclose(session.run(theirs), w, rtol=1e-5)
    again = optimizers.NesterovAdam.from_config(optimizer.get_config() | {"learning_rate": 0.01})
    assert (again._serialize_hyperparameter("beta_1"), again.epsilon) == (0.5, 1e-8)
