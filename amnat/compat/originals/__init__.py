"""The original repositories that amnat can be compared with, one module each.

A module of this package describes its repository in `ORIGINAL`, drives the user's checkout of it in
`Script` and builds amnat's side in `port()`; its name in `_MODULES` is all that the tools need.
Nothing of a repository is part of amnat. Loads no TensorFlow.
"""

import ast
import dataclasses
import hashlib
import importlib
import pathlib
from collections.abc import Callable

from amnat.errors import InputError

_MODULES = ("am_gan", "gan_intro", "msgan")
# Who asks for these is told why not.
_NOT_COMPARED = {
    "gan": "the networks of tntrung/gan are older ones, which amnat does not have; compare "
    "with the same authors' tntrung/msgan, --original=msgan",
}


@dataclasses.dataclass(frozen=True)
class Configuration:
    """One way to run both sides.

    Attributes:
      title: in a few words, for the tables.
      settings: {flag of the original: value}, the same on both sides.
      switches: {name: value} of what the original decides in its code, not by a flag.
    """

    title: str
    settings: dict
    switches: dict = dataclasses.field(default_factory=dict)

    def with_sizes(self, sizes):
        """The same with settings of the networks' sizes below its own."""
        return dataclasses.replace(self, settings=sizes | self.settings)

    def with_changes(self, texts):
        """The same with settings given as {flag: text} in place of its own."""
        return dataclasses.replace(self, settings=self.settings | _values(texts))


def _values(texts):
    """{flag: number, truth value or text}."""
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
      name: for --original.
      url, commit: where it is and which version this was written for.
      files: {path in the repository: SHA-256 of its text with Unix line ends}: what is run.
      own_modules: names of the modules and packages that it imports of itself.
      configurations: {name: Configuration}.
      small, full: settings of the comparison's sizes, below a configuration's own.
      speed_configuration: the one that --speed measures, and --train trains.
      speed_settings, speed_iterations: of --speed.
      train_settings: callable (iterations, data set or None) -> settings of --train.
      train_iterations: of --train.
      initial_draws: how often to draw initial values for the two-sample tests.
      onednn: whether TensorFlow may use oneDNN when both sides are compared.
      cancelled: names of variables whose gradient is zero by construction, and of losses that are
        differences of nearly equal numbers: callable of a configuration.
      notes: sentences on what is replaced when it is loaded.
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


@dataclasses.dataclass(frozen=True)
class Variable:
    """A variable of an original.

    Attributes:
      tensor: TensorFlow 1's variable.
      ours: callable, its value -> amnat's shape.
      theirs: the inverse.
    """

    tensor: object
    ours: Callable
    theirs: Callable


class ScriptBase:
    """What a `Script` has unless it says otherwise.

    Attributes:
      players: in the order of their updates; the first one's begins an iteration.
    """

    players = ("d", "g")

    def step_losses(self, step):
        """{name: tensor} to record as losses in the update `step`, beside those of `losses`."""
        del step
        return {}

    def returned(self, step, result):
        """Hears what the program got from an update."""

    def losses(self, iteration):
        """{name: number} that the program itself noted of an iteration."""
        del iteration
        return {}


def module(name):
    """The module of an original; raises InputError for unknown names."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    why = _NOT_COMPARED.get(name, f"expected one of {', '.join(_MODULES)}")
    raise InputError(f"--original={name}: {why}")


def how_to_get(original):
    """The commands that make the checkout this was written for."""
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
