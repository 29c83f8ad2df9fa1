"""Small exports to serve, and a server in a thread of this process."""

import contextlib
import http.client
import json
import pathlib
import threading
import time

from amnat.export.classifiers import classify_signature
from amnat.export.generators import generator_signatures
from amnat.export.package import _write
from amnat.export.signatures import Field, Signature
from amnat.models.class_latent import ClassConditionalLatent
from amnat.serving.folders import open_folder
from amnat.serving.script import bound
from amnat.serving.server import Limits, interface, make_server

import numpy as np
import tensorflow as tf

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# InfoGAN's, of two iterations.
OLD_EXPORT = ROOT / "tests" / "old_runs" / "exported"
CLASSES = ("circle", "square", "star")
SHAPE = (4, 5, 3)
DIM = 6
MOST = 50


class Weights:
    """A generator and a classifier without networks, whose weights depend on a number."""

    def __init__(self, latent_size, number):
        rng = np.random.default_rng(number)
        size = int(np.prod(SHAPE))
        self.generator = tf.Variable(rng.standard_normal((latent_size, size)), dtype=tf.float32)
        self.judge = tf.Variable(rng.standard_normal((size, len(CLASSES))), dtype=tf.float32)

    def generate(self, latents):
        return tf.reshape(tf.tanh(tf.matmul(latents, self.generator)), [-1, *SHAPE])

    def classify(self, images):
        return tf.nn.softmax(tf.matmul(tf.reshape(images, [-1, int(np.prod(SHAPE))]), self.judge))


def write_export(folder, number=1):
    """Writes version `number` of a model with a class in its latent and a classifier."""
    latent = ClassConditionalLatent(DIM, len(CLASSES))
    weights = Weights(latent.size, number)
    signatures = generator_signatures(weights.generate, latent, SHAPE, MOST)
    signatures.append(classify_signature(weights.classify, SHAPE, len(CLASSES)))
    metadata = {
        "run": "shapes",
        "iteration": number,
        "data": "drawn",
        "class_names": list(CLASSES),
        "latent": {
            "size": latent.size,
            "module": type(latent).__module__,
            "class": type(latent).__name__,
            "config": latent.get_config(),
        },
    }
    path = folder / str(number)
    path.mkdir(parents=True)
    _write(path, signatures, metadata)
    return path


def write_translator(folder):
    """Writes version 1 of a translator, whose domain 1 are the negatives of domain 0."""

    def translated(images, domain):
        sign = tf.cast(1 - 2 * domain, tf.float32)
        return {"images": images * tf.reshape(sign, [-1, 1, 1, 1])}

    images = tf.TensorSpec([None, *SHAPE], tf.float32)
    specs = {"images": images, "domain": tf.TensorSpec([None], tf.int32)}
    code = {"space": tf.TensorSpec([None, 2], tf.float32)}
    fields = {"images": Field("images", -1, 1), "domain": Field("where to", 0, 1)}
    outputs = {"images": Field("images", -1, 1)}
    example = {"images": np.zeros([1, *SHAPE], np.float32), "domain": np.zeros([1], np.int32)}
    coded = example | {"space": np.zeros([1, 2], np.float32)}
    signatures = [
        Signature(
            "serving_default",
            lambda images, domain, space: translated(images + 0 * tf.reduce_sum(space), domain),
            specs | code,
            fields | {"space": Field("code", -1, 1)},
            outputs,
            coded,
        ),
        Signature("translate", translated, specs, fields, outputs, example),
    ]
    path = folder / "1"
    path.mkdir(parents=True)
    _write(path, signatures, {"run": "turned", "class_names": ["plain", "negative"]})
    return path


class Client:
    """Sends requests to a server of this machine."""

    def __init__(self, port):
        self.port = port

    def send(self, method, path, body=None, headers=None):
        """(status, JSON or bytes, headers) of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            found = answer.read()
        finally:
            connection.close()
        if answer.getheader("Content-Type") == "application/json":
            found = json.loads(found or "{}")
        return answer.status, found, dict(answer.getheaders())

    def get(self, path):
        return self.send("GET", path)[:2]

    def post(self, path, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", path, data)[:2]


@contextlib.contextmanager
def running(*words, limits=Limits(), poll_seconds=1000.0):  # noqa: B008
    """Serves what the words of --export_dir name; yields (Client, `RestInterface`)."""
    rest = interface([open_folder(str(word)) for word in words], limits)
    server = make_server(rest, poll_seconds)
    with bound("127.0.0.1", 0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield Client(listener.getsockname()[1]), rest
        finally:
            server.should_exit = True
            thread.join()
