"""Models as the command lines of a script make them, for tests of the families' build.py."""

import contextlib

from amnat.data import Dataset

import numpy as np
from absl import flags
from absl.testing import flagsaver
from script_runs import loaded_script


def images(size, channels=1):
    """A data set of twelve blank images of four classes."""
    samples = np.zeros((12, size, size, channels), np.uint8)
    return Dataset("four", "train", samples, (np.arange(12) % 4).astype(np.int32), 4, (*"abcd",))


def points(dims=2):
    """A data set of twelve points of four classes."""
    samples = np.zeros((12, dims), np.float32)
    return Dataset("points", "train", samples, (np.arange(12) % 4).astype(np.int32), 4, (*"abcd",))


@contextlib.contextmanager
def builder(name, *common):
    """A function (dataset, *arguments) -> model; the flags keep their values in the context.

    Schedules read them whenever an optimizer asks for its rate.

    Args:
      name: of the script.
      *common: the arguments of all command lines.
    """
    with loaded_script(name) as script, contextlib.ExitStack() as stack:

        def built(dataset, *arguments):
            stack.close()
            stack.enter_context(flagsaver.flagsaver())
            flags.FLAGS([name, *common, *arguments])
            return script.build_model(dataset)

        yield built


def adam(optimizer):
    """(learning rate, beta 1, beta 2, epsilon) as floats of single precision."""
    config = optimizer.get_config()
    names = ("learning_rate", "beta_1", "beta_2", "epsilon")
    return tuple(float(np.float32(config[name])) for name in names)


def single(*numbers):
    """The numbers in single precision, to be compared with `adam`."""
    return tuple(float(np.float32(number)) for number in numbers)
