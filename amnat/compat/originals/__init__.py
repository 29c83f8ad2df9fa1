"""The original repositories that amnat can be compared with, with one module for each.

A module of this package describes its repository in `ORIGINAL`, runs the user's checkout of it in
`Script` and builds amnat's side in `Port`; the tools only need its name in `_MODULES`. amnat
contains no part of any repository. This package does not load TensorFlow.
"""

import ast
import dataclasses
import hashlib
import importlib
import pathlib
from collections.abc import Callable

from amnat.errors import InputError

_MODULES = ("am_gan", "gan_intro", "msgan", "am_gan_reproduce")
# The reasons why these originals cannot be compared.
_NOT_COMPARED = {
    "gan": "the networks of tntrung/gan are older ones, which amnat does not have; compare "
    "with the same authors' tntrung/msgan, --original=msgan",
}


@dataclasses.dataclass(frozen=True)
class Configuration:
    """One way to run both sides.

    Attributes:
      title: a few words for the tables.
      settings: {flag of the original: value}, the same on both sides.
      switches: {name: value} for choices that the original makes in its code and not by a flag.
    """

    title: str
    settings: dict
    switches: dict = dataclasses.field(default_factory=dict)

    def with_sizes(self, sizes):
        """A copy that adds settings for the networks' sizes; its own settings take precedence."""
        return dataclasses.replace(self, settings=sizes | self.settings)

    def with_changes(self, texts):
        """A copy with changed settings, given as {flag: text}."""
        return dataclasses.replace(self, settings=self.settings | _values(texts))


def _values(texts):
    """Converts texts to {flag: number, boolean or text}."""
    values = {}
    for name, text in texts.items():
        try:
            values[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            values[name] = {"true": True, "false": False}.get(text.lower(), text)
    return values


@dataclasses.dataclass(frozen=True)
class Original:
    """An original repository.

    Attributes:
      name: the name for --original.
      url, commit: the repository and the version that the comparison was written for.
      files: {path in the repository: SHA-256 of its text with Unix line ends} of the files that
        are run.
      own_modules: names of its own modules and packages that it imports.
      configurations: {name: Configuration}.
      small, full: settings for the two sizes of the comparison; those of a configuration take
        precedence.
      speed_configuration: the configuration that --speed measures and --train trains.
      speed_settings, speed_iterations: settings and iterations of --speed.
      train_settings: callable (iterations, data set or None) -> settings of --train.
      train_iterations: iterations of --train.
      initial_draws: how often initial values are drawn for the two-sample tests.
      cancelled: callable, configuration -> names of variables whose gradient is zero by
        construction, and of losses that are differences of nearly equal numbers.
      notes: sentences on what is replaced when the original is loaded.
      onednn: whether TensorFlow may use oneDNN when both sides are compared.
      drawn: callable, name of a variable -> whether its initial values are draws, so that those of
        several seeds are tested.
    """

    name: str
    url: str
    commit: str
    files: dict
    own_modules: tuple
    configurations: dict
    small: dict
    full: dict
    speed_configuration: str
    speed_settings: dict
    speed_iterations: int
    train_settings: Callable
    train_iterations: int
    initial_draws: int
    cancelled: Callable
    notes: tuple
    onednn: bool = True
    drawn: Callable = lambda name: True


@dataclasses.dataclass(frozen=True)
class Variable:
    """A variable of an original.

    Attributes:
      tensor: the TensorFlow 1 variable.
      ours: callable that converts its value to amnat's shape.
      theirs: the inverse of `ours`.
    """

    tensor: object
    ours: Callable
    theirs: Callable


class ScriptBase:
    """The defaults of a `Script`.

    Attributes:
      players: the players in the order of their updates; an iteration begins with the update of
        the first one.
    """

    players = ("d", "g")

    def assigned(self, tensor):
        """What the initializer of a TensorFlow 1 variable assigns, a tensor to feed."""
        return tensor.initial_value

    def initialize(self, run, variables):
        """Gives `variables`, {name: Variable}, new initial values."""
        run([variable.tensor.initializer for variable in variables.values()], None)

    def start(self, run):
        """Called when the variables have their replayed values, before the first iteration."""

    def step_losses(self, step):
        """{name: tensor} to record as losses in the update `step`, in addition to `losses`."""
        del step
        return {}

    def returned(self, step, result):
        """Receives the result that an update returned to the program."""

    def losses(self, iteration):
        """{name: number} that the program itself recorded for an iteration."""
        del iteration
        return {}


class PortBase:
    """The defaults of a `Port`.

    Attributes:
      logs: names of the logged quantities to compare; None for all.
      has_branches: whether what an iteration computes depends on values.
    """

    logs = None
    has_branches = False

    def start(self, model):
        """Called when the variables have their replayed values, before the first iteration."""

    def to_theirs(self, name, value):
        """Converts an output to the original's shape."""
        del name
        return value


def module(name):
    """The module of an original; raises InputError for unknown names."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    why = _NOT_COMPARED.get(name, f"expected one of {', '.join(_MODULES)}")
    raise InputError(f"--original={name}: {why}")


def how_to_get(original):
    """The commands that make the checkout that the comparison was written for."""
    folder = original.url.rpartition("/")[2]
    return f"git clone {original.url} && git -C {folder} checkout {original.commit}"


def check_checkout(original, folder):
    """Raises InputError unless `folder` has the files that will be run, unmodified."""
    folder = pathlib.Path(folder).expanduser()
    where = f"--original_dir={folder}"
    expected = f"expected a checkout of {original.url} at commit {original.commit[:10]}"
    if not folder.is_dir():
        raise InputError(f"{where}: no such folder; {expected}; get it with {how_to_get(original)}")
    for name, digest in original.files.items():
        path = folder / name
        if not path.is_file():
            raise InputError(f"{where}: no file {name}; {expected}; {how_to_get(original)}")
        text = path.read_bytes().replace(b"\r\n", b"\n")
        if hashlib.sha256(text).hexdigest() != digest:
            raise InputError(
                f"{path}: is not the file of commit {original.commit[:10]}, which this comparison "
                f"was written for; {how_to_get(original)}"
            )
    return folder
