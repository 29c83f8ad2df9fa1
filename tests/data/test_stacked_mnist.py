"""MNIST in 28x28 and Stacked-MNIST."""

from amnat.data import Dataset, load
from amnat.data.stacked_mnist import stack_digits, training_part

import numpy as np


def digits(count, split="train"):
    samples = np.arange(count * 4, dtype=np.uint32).astype(np.uint8).reshape(count, 2, 2, 1)
    labels = (np.arange(count) % 10).astype(np.int32)
    return Dataset("mnist_28", split, samples, labels, 10, tuple("0123456789"))


def test_a_triple_is_three_digits():
    source = digits(30)
    stacked = stack_digits(source, 500)
    assert stacked.sample_shape == (2, 2, 3) and stacked.num_classes == 1000
    seen = {tuple(image.ravel()): label for image, label in zip(*source_pairs(source), strict=True)}
    for image, label in zip(stacked.samples, stacked.labels, strict=True):
        shown = [seen[tuple(image[..., channel].ravel())] for channel in range(3)]
        assert label == 100 * shown[0] + 10 * shown[1] + shown[2]
        assert stacked.class_names[label] == "".join(map(str, shown))
    assert len(set(stacked.labels)) > 350


def source_pairs(source):
    return source.samples[..., 0], source.labels


def test_the_seed_fixes_it():
    one, same, other = (stack_digits(digits(30), 50, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.samples, same.samples)
    assert (one.samples != other.samples).any()


def test_the_tutorials_training_part():
    assert training_part(digits(60_000)).num_samples == 55_000
    assert training_part(digits(60_000)).labels[0] == 5_000 % 10
    assert training_part(digits(100)).num_samples == 100
    assert training_part(digits(60_000, "test")).num_samples == 60_000


def test_files_of_mnist(real_data_dir):
    inner, padded = (load(name, real_data_dir, "test") for name in ("mnist_28", "mnist"))
    np.testing.assert_array_equal(inner.samples, padded.samples[:, 2:-2, 2:-2])
    assert not padded.samples[:, :2].any()
    stacked = load("stacked_mnist", real_data_dir, "test")
    assert stacked.samples.shape == (20_000, 28, 28, 3)
    assert len(set(stacked.labels)) == 1000
