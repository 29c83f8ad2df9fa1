"""InfoGAN and the translator with the variables, data and draws of their golden iterations."""

import functools
import json
import pathlib

from amnat.methods.infogan.info_model import InfoObjective
from amnat.methods.infogan.latent import InfoLatent
from amnat.methods.infogan.model import InfoGAN
from amnat.methods.infogan.networks import InfoGANCritic, InfoGANGenerator
from amnat.methods.infogan.patch_networks import PatchCritic
from amnat.methods.translator.latent import TranslationLatent
from amnat.methods.translator.model import CycleInfoGAN, TranslationSchedule
from amnat.methods.translator.networks import ResidualGenerator
from amnat.methods.translator.objective import CycleObjective
from amnat.rng import RecordedRNG
from amnat.training.optimizers import TorchAdam

import info_cycle_cases as cases
import numpy as np
import tensorflow as tf

GOLDEN = json.loads(pathlib.Path(cases.__file__).with_name("info_cycle.json").read_text())


def adam():
    return TorchAdam(cases.RATE, cases.BETA1, cases.BETA2, cases.EPSILON)


def objective(config, **more):
    names = ("generator_loss", "critic_loss", "label_weight", "space_weight", "truth_weight")
    names += ("double_softmax", "penalty_weight")
    return InfoObjective(**{name: config[name] for name in names}, **more)


@functools.cache
def translator_networks(domains, generators, critics, dtype):
    latent = TranslationLatent(cases.IMAGE, domains, cases.SPACE)
    made = [
        ResidualGenerator(
            cases.IMAGE,
            domains,
            cases.SPACE,
            cases.BLOCKS,
            cases.GENERATOR_WIDTH,
            name=f"generator{i}",
            dtype=dtype,
        ).build_variables((latent.size,))
        for i in range(generators)
    ]
    judges = [
        PatchCritic(
            cases.IMAGE,
            domains,
            cases.SPACE,
            cases.DOWNS,
            cases.CRITIC_WIDTH,
            name=f"critic{i}",
            dtype=dtype,
        ).build_variables(cases.IMAGE)
        for i in range(critics)
    ]
    return made, judges, latent


def translator(config, dtype="float64", **kwargs):
    networks = translator_networks(
        config["domains"], config["generators"], config["critics"], dtype
    )
    schedule = TranslationSchedule(
        generator_batch=cases.BATCH,
        **{
            name: config[name]
            for name in (
                *("steps_per_rollout", "critic_batch", "critic_steps", "mode"),
                *("gradient_after", "as_published"),
            )
        },
    )
    translation = CycleObjective(config["identity_weight"], config["cycle_weight"])
    model = CycleInfoGAN(*networks, objective(config), translation, schedule, **kwargs)
    model.clip_norm = config["clip"]
    model.compile(adam(), adam(), *(adam() for _ in networks[1]))
    return initialised(model, [*model.generators, *model.critics])


@functools.cache
def infogan_networks(epsilon, dtype):
    latent = InfoLatent(cases.NOISE, cases.LABELS, cases.SPACE)
    generator = InfoGANGenerator(
        cases.IMAGE, cases.INFO_GENERATOR, epsilon, name="generator0", dtype=dtype
    ).build_variables((latent.size,))
    critic = InfoGANCritic(
        cases.IMAGE,
        cases.LABELS,
        cases.SPACE,
        cases.INFO_CRITIC,
        batch_norm_epsilon=epsilon,
        name="critic0",
        dtype=dtype,
    ).build_variables(cases.IMAGE)
    for dropout in critic.dropouts:
        dropout.expectation = True
    return generator, critic, latent


def infogan(config, dtype="float64", **kwargs):
    networks = infogan_networks(config["epsilon"], dtype)
    goal = objective(config, squared_space=config["squared_space"])
    model = InfoGAN(*networks, goal, **kwargs)
    model.compile(adam(), adam(), adam())
    return initialised(model, [model.generator, model.discriminator])


def named_variables(networks):
    return {
        f"{network.name}/{name}": variable
        for network in networks
        for name, variable in network.named_variables().items()
    }


def initialised(model, networks):
    for name, variable in named_variables(networks).items():
        variable.assign(cases.initial(name, tuple(variable.shape)))
    return model


def follow(model, draws_of, batch_of):
    """The logs of the golden iterations, {name: [of each]}, with their draws and batches."""
    found = []
    for iteration in range(cases.ITERATIONS):
        draws = {name: tf.constant(value) for name, value in draws_of(iteration).items()}
        model._rng_of = lambda number, draws=draws: RecordedRNG(draws)
        batch = tuple(map(tf.constant, batch_of(iteration)))
        found.append({k: float(v) for k, v in model.train_step(batch).items()})
    return {name: [logs[name] for logs in found] for name in found[0]}


def summaries(networks):
    return {k: cases.summary(v.numpy()) for k, v in named_variables(networks).items()}


def check(found, after, golden, tolerance):
    """Compares logs and summaries of variables with the golden ones."""
    for name, values in golden["logs"].items():
        np.testing.assert_allclose(found[name], values, rtol=tolerance, atol=1e-12, err_msg=name)
    assert set(after) == set(golden["after"])
    for name, values in golden["after"].items():
        np.testing.assert_allclose(after[name], values, rtol=0, atol=10 * tolerance, err_msg=name)
