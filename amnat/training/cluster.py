"""The workers of a multi-worker run, from the environment variable TF_CONFIG.

This module does not load TensorFlow: a worker with a wrong TF_CONFIG should report it at once
instead of waiting for the others.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from typing import Any

from amnat import json_text
from amnat.errors import InputError

VARIABLE = "TF_CONFIG"
EXAMPLE = (
    '{"cluster": {"worker": ["host0:12345", "host1:12345"]}, '
    '"task": {"type": "worker", "index": 0}}'
)
_ADDRESS = re.compile(r"[^\s:/]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")


@dataclasses.dataclass(frozen=True)
class Cluster:
    """The workers of a run, and which one this process is.

    Attributes:
      tasks: (type, index) of all workers in the order of their numbers, the chief first.
      task: (type, index) of this process.
    """

    tasks: tuple[tuple[str, int], ...]
    task: tuple[str, int]

    @property
    def index(self) -> int:
        """The number of this worker, 0 for the chief."""
        return self.tasks.index(self.task)

    @property
    def is_chief(self) -> bool:
        """Whether this worker writes the run's files."""
        return self.index == 0

    @property
    def num_workers(self) -> int:
        return len(self.tasks)


def read_cluster(text: str | None = None) -> Cluster:
    """Reads TF_CONFIG.

    Args:
      text: the value, by default that of the environment variable.

    Raises:
      InputError: if it is not set, is not JSON, or does not describe this worker.
    """
    text = os.environ.get(VARIABLE, "") if text is None else text
    if not text.strip():
        raise _wrong("is not set")
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _wrong(f"is not JSON ({error})") from error
    addresses = _addresses(content)
    task = content.get("task")
    if not isinstance(task, dict) or "type" not in task or "index" not in task:
        raise _wrong(f"has the task {json_text.dumps(task)}, without type and index")
    kind, index = task["type"], task["index"]
    if not isinstance(kind, str) or kind not in addresses:
        raise _wrong(f"has a task of type {kind!r}, but the cluster has {', '.join(addresses)}")
    count = len(addresses[kind])
    if type(index) is not int or not 0 <= index < count:
        raise _wrong(f"has the task index {index!r}, but the cluster has {count} of type {kind!r}")
    tasks = [(name, i) for name in ("chief", "worker") for i in range(len(addresses.get(name, ())))]
    return Cluster(tuple(tasks), (kind, index))


def _addresses(content: Any) -> dict[str, list[str]]:
    """The addresses of the chief and the workers, {type: addresses}."""
    cluster = content.get("cluster") if isinstance(content, dict) else None
    if not isinstance(cluster, dict) or not cluster:
        raise _wrong("has no cluster")
    for kind, addresses in cluster.items():
        if kind not in ("chief", "worker"):
            raise _wrong(f"has tasks of type {kind!r}; the only types are chief and worker")
        if not isinstance(addresses, list) or not addresses:
            raise _wrong(f"has no list of addresses of type {kind!r}")
        for address in addresses:
            if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
                raise _wrong(f"has the address {address!r}, not HOST:PORT")
    every = [address for addresses in cluster.values() for address in addresses]
    if len(set(every)) < len(every):
        raise _wrong("has an address twice")
    if len(cluster.get("chief", ())) > 1:
        raise _wrong("has more than one chief")
    return cluster


def _wrong(what: str) -> InputError:
    return InputError(f"--strategy=multi_worker: {VARIABLE} {what}; expected e.g. {EXAMPLE}")
