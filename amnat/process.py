"""The standard streams and the interrupts of a script's process; `amnat.start` prepares them.

As a library, amnat leaves them to the program that uses it.
"""

import contextlib
import errno
import io
import logging
import os
import signal
import sys

# The status of a process that Ctrl-C ended, as shells report it.
INTERRUPTED = 128 + signal.SIGINT


class _Output(io.FileIO):
    """Standard output or error. When it cannot be written any more, the rest goes nowhere.

    `script | head`, a terminal that is gone or a full disk must not end a training, or lose results
    that are written after a line of text.

    Attributes:
      failure: why text was lost, if that is an error; a reader that goes away may do so.
    """

    failure = None

    def write(self, data):
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EIO):
                self.failure = error.strerror
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(memoryview(data).cast("B"))


def prepare():
    """Prepares the process of a script, before it loads its packages."""
    _open_standard_streams()
    # Notebooks export a backend that may not be installed here; a script opens no windows.
    os.environ["MPLBACKEND"] = "Agg"
    # It warns of a home folder that cannot be written to, which costs it a cache and nothing else.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_at_once)


def _output_of(stream):
    """The `_Output` of a stream that `prepare` made, or None."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    return raw if isinstance(raw, _Output) else None


def has_own_stderr():
    """Whether Python's stderr does not write to descriptor 2, which native code writes to."""
    return _output_of(sys.stderr) is not None


def lost_output():
    """Why text on stdout was lost, for instance 'No space left on device'; None if it was not."""
    output = _output_of(sys.stdout)
    if output is None:
        return None
    sys.stdout.flush()
    return output.failure


def _open_standard_streams():
    """Makes stdout and stderr survive closed pipes and characters that they cannot encode.

    Python's stderr gets a descriptor of its own, so what native code writes to descriptor 2 can be
    kept apart (`amnat.training.native_log`).
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # A file that is opened later must not take the number of a closed standard stream.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None or sys.stdout is sys.__stdout__:
        sys.stdout = _stream(1, sys.stdout)
    if sys.stderr is None or sys.stderr is sys.__stderr__:
        sys.stderr = _stream(os.dup(2), sys.stderr)


def _stream(number, before):
    raw = _Output(number, "w", closefd=False)
    unbuffered = getattr(before, "write_through", False)
    return io.TextIOWrapper(
        raw if unbuffered else io.BufferedWriter(raw),
        encoding=getattr(before, "encoding", "utf-8"),
        errors="backslashreplace",
        line_buffering=getattr(before, "line_buffering", True),
        write_through=unbuffered,
    )


def say_interrupted():
    """Prints the one line of a script that Ctrl-C ended."""
    print(f"{os.path.basename(sys.argv[0])}: interrupted", file=sys.stderr, flush=True)


def end_at_once(*_):
    """Ends the process with one line: the signal handler while packages are loaded.

    An exception in the middle of an import may come out as any other one, or not at all.
    """
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        say_interrupted()
    os._exit(INTERRUPTED)


@contextlib.contextmanager
def ending_at_once(first=lambda: None):
    """A context in which Ctrl-C calls `first` and ends the process, unless it is handled elsewhere.

    It is for imports that a running script makes.
    """
    before = signal.getsignal(signal.SIGINT)
    handles = before in (signal.default_int_handler, end_at_once)
    if handles:
        signal.signal(signal.SIGINT, lambda *_: (first(), end_at_once()))
    try:
        yield
    finally:
        if handles:
            signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def raising_interrupts():
    """A context in which Ctrl-C raises KeyboardInterrupt, between the imports and the exit."""
    prepared = signal.getsignal(signal.SIGINT) is end_at_once
    if prepared:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if prepared:
            signal.signal(signal.SIGINT, end_at_once)
