"""The entry point of every script: flags, their checks, and errors on one line.

A training script is a `Script`, usually an `amnat.training.method.Method`, that `run` runs; a tool
without a training run is a function for `run_tool`. TensorFlow is not loaded before
`load_tensorflow` is called.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import amnat
from amnat.data import download as downloads
from amnat.errors import InputError
from amnat.training import declarations
from amnat.training import flags as shared

from absl import app, flags, logging

FLAGS = flags.FLAGS


class Script:
    """A command in tools/: its flags, their checks, and its work.

    A script overrides `define_flags`, `main` and other methods as needed. An instance is one call.

    Attributes:
      shared_flags: names of the flags of `amnat.training.flags` that the script takes; None for
        all of them.
      own_instead: {shared flag that the script does not take: its own flag that replaces it}.
      flag_names: names of all flags that the script takes, its own and the shared ones; set by
        `declare`.
    """

    shared_flags: tuple[str, ...] | None = ()
    own_instead: dict[str, str] = {}
    flag_names: tuple[str, ...] = ()

    def define_flags(self) -> None:
        """Defines the script's own flags (`amnat.training.declarations`)."""
        raise NotImplementedError

    def check_flags(self) -> None:
        """Checks flags beyond their declarations, without reading files; raises InputError."""

    def main(self) -> int | None:
        """Does the work after the flags are checked; returns the exit status, None for 0."""
        raise NotImplementedError

    def effective(self, name: str) -> Any:
        """The effective value of a flag, whose default may depend on other flags."""
        return FLAGS[name].value

    def arguments(self, words: list[str]) -> list[str]:
        """Converts the command line, without the script, into the one that absl reads."""
        return words

    def declare(self, module: str) -> None:
        """Defines the flags, and registers them and the shared ones as key flags of a module.

        Args:
          module: the script, by the name that absl has for it: `sys.argv[0]` for a running script.
        """
        before = set(FLAGS)
        self.define_flags()
        own = [name for name in FLAGS if name not in before]
        taken = shared.shared_flags() if self.shared_flags is None else self.shared_flags
        taken = [name for name in taken if name not in self.own_instead]
        self.flag_names = (*own, *taken)
        for name in self.flag_names:
            FLAGS.register_key_flag_for_module(module, FLAGS[name])

    def call(self) -> int | None:
        """Checks the flags and does the work; returns the exit status."""
        self.check()
        return self.main()

    def check(self) -> None:
        """Checks all flags that need no file; raises InputError."""
        shared.refuse_shared_but(self.flag_names, self.own_instead)
        for note in declarations.check(self.flag_names, self.effective):
            print(f"note: {note}", file=sys.stderr)
        self.check_flags()


def run(script: type[Script]) -> None:
    """Runs a script. It is the entry point of a file in tools/ and does not return."""
    call = script()
    call.declare(sys.argv[0])
    sys.argv[1:] = call.arguments(sys.argv[1:])
    run_tool(call.call)


def run_tool(main: Callable[[], int | None]) -> None:
    """Parses the flags that are defined and runs a function; does not return.

    An `InputError` becomes one line on stderr and exit status 2.

    Args:
      main: callable without arguments that returns the exit status, None for 0.
    """

    def guarded(_: list[str]) -> int | None:
        warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
        if not FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)
        dry_run = "dry_run" in FLAGS and bool(FLAGS["dry_run"].value)
        try:
            with downloads.forbidden(dry_run):
                return main()
        except InputError as error:
            _fail(str(error))

    flags.FLAGS.set_gnu_getopt(True)
    app.run(guarded, flags_parser=parse)


def _join_booleans(argv: list[str]) -> list[str]:
    """Turns `--flag True` into `--flag=True`; TensorFlow 1 accepted it, and old READMEs use it."""
    joined: list[str] = []
    for word in argv:
        flag = joined[-1].lstrip("-") if joined else ""
        is_boolean = joined and joined[-1].startswith("-") and flag in FLAGS and FLAGS[flag].boolean
        if is_boolean and word.lower() in ("true", "false"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _join_lists(argv: list[str]) -> list[str]:
    """Joins the values of each list flag that the command line repeats; absl keeps the last.

    Where a flagfile has the flag as well, the command line still overrides it.
    """
    joined = list(argv)
    lists = [name for name in FLAGS if isinstance(FLAGS[name].parser, flags.ListParser)]
    for name in lists:
        found = shared.given(name, joined)
        if len(found) < 2:
            continue
        values = [value for _, _, value in found if value]
        for number, (index, count, _) in reversed(list(enumerate(found))):
            last = number == len(found) - 1
            joined[index : index + count] = [f"--{name}={','.join(values)}"] if last else []
    return joined


def parse(argv: list[str]) -> list[str]:
    """Parses the command line; an error becomes one line on stderr and exit status 2."""
    try:
        positional = FLAGS(_join_lists(_join_booleans(argv)))
    except SystemExit:
        sys.exit(0)  # absl has printed the requested help and would exit with status 1
    except BrokenPipeError:
        # The reader of the help has seen enough. Python would complain again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (flags.Error, OSError) as error:
        _fail(" ".join(str(error).split()) + " (see --helpshort)")
    if len(positional) > 1:
        _fail(f"unexpected argument {positional[1]!r}; flags start with -- (see --helpshort)")
    return positional


def _fail(message: str) -> NoReturn:
    script = os.path.basename(sys.argv[0])
    print(f"{script}: error: {message}", file=sys.stderr)
    sys.exit(2)


@contextlib.contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Holds back what native code writes to stderr; prints it only if an exception is raised."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)


def load_tensorflow(small_operations: bool = False) -> None:
    """Imports TensorFlow without the notices that it prints before its log level applies.

    Args:
      small_operations: whether the networks are small ones for points; oneDNN then stays off.
    """
    if small_operations:
        amnat.leave_onednn_off()
    with _stderr_held_back():
        import tensorflow as tf
        import tf_keras  # noqa: F401
    # Keras warns whenever a callback takes longer than an iteration, as writing files does.
    tf.get_logger().setLevel("ERROR")
