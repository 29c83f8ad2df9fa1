"""Scripts that tests run in processes of their own, alone or as the workers of a cluster."""

import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading

# Seconds after which a process is taken to hang.
HANGS = 1800
PORT_WAS_TAKEN = ("Address already in use", "Could not start gRPC server")


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
    output, errors = process.communicate(timeout=HANGS)
    assert "done" in output, errors[-3000:]


def run_two_workers(script, *arguments):
    """Runs a script as two workers on the loopback interface, to their end.

    Another program may take a port between the moment when it was found free and the worker's
    start; then both start again on other ports.
    """
    for _ in range(5):
        outputs = _run_workers(script, arguments)
        if not any(sign in errors for _, errors in outputs for sign in PORT_WAS_TAKEN):
            break
    for output, errors in outputs:
        assert "done" in output, errors[-3000:]


def _run_workers(script, arguments):
    """[(output, errors) of each worker]; where one fails, the other ends, too."""
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

    def end_all():
        for worker in workers:
            worker.kill()

    def outputs_of(worker):
        hangs = threading.Timer(HANGS, end_all)
        hangs.start()
        output, errors = worker.communicate()
        hangs.cancel()
        if "done" not in output:
            end_all()
        return output, errors

    with concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
        return list(pool.map(outputs_of, workers))


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
