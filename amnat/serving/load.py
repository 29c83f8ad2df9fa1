"""Loads a server with many clients at once, and measures latency, images and memory.

It runs beside the server as a process of its own, and does not load TensorFlow.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import Any

from amnat import json_text
from amnat.command_text import TOOLS
from amnat.errors import InputError

import numpy as np

COUNT = "num_samples"
# Seconds that a request may take before it counts as an error.
_TIMEOUT = 60
# The signatures to choose from, the first that a model has.
_SIGNATURES = ("generate", "translate", "classify", "serving_default")
# Types of TensorFlow whose requests are made of zeros.
_WHOLE = ("DT_INT32", "DT_INT64")


@dataclasses.dataclass
class Results:
    """What the clients measured.

    Attributes:
      latencies: seconds of each answered request.
      errors: what was answered, or went wrong, instead.
      seconds: how long the clients ran.
      memory: (bytes of the server before, bytes after); None if it is no process of this machine.
    """

    latencies: list[float] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    memory: tuple[int, int] | None = None

    @property
    def growth(self) -> float:
        """The growth of the server's memory, as a share of what it was."""
        before, after = self.memory or (1, 1)
        return after / before - 1


@contextlib.contextmanager
def running_server(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Runs tools/serve.py on a free port.

    Args:
      words: its further arguments.

    Yields: (its URL, its process id).
    Raises: InputError if it does not start; it has said why on stderr.
    """
    command = [sys.executable, str(TOOLS / "serve.py"), "--port=0", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("page"):
                yield line.split()[1].rstrip("/"), process.pid
                return
        raise InputError("the server did not start, for the reason above")
    finally:
        process.terminate()
        process.communicate()


def resident_bytes(process: int) -> int:
    """The memory of a process that is in RAM, in bytes."""
    text = pathlib.Path(f"/proc/{process}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)
    assert found, "Linux lists it"
    return int(found.group(1)) * 1024


class Connection:
    """A connection that stays open between requests.

    Args:
      url: of the server, without a path.
    """

    def __init__(self, url: str):
        place = urllib.parse.urlsplit(url)
        if place.scheme != "http" or not place.hostname:
            raise InputError(f"--url={url}: expected http://HOST:PORT")
        self._connection = http.client.HTTPConnection(place.hostname, place.port, timeout=_TIMEOUT)

    def send(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """(status, body) of the answer; raises OSError or http.client.HTTPException."""
        self._connection.request("GET" if body is None else "POST", path, body)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        """Closes it; the next request opens it again."""
        self._connection.close()


def _get(url: str, path: str) -> Any:
    connection = Connection(url)
    try:
        status, body = connection.send(path)
    except (OSError, http.client.HTTPException) as error:
        raise InputError(f"{url}: no server answers ({error}), expected one") from error
    finally:
        connection.close()
    if status != 200:
        raise InputError(f"{url}{path}: {body.decode(errors='replace')[:200]}")
    return json.loads(body)


def model_name(url: str) -> str:
    """The name of the first model of a server of tools/serve.py; raises InputError."""
    return _get(url, "/healthz")["models"][0]


def request_of(url: str, model: str, samples: int) -> tuple[str, dict[str, Any]]:
    """(path, body) of a request for a number of samples, made from the model's metadata.

    Raises: InputError if the model has no signature that this module knows.
    """
    metadata = _get(url, f"/v1/models/{urllib.parse.quote(model)}/metadata")
    found = metadata["metadata"]["signature_def"]["signature_def"]
    signature = next((name for name in _SIGNATURES if name in found), None)
    if signature is None:
        raise InputError(f"{model}: signatures {', '.join(found)}, expected {_SIGNATURES[-1]}")
    inputs = {
        name: _zeros(name, tensor, samples) for name, tensor in found[signature]["inputs"].items()
    }
    path = f"/v1/models/{urllib.parse.quote(model)}:predict"
    return path, {"signature_name": signature, "inputs": inputs}


def _zeros(name: str, tensor: dict[str, Any], samples: int) -> Any:
    sizes = [int(each["size"]) for each in tensor["tensor_shape"]["dim"]]
    if name == COUNT and not sizes:
        return samples
    zeros = np.zeros([samples if size < 0 else size for size in sizes])
    return (zeros.astype(int) if tensor["dtype"] in _WHOLE else zeros).tolist()


class _Clients:
    """Clients that each send one request after the other until they are told to stop."""

    def __init__(self, url: str, path: str, body: dict[str, Any], results: Results):
        self._url, self._path, self._body = url, path, body
        self._results = results
        self._lock = threading.Lock()
        self.until = float("inf")
        self.counting = False

    def run(self, number: int) -> None:
        connection = Connection(self._url)
        seed = number
        while time.monotonic() < self.until:
            body = self._body
            if "seed" in body["inputs"]:
                seed += 1000
                body = body | {"inputs": body["inputs"] | {"seed": seed}}
            data = json_text.dumps(body).encode()
            start = time.perf_counter()
            error = self._sent(connection, data)
            duration = time.perf_counter() - start
            with self._lock:
                if error is not None:
                    self._results.errors.append(error)
                elif self.counting:
                    self._results.latencies.append(duration)
        connection.close()

    def _sent(self, connection: Connection, data: bytes) -> str | None:
        """What went wrong with a request, or None."""
        try:
            status, answer = connection.send(self._path, data)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return f"{type(error).__name__}: {error}"
        return None if status == 200 else f"{status} {answer.decode(errors='replace')[:200]}"


def measure(
    url: str,
    path: str,
    body: dict[str, Any],
    clients: int,
    seconds: float,
    warm_up: float,
    process: int | None = None,
) -> Results:
    """Sends requests of many clients at once; see `Results`.

    Args:
      url, path, body: of the request, whose `seed`, if it has one, differs every time.
      clients: number of clients, each of which waits for its answer.
      seconds: how long to measure.
      warm_up: seconds before that, in which nothing but errors counts; the memory is first read
        after them.
      process: id of the server; None if it is another machine's.
    """
    results = Results()
    work = _Clients(url, path, body, results)
    threads = [threading.Thread(target=work.run, args=(each,)) for each in range(clients)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(warm_up)
        before = resident_bytes(process) if process is not None else 0
        work.counting = True
        start = time.monotonic()
        time.sleep(seconds)
        results.seconds = time.monotonic() - start
        if process is not None:
            results.memory = before, resident_bytes(process)
    finally:
        work.counting = False
        work.until = 0
        for thread in threads:
            thread.join()
    return results


def report(results: Results, samples: int, clients: int) -> str:
    """The results as lines of text."""
    errors, count = results.errors, len(results.latencies)
    duration = f"{results.seconds:.0f} s"
    lines = [
        f"machine    {os.cpu_count()} CPU cores, load {os.getloadavg()[0]:.1f}",
        f"clients    {clients} at a time for {duration}, {samples} samples per request",
        f"requests   {count:,} answered, {len(errors):,} errors",
    ]
    if errors:
        lines.append(f"           the first one: {errors[0]}")
    if count:
        p50, p99 = 1000 * np.percentile(results.latencies, [50, 99])
        lines += [
            f"latency    p50 {p50:,.0f} ms, p99 {p99:,.0f} ms",
            f"samples    {count * samples / results.seconds:,.0f} per second",
        ]
    if results.memory is not None:
        before, after = (value / 2**20 for value in results.memory)
        lines.append(f"memory     {before:,.0f} MiB, then {after:,.0f} MiB: {results.growth:+.1%}")
    return "\n".join(lines)
