"""Exported generators: every network, batches of all sizes, seeds, refusals."""

import importlib
import math
import pkgutil

from amnat import methods, networks
from amnat.export.generator_export import ExportOptions, GeneratorExport
from amnat.export.metadata import describe_signature
from amnat.layers import KernelOptions
from amnat.methods.am_gan.image_networks import DCGANGenerator
from amnat.methods.am_gan.point_networks import MLPGenerator
from amnat.methods.am_gan_paper.networks import AMGANGenerator
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.networks.keras_roles import KerasImageGenerator
from amnat.methods.infogan.networks import InfoGANGenerator
from amnat.methods.infogan.noisy_networks import NoisyGenerator
from amnat.methods.pytorch_gan.dcgan_networks import GuidelineGenerator
from amnat.methods.pytorch_gan.mlp_networks import MLPImageGenerator
from amnat.methods.semi_supervised.networks import SemiSupervisedGenerator
from amnat.methods.toys.gan_intro_networks import GANIntroGenerator
from amnat.methods.toys.sources import StratifiedLatent
from amnat.methods.toys.toy_auto_encoders import KerasSquashedGenerator
from amnat.methods.toys.toy_networks import PointNetwork
from amnat.methods.translator.networks import ResidualGenerator
from amnat.methods.translator.noisy_networks import HeadedGenerator
from amnat.models import ClassConditionalLatent, NoiseLatent, NormalLatent
from amnat.networks import Network
from amnat.rng import RNG

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from export_cases import Unsaved, answers, randomised, saved

BATCH = 8
FEW = ExportOptions(standing_batches=3, max_samples=20)
SPECTRAL = KernelOptions("plain", spectral_norm=True)
CASES = {
    "dcgan": (lambda: DCGANGenerator(1, 1), NormalLatent(4)),
    "dcgan NCHW": (lambda: DCGANGenerator(1, 3, data_format="NCHW"), NormalLatent(4)),
    "spectral": (lambda: MLPGenerator(6, kernel=SPECTRAL), NormalLatent(4)),
    "reproduce": (
        lambda: AMGANGenerator(4, 3, num_extra=1, min_width=2),
        ClassConditionalLatent(4, 3),
    ),
    "reproduce NCHW": (
        lambda: AMGANGenerator(4, 1, wide_end=False, data_format="NCHW", batch_norm="moments"),
        NoiseLatent(4, "uniform"),
    ),
    "reproduce without norm": (
        lambda: AMGANGenerator(4, 1, use_batch_norm=False),
        NoiseLatent(4, "unit_sphere"),
    ),
    "mlp": (lambda: MLPGenerator(6), NormalLatent(4)),
    "gan_intro": (lambda: GANIntroGenerator(), StratifiedLatent()),
}
UNIFORM = NoiseLatent(4, "uniform")


def ms_gan(family, size, channels=3, style="images"):
    """A generator of Dist-GAN, SS-, MS-GAN and SSGAN, at width 1."""
    return lambda: Plan(family, (size, size, channels), 4, 1, 1, 1, style=style).generator()


def keras_generator(wrapper, shape, end):
    units = keras.layers.Dense(math.prod(shape), end)
    return lambda: wrapper(keras.Sequential([units, keras.layers.Reshape(shape)]))


CASES |= {
    "keras images": (keras_generator(KerasImageGenerator, (3, 2, 1), "tanh"), UNIFORM),
    "keras points": (keras_generator(KerasSquashedGenerator, (2,), "sigmoid"), UNIFORM),
    "mlp gan": (lambda: MLPImageGenerator((6, 5, 3), (8, 9)), NormalLatent(4)),
    "guidelines 28": (lambda: GuidelineGenerator(4, 28, 1, 1), NormalLatent(4)),
    "semi-supervised": (lambda: SemiSupervisedGenerator((5, 5, 1), (6, 7)), UNIFORM),
    "points of Dist-GAN": (lambda: PointNetwork(4, 2, (5,), squashed=True), UNIFORM),
    "ms_gan mnist": (ms_gan("dcgan", 28, 1, "mnist"), UNIFORM),
    "ms_gan resnet 32": (ms_gan("resnet", 32), UNIFORM),
}
SLOW_CASES = {
    "guidelines 32": (lambda: GuidelineGenerator(4, 32, 3, 1), NormalLatent(4)),
    "guidelines 64": (lambda: GuidelineGenerator(4, 64, 3, 1), NormalLatent(4)),
    "ms_gan stacked": (ms_gan("dcgan", 28, 3, "stacked_mnist"), UNIFORM),
    "ms_gan dcgan 32": (ms_gan("dcgan", 32), UNIFORM),
    "ms_gan dcgan 64": (ms_gan("dcgan", 64), UNIFORM),
    "ms_gan sngan 32": (ms_gan("sngan", 32), UNIFORM),
    "ms_gan sngan 48": (ms_gan("sngan", 48), UNIFORM),
    "ms_gan resnet 48": (ms_gan("resnet", 48), UNIFORM),
}


def virtual(network, **sizes):
    return lambda: network.virtual(reference_size=5, **sizes)


SLOW_CASES |= {
    "virtual dcgan": (virtual(DCGANGenerator, width=1, channels=1), NormalLatent(4)),
    "virtual mlp": (virtual(MLPGenerator, width=6), NormalLatent(4)),
    "virtual guidelines": (
        virtual(GuidelineGenerator, latent_dim=4, image_size=28, channels=1, width=1),
        NormalLatent(4),
    ),
    "virtual mlp gan": (
        virtual(MLPImageGenerator, image_shape=(6, 5, 3), widths=(8, 9)),
        NormalLatent(4),
    ),
}
ALL_CASES = [*CASES, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW_CASES)]
CASES |= SLOW_CASES


# They have signatures of their own, and tests: test_infogan_export.py, test_translator_export.py.
TESTED_ELSEWHERE = {InfoGANGenerator, NoisyGenerator, ResidualGenerator, HeadedGenerator}


def test_no_generator_is_left_out():
    """Every network that a model can have as its generator is a case."""
    built = {type(build()) for build, _ in CASES.values()} | TESTED_ELSEWHERE
    for package in (networks, methods):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    known, new = set(), {Network}
    while new:
        known |= new
        new = {sub for cls in new for sub in cls.__subclasses__()} - known
    # Other tests have networks of their own.
    ours = {cls for cls in known if cls.__module__.startswith("amnat.")}
    generators = {cls for cls in ours if cls.__name__.endswith("Generator")}
    assert len(generators) >= 14 and generators <= built


def make_export(name, options=FEW):
    build, latent = CASES[name]
    generator = randomised(build().build_variables((latent.size,)))
    return GeneratorExport(generator, latent, BATCH, ["a", "b", "c"], 5, options), generator, latent


def latents_of(latent, count, number=0):
    return latent(RNG(1, number), count)


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    export, generator, latent = make_export("reproduce")
    return saved(export, tmp_path_factory.mktemp("conditional") / "1"), export, generator, latent


@pytest.mark.parametrize("name", ALL_CASES)
def test_samples_are_the_same_in_all_company(name):
    export, generator, latent = make_export(name)
    serve = Unsaved(export).signatures["serving_default"]
    latents = latents_of(latent, 1000)
    (together,) = serve(latent=latents).values()
    for rows in (slice(0, 1), slice(40, 47), slice(999, 1000)):
        (part,) = serve(latent=latents[rows]).values()
        np.testing.assert_allclose(part, together[rows], rtol=1e-5, atol=1e-5)
    first = export.requests[0]
    assert first.title == "1,000 latents together"
    (found,) = serve(latent=tf.constant(first.inputs["latent"])).values()
    (expected,) = first.outputs.values()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_the_trained_network_is_left_as_it_was(conditional):
    _, export, generator, latent = conditional
    fresh = randomised(CASES["reproduce"][0]().build_variables((latent.size,)))
    latents = latents_of(latent, BATCH)
    # With the statistics of the batch.
    np.testing.assert_array_equal(generator(latents), fresh(latents))


def test_the_checks_of_a_class_conditional_export(conditional):
    model, export, _, _ = conditional
    assert len(answers(model, export.requests)) == 5 + (1 + 4) + (1 + 2)


def test_statistics_of_one_large_batch_are_nearly_those_of_that_batch():
    """The export is the trained generator: with much data the two kinds of statistics agree."""
    build, latent = CASES["dcgan"]
    generator = randomised(build().build_variables((latent.size,)))
    options = ExportOptions(standing_batches=4)
    export = GeneratorExport(generator, latent, 400, [], 0, options)
    serve = export.signatures[0].call
    latents = latents_of(latent, 400)
    exact = generator(latents).numpy()
    assert np.abs(serve(latent=latents)["images"] - exact).mean() < 0.05 * exact.std()
    assert 0 < export.price < 0.05


def test_batch_statistics_on_purpose():
    export, generator, latent = make_export("dcgan NCHW", ExportOptions(batch_statistics=True))
    model = Unsaved(export)
    answers(model, export.requests)
    assert export.metadata["statistics"] == {"kind": "of each batch", "batch_size": BATCH}
    latents = latents_of(latent, BATCH)
    images = model.signatures["serving_default"](latent=latents)["images"].numpy()
    np.testing.assert_allclose(images, generator(latents), atol=1e-5)
    alone = model.signatures["serving_default"](latent=latents[:1])["images"].numpy()
    assert np.abs(alone - images[:1]).max() > 0.01


def generate(model, **inputs):
    types = {"num_samples": tf.int32, "labels": tf.int32, "seed": tf.int64}
    name = "generate_class" if "labels" in inputs else "generate"
    given = {key: tf.constant(value, types[key]) for key, value in inputs.items()}
    return model.signatures[name](**given)["images"].numpy()


def test_a_seed_gives_the_same_bytes_on_every_load(conditional, tmp_path):
    model, export, _, _ = conditional
    again = saved(export, tmp_path / "1")
    first = generate(model, num_samples=6, seed=3)
    assert first.dtype == np.uint8 and first.shape == (6, 32, 32, 3)
    np.testing.assert_array_equal(generate(again, num_samples=6, seed=3), first)
    assert (generate(model, num_samples=6, seed=4) != first).mean() > 0.1


def test_bytes_are_those_of_the_floats(conditional):
    """(byte - 127.5) / 128, rounded to the nearest byte."""
    model, _, _, latent = conditional
    latents = latent(RNG(0, 3, "serving/"), 6)
    floats = model.signatures["serving_default"](latent=latents)["images"].numpy()
    expected = np.clip(np.rint(floats.astype(np.float64) * 128 + 127.5), 0, 255)
    np.testing.assert_array_equal(generate(model, num_samples=6, seed=3), expected)


def test_classes_are_as_asked(conditional):
    model, _, _, latent = conditional
    labels = [2, 0, 1, 2]
    noise = latent(RNG(0, 3, "serving/"), 4)[:, : latent.dim]
    latents = tf.concat([noise, tf.constant(np.eye(3)[labels], tf.float32)], axis=1)
    floats = model.signatures["serving_default"](latent=latents)["images"].numpy()
    found = generate(model, labels=labels, seed=3)
    np.testing.assert_allclose(found, floats * 128 + 127.5, atol=0.51)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"num_samples": 0}, "num_samples is 0, expected 1 to 20"),
        ({"num_samples": -3}, "num_samples is -3, expected 1 to 20"),
        ({"num_samples": 21}, "num_samples is 21, expected 1 to 20"),
        ({"num_samples": 2**31 - 1}, "expected 1 to 20"),
        ({"labels": [0, 3]}, r"labels are \[0 3\], expected 0 to 2"),
        ({"labels": [-1]}, "expected 0 to 2"),
        ({"labels": []}, "0 labels, expected 1 to 20"),
        ({"labels": [0] * 21}, "21 labels, expected 1 to 20"),
    ],
)
def test_refused_requests(conditional, inputs, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        generate(conditional[0], **inputs, seed=0)
    assert generate(conditional[0], num_samples=1, seed=0).shape == (1, 32, 32, 3)


def test_descriptions(conditional):
    model, export, _, _ = conditional
    assert export.metadata["latent"]["law"] == (
        "4 entries independent standard normal, then a one-hot class of 3"
    )
    described = {
        each.name: describe_signature(each, model.signatures[each.name].structured_outputs)
        for each in export.signatures
    }
    assert list(described) == ["serving_default", "generate", "generate_class"]
    assert described["serving_default"]["inputs"]["latent"]["shape"] == [None, 7]
    assert described["generate"]["inputs"]["num_samples"]["range"] == [1, 20]
    found = described["generate_class"]["outputs"]["images"]
    assert (found["dtype"], found["range"]) == ("uint8", [0, 255])
    (text,) = model.signatures["describe"](request=tf.constant(["?"]))["metadata"].numpy()
    assert b'"layers": 5' in text and b'"a"' in text


def test_points_are_floats_in_both_ways():
    export, _, _ = make_export("mlp")
    points = Unsaved(export).signatures["generate"](
        num_samples=tf.constant(4), seed=tf.constant(0, tf.int64)
    )["points"]
    assert points.dtype == tf.float32 and points.shape == (4, 2)
