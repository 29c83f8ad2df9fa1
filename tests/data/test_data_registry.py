import os
import subprocess
import sys

from amnat import data
from amnat.data import registry
from amnat.errors import InputError

import numpy as np
import pytest


@pytest.fixture
def registered(monkeypatch):
    """Lets a test register names that are gone afterwards; returns the calls of the loader."""
    data.names()
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    calls = []

    def loader(data_dir, split, download):
        calls.append((data_dir, split, download))
        return data.Dataset(
            "mine", split, np.zeros((1, 2), np.float32), np.zeros(1, np.int32), 1, ("only",)
        )

    data.register("mine", loader)
    return calls


def test_names_are_sorted_and_complete():
    assert data.names() == sorted(data.names())
    assert set(data.names()) >= {
        "cifar10", "cifar100", "digits", "emnist_balanced", "emnist_letters", "fashion_mnist",
        "mnist", "svhn", "tiny_imagenet", "toy", "toy_center", "toy_cov", "toy_weight",
    }  # fmt: skip


def test_unknown_name_lists_the_known_and_suggests_the_nearest():
    with pytest.raises(InputError, match="'cifar100x'.*digits, .*mnist.*did you mean 'cifar10"):
        data.load("cifar100x")
    with pytest.raises(InputError, match="'MNIST'.*did you mean 'mnist'"):
        data.describe("MNIST")
    with pytest.raises(InputError, match="expected one of") as error:
        data.load("zzzz")
    assert "did you mean" not in str(error.value)


def test_unknown_split_is_refused_before_anything_is_read():
    with pytest.raises(InputError, match="'valid'.*train or test"):
        data.load("cifar10", split="valid")


def test_a_registered_data_set_loads_by_name(registered):
    assert data.load("mine", "somewhere", "test", download=False).split == "test"
    assert registered == [("somewhere", "test", False)]
    assert "mine" in data.names()


def test_default_folder_and_home(registered, monkeypatch):
    monkeypatch.setenv("HOME", os.path.join(os.sep, "home", "me"))
    data.load("mine")
    data.load("mine", "~/sets")
    assert registered == [
        ("dataset", "train", True),
        (os.path.join(os.sep, "home", "me", "sets"), "train", True),
    ]


def test_a_name_is_registered_once(registered):
    with pytest.raises(ValueError, match="'mine' is already registered"):
        data.register("mine", lambda *_: None)


@pytest.mark.parametrize("name", ["digits", "toy_center"])
def test_descriptions_agree_with_the_data(name):
    info, loaded = data.describe(name), data.load(name, split="test")
    assert info.sample_shape == loaded.sample_shape
    assert info.num_classes == loaded.num_classes
    assert info.is_image == loaded.is_image


def test_looking_up_a_name_does_not_load_tensorflow():
    code = (
        "import sys, amnat.data; amnat.data.names(); "
        "sys.exit(bool({'tensorflow', 'sklearn', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
