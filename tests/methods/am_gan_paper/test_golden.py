"""Whole iterations of the AM-GAN paper's methods against an independent float64 program."""

from amnat.layers import KernelOptions
from amnat.methods.am_gan_paper import model as class_aware_gan
from amnat.methods.am_gan_paper import objective as class_aware_objective
from amnat.methods.am_gan_paper.networks import AMGANDiscriminator, AMGANGenerator
from amnat.models import class_latent
from amnat.rng import RecordedRNG
from amnat.training.optimizers import make_optimizer

import am_gan_golden
import am_gan_reproduce_cases as cases
import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

# Of losses and variables, whose rounding Adam has amplified; of the first gradients, relative to
# a tensor's largest entry.
TOLERANCE, GRADIENT_TOLERANCE = 1e-8, 1e-9
METHODS = class_aware_objective.METHODS


def objective(config):
    return class_aware_objective.ClassAwareObjective(
        real_from_classes=config["lab"],
        d_class_weight=config["d_weight"],
        g_class_weight=config["g_weight"] if config["ac"] else 0.0,
        fake_classes="target" if config["acgan"] else "even" if config["even"] else "free",
        predefined=config["predefined"],
        target_sharpness=config["sharp_pow"],
        real_confidence=config["f2"],
        class_confidence=config["fk"],
        labelled=config["labelled"],
        free_fake_logit=config["fake_logit"],
        wasserstein=config["wgan"],
        gradient_penalty_weight=10.0 if config["penalty"] else 0.0,
        decay_weight=config["decay"],
        mode_weight=1.0 if config["mode"] else 0.0,
        generator_slope_weight=config["slope"],
    )


def build(config, dtype="float64", data_format="NHWC"):
    """The model of a golden configuration, with its initial variables."""
    common = {
        "dtype": dtype,
        "kernel": KernelOptions("weight_norm"),
        "data_format": data_format,
        # The original's second derivative.
        "batch_norm": "moments" if config["penalty"] or config["slope"] else "fused",
    }
    latent = class_latent.NoiseLatent(cases.NOISE)
    if config["predefined"]:
        latent = class_latent.ClassConditionalLatent(cases.NOISE, config["classes"])
    generator = AMGANGenerator(
        channels=config["channels"],
        kernel_size=config["kernel_g"],
        **config["generator"],
        **common,
    )
    discriminator = AMGANDiscriminator(
        config["classes"] + 2,
        kernel_size=config["kernel_d"],
        pooling=config["pooling"],
        layer_noise=config["layer_noise"],
        dropout_rate=config["drop_rate"],
        **config["discriminator"],
        **common,
    )
    model = class_aware_gan.ClassAwareGAN(
        generator.build_variables((latent.size,)),
        discriminator.build_variables((32, 32, config["channels"])),
        latent,
        objective=objective(config),
        input_noise=class_aware_gan.InputNoise(),
        d_steps=config["d_steps"],
    )
    initial = cases.initial_variables(config)
    named = variables(model)
    assert {name: value.shape for name, value in initial.items()} == {
        name: tuple(variable.shape) for name, variable in named.items()
    }
    for name, variable in named.items():
        variable.assign(initial[name])
    return model


def variables(model):
    """{'generator/linear/w': variable, ...}, the golden files' names."""
    return {
        f"{network.name}/{name}": variable
        for network in (model.generator, model.discriminator)
        for name, variable in network.named_variables().items()
    }


def compile_model(model, config):
    """Both rates halve every `rate_step` updates of their own player; D's is twice G's."""

    def schedule(factor):
        return keras.optimizers.schedules.ExponentialDecay(
            factor * config["learning_rate"], config["rate_step"], 0.5, staircase=True
        )

    d_rate, g_rate = schedule(2.0), schedule(1.0)
    model.compile(
        make_optimizer("adam", lambda: d_rate(model.d_optimizer.iterations)),
        make_optimizer("adam", lambda: g_rate(model.generator_updates)),
    )


def noted_gradients(model):
    """A list that receives [(variable, gradient), ...] of every update, as it is traced."""
    noted = []
    for optimizer in model.optimizer:

        def apply(pairs, original=optimizer.apply_gradients, **options):
            pairs = list(pairs)
            noted.append({variable.ref(): gradient for gradient, variable in pairs})
            return original(pairs, **options)

        optimizer.apply_gradients = apply
    return noted


def tensors(draws, dtype):
    return {name: tf.constant(value, dtype) for name, value in draws.items()}


def interleaved(batches, dtype):
    images, labels = zip(*batches.values(), strict=True)
    images, labels = np.stack(images, 1), np.stack(labels, 1)
    images = images.reshape(-1, *images.shape[2:])
    return tf.constant(images, dtype), tf.constant(labels.reshape(-1), tf.int32)


@pytest.mark.parametrize("name", cases.CASES)
def test_three_iterations_in_float64(name, monkeypatch):
    golden, config = am_gan_golden.load(f"reproduce_{name}"), cases.config_of(name)
    model = build(config)
    compile_model(model, config)
    noted = noted_gradients(model)

    for iteration in range(cases.ITERATIONS):
        draws, batches = cases.step_inputs(config, iteration)
        rng = RecordedRNG(tensors(draws, "float64"))
        monkeypatch.setattr(model, "_iteration_rng", lambda rng=rng: rng)
        noted.clear()
        # Eagerly: tracing would take ten times as long as these steps.
        logs = model.train_step(interleaved(batches, "float64"))
        logs.pop("klr")
        assert {f"log/{log}" for log in logs} == {key for key in golden if key.startswith("log/")}
        for log, value in logs.items():
            expected = golden[f"log/{log}"][iteration]
            np.testing.assert_allclose(value, expected, TOLERANCE, TOLERANCE, err_msg=log)
        if iteration == 0:
            check_gradients(golden, model, [*batches, "g0"], noted)
    for key, variable in variables(model).items():
        np.testing.assert_allclose(variable, golden[f"after/{key}"], 0, TOLERANCE, err_msg=key)


def check_gradients(golden, model, steps, noted):
    names = {variable.ref(): key for key, variable in variables(model).items()}
    found = {
        f"gradients/{step}/{names[ref]}": gradient
        for step, gradients in zip(steps, noted, strict=True)
        for ref, gradient in gradients.items()
    }
    assert set(found) == {key for key in golden if key.startswith("gradients/")}
    for key, gradient in found.items():
        limit = GRADIENT_TOLERANCE * max(np.abs(golden[key]).max(), 1.0)
        np.testing.assert_allclose(gradient, golden[key], 0, limit, err_msg=key)


@pytest.mark.parametrize("name", ["am_gan_predefined", "mixed"])
def test_logits_are_the_same_channels_first_in_float32(name):
    config = cases.config_of(name)
    draws, batches = cases.step_inputs(config, 0)
    outputs = []
    for dtype, data_format in (("float64", "NHWC"), ("float32", "NCHW")):
        model = build(config, dtype, data_format)
        rng = RecordedRNG(tensors(draws, dtype)).child("d0")
        fake = model.generator(model.latent(rng, cases.BATCH, dtype))
        outputs.append((fake, model.discriminator(fake, rng=rng.child("fake"))))
    for one, other in zip(*outputs, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def test_data_dependent_initialisation(monkeypatch):
    golden, config = am_gan_golden.load("reproduce_initialization"), {}
    config = cases.config_of("am_gan_predefined")
    model = build(config)
    draws = tensors(cases.initialization_draws(config), "float64")
    monkeypatch.setattr(class_aware_gan, "RNG", lambda *_: RecordedRNG(draws))
    model.initialize_from_data(cases.BATCH)
    named, initial = variables(model), cases.initial_variables(config)
    for key, variable in named.items():
        expected = golden.get(key, initial[key])
        np.testing.assert_allclose(variable, expected, 1e-9, 1e-9, err_msg=key)
    assert set(golden) == {key for key in named if key.endswith(("/g", "/b"))}


def test_the_cases_are_the_papers_methods():
    names = ["am_gan", "label_gan", "ac_gan_star_plus", "ac_gan", "gan_star", "gan"]
    for name in names:
        assert objective(cases.config_of(name)) == METHODS[name]
    assert objective(cases.config_of("wgan")) == METHODS["wgan_gp"]
