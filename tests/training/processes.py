"""Scripts that tests run in processes of their own, alone or as the workers of a cluster."""

import json
import os
import pathlib
import socket
import subprocess
import sys


def start(script, arguments, **variables):
    """Starts a script of tests/, which prints "done" at its end."""
    tests = pathlib.Path(__file__).parent.parent
    path = ":".join([str(tests.parent), str(tests / "training"), *sys.path])
    return subprocess.Popen(
        [sys.executable, str(tests / script), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    output, errors = process.communicate(timeout=900)
    assert "done" in output, errors[-3000:]


def run_two_workers(script, *arguments):
    """Runs a script as two workers on the loopback interface, to their end."""
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(2)]
    workers = [
        start(
            script,
            arguments,
            TF_CONFIG=json.dumps(
                {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}
            ),
        )
        for index in range(2)
    ]
    try:
        for worker in workers:
            finish(worker)
    finally:
        for worker in workers:
            worker.kill()


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
