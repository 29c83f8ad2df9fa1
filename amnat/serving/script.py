"""The command tools/serve.py as a `Script`."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence

from amnat.errors import InputError
from amnat.serving import folders
from amnat.serving.folders import ModelFolder
from amnat.training.declarations import define_float, define_integer, define_list, define_string
from amnat.training.main import Script, load_tensorflow

from absl import flags

FLAGS = flags.FLAGS
_MEGABYTE = 10**6
# Connections that may wait to be accepted.
_BACKLOG = 1024


class ServeScript(Script):
    """Serves exports until it is stopped."""

    takes_resume = False

    def define_flags(self) -> None:
        _define_place()
        _define_limits()

    def arguments(self, words: list[str]) -> list[str]:
        """The first word may be the export without its flag."""
        if words and not words[0].startswith("-"):
            return [f"--{folders.FLAG}={words[0]}", *words[1:]]
        return words

    def check_flags(self) -> None:
        if not FLAGS.export_dir:
            raise InputError(f"--{folders.FLAG}: expected the folder of an export")
        if FLAGS.port > 65535:
            raise InputError(f"--port={FLAGS.port}: expected 0 to 65535")

    def main(self) -> int:
        """Serves, and returns the exit status."""
        found = open_folders(FLAGS.export_dir)
        with bound(FLAGS.host, FLAGS.port) as listener:
            load_tensorflow()
            from amnat.serving.server import Limits, serve

            limits = Limits(
                threads=FLAGS.threads,
                queue=FLAGS.queue,
                samples=FLAGS.max_samples,
                size=int(FLAGS.max_request_mb * _MEGABYTE),
                timeout=FLAGS.timeout,
            )
            serve(found, listener, limits, FLAGS.poll_seconds)
        return 0


def open_folders(words: Sequence[str]) -> list[ModelFolder]:
    """The folders of --export_dir; raises InputError, also for two models with one name."""
    found = [folders.open_folder(word) for word in words]
    names = [folder.name for folder in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"--{folders.FLAG}: two models are called {name}; NAME=FOLDER names one otherwise"
            )
    return found


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens on an address; raises InputError if it cannot."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise InputError(
            f"--host={host}: is no address of this machine ({error.strerror}), expected one, such "
            "as 127.0.0.1"
        ) from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise InputError(_refusal(host, port, error)) from error
    return listener


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"--port={port}: is in use on {host}, expected a free port; --port=0 chooses one"
    if error.errno == errno.EACCES:
        return f"--port={port}: is not allowed ({error.strerror}), expected one of 1024 or above"
    return f"--host={host}: cannot be listened on ({error.strerror}), expected an own address"


def _define_place() -> None:
    define_list(
        folders.FLAG,
        [],
        "What to serve: the folder of an export, with numbered versions or one of them. "
        "NAME=FOLDER names the model; several are separated by commas. It may come first without "
        "the flag's name.",
        fixed=False,
    )
    define_string(
        "host",
        "127.0.0.1",
        "Address to listen on. The default is reached from this machine only; 0.0.0.0 from all "
        "others too. There is no password.",
        fixed=False,
    )
    define_integer(
        "port", 8501, "Port to listen on; 0 chooses a free one.", at_least=0, fixed=False
    )
    define_float(
        "poll_seconds", 2.0, "Seconds between two looks for new versions.", more_than=0, fixed=False
    )


def _define_limits() -> None:
    define_integer(
        "threads", 2, "Number of requests that are computed at a time.", at_least=1, fixed=False
    )
    define_integer(
        "queue",
        128,
        "Number of requests that may wait; further ones get 503 and may be sent again later.",
        at_least=0,
        fixed=False,
    )
    define_integer(
        "max_samples", 256, "Maximum number of samples of one request.", at_least=1, fixed=False
    )
    define_float(
        "max_request_mb", 8.0, "Maximum size of a request, in MB.", more_than=0, fixed=False
    )
    define_float(
        "timeout",
        30.0,
        "Seconds that a request may take to arrive, and to wait and be computed.",
        more_than=0,
        fixed=False,
    )
