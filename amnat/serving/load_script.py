"""The command tools/serve_load.py as a `Script`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from amnat.errors import InputError
from amnat.serving import load
from amnat.training.declarations import define_float, define_integer, define_string
from amnat.training.main import Script

from absl import flags

FLAGS = flags.FLAGS


class LoadScript(Script):
    """Measures a server under load."""

    takes_resume = False

    def define_flags(self) -> None:
        define_string("export_dir", None, "Export to serve and to load.", fixed=False)
        define_string("url", None, "URL of a server that runs, instead.", fixed=False)
        define_string(
            "model", None, "Name of the model. Default: the first of the server.", fixed=False
        )
        define_integer("clients", 64, "Number of clients at a time.", at_least=1, fixed=False)
        define_float("seconds", 60.0, "Seconds to measure.", more_than=0, fixed=False)
        define_float(
            "warm_up", 15.0, "Seconds before, which are not measured.", at_least=0, fixed=False
        )
        define_integer("samples", 4, "Samples per request.", at_least=1, fixed=False)
        define_float(
            "max_growth", 0.02, "Growth of the memory that is accepted.", more_than=0, fixed=False
        )

    def check_flags(self) -> None:
        if bool(FLAGS.export_dir) == bool(FLAGS.url):
            raise InputError("expected either --export_dir or --url")

    def main(self) -> int:
        """Measures and prints; returns the exit status."""
        with _server() as (url, process):
            name = FLAGS.model or load.model_name(url)
            path, body = load.request_of(url, name, FLAGS.samples)
            print(f"request    {path}, signature {body['signature_name']}", flush=True)
            results = load.measure(
                url, path, body, FLAGS.clients, FLAGS.seconds, FLAGS.warm_up, process
            )
        print(load.report(results, FLAGS.samples, FLAGS.clients))
        if results.errors or not results.latencies or results.growth > FLAGS.max_growth:
            limit = f"expected no errors and a growth of at most {FLAGS.max_growth:.0%}"
            print(f"serve_load.py: error: {limit}", file=sys.stderr)
            return 1
        return 0


@contextlib.contextmanager
def _server() -> Iterator[tuple[str, int | None]]:
    """(URL, process id or None) of the server that is loaded."""
    if FLAGS.url:
        yield FLAGS.url.rstrip("/"), None
        return
    with load.running_server([f"--export_dir={FLAGS.export_dir}"]) as found:
        yield found
