"""The entry point of every script: flags, their checks, and errors on one line.

A training script is a `Script`, usually an `amnat.training.method.Method`, that `run` runs; a tool
without a training run is a function for `run_tool`. TensorFlow is not loaded before
`load_tensorflow` is called.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn, cast

import amnat
from amnat import process
from amnat.data import download as downloads
from amnat.errors import InputError, OutputError
from amnat.files import failure_reason
from amnat.training import declarations, gpu, native_log, resumption, xla
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
      takes_resume: whether the script has --resume.
      resume_short_name: another, short name of it.
    """

    shared_flags: tuple[str, ...] | None = ()
    own_instead: dict[str, str] = {}
    flag_names: tuple[str, ...] = ()
    takes_resume = True
    resume_short_name: str | None = None

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

    def place_flags(self) -> tuple[str, ...]:
        """The names of the flags that say where a run lies; the first one is for a folder."""
        return ()

    def run_folder(self) -> pathlib.Path | None:
        """The folder of the run that the flags name; None for a script without runs."""
        return None

    def resumes(self) -> bool:
        """Whether the flags ask to go on with an earlier run, if there is one."""
        return resumption.is_requested() or ("auto_resume" in FLAGS and FLAGS.auto_resume)

    def move_to(self, folder: pathlib.Path) -> None:
        """Sets the flags for the place of a run to that of the folder which --resume names."""
        FLAGS[self.place_flags()[0]].value = str(folder)

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
        if self.takes_resume and "resume" not in FLAGS:
            declarations.define_resume(self.resume_short_name)
        own = [name for name in FLAGS if name not in before]
        taken = shared.shared_flags() if self.shared_flags is None else self.shared_flags
        taken = [name for name in taken if name not in self.own_instead]
        self.flag_names = (*own, *taken)
        for name in self.flag_names:
            FLAGS.register_key_flag_for_module(module, FLAGS[name])

    def call(self) -> int | None:
        """Checks the flags and does the work; returns the exit status."""
        self.take_run()
        self.check()
        run = self.run_folder()
        if run is not None and self.resumes() and resumption.folder() is None:
            resumption.refuse_copy(run, self.place_flags())
        return self.main()

    def take_run(self) -> None:
        """Takes the flags and the place of the run that --resume=FOLDER names."""
        folder = resumption.folder()
        if folder is not None:
            resumption.adopt_flags(self.flag_names)
            self.move_to(folder)

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

    What a user can fix becomes one line on stderr: an `InputError` with exit status 2; a file that
    cannot be read or written with 2 before TensorFlow is loaded, and with 1 after that or if a
    result could not be written (`OutputError`); a full memory with 1; Ctrl-C with 130.

    Args:
      main: callable without arguments that returns the exit status, None for 0.
    """

    def guarded(_: list[str]) -> int | None:
        warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
        _show_warnings()
        if not FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)
        dry_run = "dry_run" in FLAGS and bool(FLAGS["dry_run"].value)
        try:
            with process.raising_interrupts(), downloads.forbidden(dry_run):
                status = main()
            lost = process.lost_output()
            if lost:
                _fail(f"what it printed could not be written: {lost}", 1)
            return status
        except downloads.DownloadForbidden as error:
            # The flags are valid; the run itself would go on from here.
            print(f"dry run: {error}")
            return 0
        except InputError as error:
            _fail(str(error))
        except KeyboardInterrupt:
            process.say_interrupted()
            return process.INTERRUPTED
        except Exception as error:
            full = gpu.out_of_memory(error, sys.argv[0])
            if full is not None:
                _fail(full, 1)
            message = _file_error(error)
            if message is None:
                raise
            wrote = isinstance(error, OutputError) or "tensorflow" in sys.modules
            _fail(message, 1 if wrote else 2)
        finally:
            native_log.release()

    flags.FLAGS.set_gnu_getopt(True)
    app.run(guarded, flags_parser=parse)


def _show_warnings() -> None:
    """Has warnings shown whatever PYTHONWARNINGS says: amnat's are meant for the user, and those
    of other packages are no errors of the user's."""
    filters = cast(list, warnings.filters)
    filters[:] = [each for each in filters if each[0] != "error"]
    warnings.filterwarnings("default", module=r"amnat\.")


def _file_error(error: Exception) -> str | None:
    """A failed file operation on one line; None for any other error, a mistake in the program."""
    if isinstance(error, OutputError):
        return str(error)
    if isinstance(error, UnicodeDecodeError):
        part = bytes(error.object)[max(0, error.start - 20) : error.end + 20]
        return f"a file is not text in {error.encoding.upper()}: it holds {part!r}"
    is_tensorflow = type(error).__module__.startswith("tensorflow.")
    reason = failure_reason(error) if isinstance(error, OSError) or is_tensorflow else None
    if reason is None:
        return None
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {reason}"
    return " ".join(str(error).split())


def _join_booleans(argv: list[str]) -> list[str]:
    """Turns `--flag True` into `--flag=True`; TensorFlow 1 accepted it, and old READMEs use it.

    Likewise `--resume FOLDER` and `-h`, which absl does not know.
    """
    joined: list[str] = []
    for word in argv:
        flag = joined[-1].lstrip("-") if joined else ""
        is_boolean = joined and joined[-1].startswith("-") and flag in FLAGS and FLAGS[flag].boolean
        is_folder = is_boolean and isinstance(FLAGS[flag], declarations.FolderSwitch)
        is_folder = is_folder and not word.startswith("-")
        if is_boolean and (is_folder or word.lower() in ("true", "false")):
            joined[-1] += f"={word}"
        elif word == "-h" and "h" not in FLAGS:
            joined.append("--help")
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
    _check_text(argv)
    try:
        positional = FLAGS(_join_lists(_join_booleans(argv)))
    except SystemExit:
        sys.exit(0)  # absl has printed the requested help and would exit with status 1
    except UnicodeDecodeError as error:
        path = _undecodable_flagfile(argv) or "one of the files"
        _fail(f"--flagfile: {path} is not text in {error.encoding.upper()} ({error.reason})")
    except (flags.Error, OSError) as error:
        _fail(" ".join(str(error).split()) + " (see --helpshort)")
    if len(positional) > 1:
        _fail(f"unexpected argument {positional[1]!r}; flags start with -- (see --helpshort)")
    return positional


def _check_text(argv: list[str]) -> None:
    """Refuses words that TensorFlow, which takes paths in UTF-8, would read otherwise."""
    for word in argv[1:]:
        if os.fsencode(word) != word.encode("utf-8", "replace"):
            _fail(
                f"{ascii(word)[1:-1]}: is not text in UTF-8, which paths of TensorFlow have to be; "
                "rename it, or set LC_ALL=C.UTF-8"
            )


def _undecodable_flagfile(words: list[str]) -> str:
    """The path of the first flagfile, also among those that flagfiles name, that is not text."""
    text = "\n".join(words)
    for path in re.findall(r"^--?flagfile[=\n](.+)$", text, re.MULTILINE):
        path = os.path.expanduser(path.strip())
        try:
            with open(path, encoding="utf-8") as file:
                found = _undecodable_flagfile(file.read().splitlines())
        except UnicodeDecodeError:
            return path
        if found:
            return found
    return ""


def _fail(message: str, status: int = 2) -> NoReturn:
    script = os.path.basename(sys.argv[0])
    print(f"{script}: error: {message}", file=sys.stderr)
    sys.exit(status)


def load_tensorflow(small_operations: bool = False) -> None:
    """Imports TensorFlow without the notices that it prints before its log level applies.

    Args:
      small_operations: whether the networks are small ones for points; oneDNN then stays off.

    Raises: InputError if it cannot be imported.
    """
    if small_operations:
        amnat.leave_onednn_off()
    if sys.flags.optimize > 1:
        raise InputError("tf_keras needs docstrings: unset PYTHONOPTIMIZE, and leave out -OO")
    xla.set_environment()
    hidden = native_log.held_back() if native_log.choose_level() else contextlib.nullcontext()
    try:
        with hidden:
            import tensorflow as tf
            import tf_keras as keras

            # It looks for drivers, and finds fault with those that are missing.
            tf.config.list_physical_devices()
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"TensorFlow cannot be imported by {sys.executable} ({reason}); bash tools/setup.sh "
            "installs it"
        ) from error
    # A user's keras.json, which Keras 3 shares, may say otherwise.
    keras.backend.set_floatx("float32")
    keras.backend.set_image_data_format("channels_last")
    keras.backend.set_epsilon(1e-7)
    # Keras warns whenever a callback takes longer than an iteration, as writing files does.
    tf.get_logger().setLevel("ERROR")
    gpu.warn_if_idle()
