"""Runs the server until it is told to stop. Loads TensorFlow."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import socket
from collections.abc import Iterator, Sequence

from amnat.serving.application import application
from amnat.serving.folders import ModelFolder
from amnat.serving.models import ServedModel
from amnat.serving.rest import RestInterface
from amnat.serving.workers import Workers

import uvicorn

# Seconds that requests have to end in when the server is stopped.
_LAST_SECONDS = 5
# Seconds that a connection may stay open between requests, and the number of connections.
_KEEP_ALIVE, _CONNECTIONS = 30, 1000


@dataclasses.dataclass(frozen=True)
class Limits:
    """How much the server takes on.

    Attributes:
      threads: number of requests that are computed at a time.
      queue: number of requests that may wait.
      samples: maximum number of samples of a request.
      size: maximum size of a request, in bytes.
      timeout: seconds that a request may take to arrive, and to wait and be computed.
    """

    threads: int = 2
    queue: int = 128
    samples: int = 256
    size: int = 8_000_000
    timeout: float = 30.0


def interface(folders: Sequence[ModelFolder], limits: Limits) -> RestInterface:
    """The REST interface of models, which are loaded; raises InputError if one cannot be."""
    models = {folder.name: ServedModel(folder) for folder in folders}
    for model in models.values():
        model.load_first()
    workers = Workers(limits.threads, limits.queue, limits.timeout)
    return RestInterface(models, workers, limits.samples, limits.size)


def make_server(rest: RestInterface, poll_seconds: float) -> uvicorn.Server:
    """The server of an interface; see `application`."""
    config = uvicorn.Config(
        application(rest, poll_seconds),
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    return uvicorn.Server(config)


def serve(
    folders: Sequence[ModelFolder], listener: socket.socket, limits: Limits, poll_seconds: float
) -> None:
    """Loads the models and answers requests until Ctrl-C or SIGTERM.

    Args:
      folders: what to serve; every name differs.
      listener: the socket, which listens already.
      limits: `Limits`.
      poll_seconds: seconds between two looks for new versions.

    Raises: InputError if a model cannot be loaded.
    """
    rest = interface(folders, limits)
    for name, model in rest.models.items():
        print(f"model      {name}, version {model.served(None).number}")
    place = address(listener)
    print(f"page       {place}/")
    for name in rest.models:
        print(f"requests   {place}/v1/models/{name}:predict")
    print("Ctrl-C stops the server", flush=True)
    server = make_server(rest, poll_seconds)
    with _ended_by_signals():
        server.run(sockets=[listener])
    print("stopped", flush=True)


def address(listener: socket.socket) -> str:
    """The URL of a socket, without a slash at the end."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A context in which Ctrl-C and SIGTERM, on which uvicorn ends, are not raised again by it.

    They are the ordinary ways to end a server, which has ended its requests by then.
    """
    ends = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda *_: None) for each in ends}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
