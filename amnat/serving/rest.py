"""TensorFlow Serving's REST interface: status, metadata and predictions of the models.

Paths, bodies, statuses and the words of the errors follow TensorFlow Serving's documentation
(RESTful API) and its server (model_servers/http_rest_api_handler.cc), so a client of one works with
the other.
"""

from __future__ import annotations

import asyncio
import re
import urllib.parse
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from amnat.serving import bodies
from amnat.serving.models import Served, ServedModel
from amnat.serving.request_errors import RequestError
from amnat.serving.tensors import answer
from amnat.serving.workers import Workers

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

_WHICH = r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?"
_POST = re.compile(_WHICH + r":(classify|regress|predict)")
_GET = re.compile(_WHICH + r"(/metadata)?")
_NO_MODEL = re.compile(r"/v1/models(/metadata)?")
_LARGEST_VERSION = 2**63 - 1
JSON = "application/json"
# A larger body is read up to this many times the maximum.
_DROPPED = 16


class Target(NamedTuple):
    """What a path asks for.

    Attributes:
      name: of the model.
      version: its number, None for the newest.
      what: 'predict', 'classify', 'regress', '/metadata' or '' (the status).
    """

    name: str
    version: int | None
    what: str


def target(method: str, path: str) -> Target:
    """What a request is for; raises RequestError 400.

    Args:
      method: of HTTP.
      path: as it was sent, percent-encoded, without a query.
    """
    pattern = {"POST": _POST, "GET": _GET}.get(method)
    match = pattern.fullmatch(path) if pattern else None
    if match is None:
        if method == "GET" and _NO_MODEL.fullmatch(path):
            raise RequestError(400, "Missing model name in request.")
        raise RequestError(400, f"Malformed request: {method} {path}")
    name, version, label, what = match.groups()
    if version is not None and int(version[:20]) > _LARGEST_VERSION:
        raise RequestError(400, f"Failed to convert version: {version[:40]} to numeric.")
    if label is not None:
        raise RequestError(
            400, f"Unrecognized servable version label: {urllib.parse.unquote(label)}"
        )
    number = None if version is None else int(version)
    return Target(urllib.parse.unquote(name), number, (what or "").lower())


class RestInterface:
    """Answers the requests below /v1/.

    Args:
      models: {name: `ServedModel`}.
      workers: the threads that compute.
      most_samples: the maximum number of samples of a request.
      most_bytes: the maximum size of a body.
    """

    def __init__(
        self,
        models: Mapping[str, ServedModel],
        workers: Workers,
        most_samples: int,
        most_bytes: int,
    ):
        self.models = models
        self.workers = workers
        self.most_samples = most_samples
        self.most_bytes = most_bytes

    async def respond(self, request: Request) -> Response:
        """The answer to a request; raises RequestError."""
        path = request.scope.get("raw_path") or request.url.path.encode()
        asked = target(request.method, path.split(b"?")[0].decode("ascii", "replace"))
        if request.method == "GET":
            find = self.metadata if asked.what else self.status
            return Response(orjson.dumps(find(asked)), media_type=JSON)
        async with self.workers.place():
            body = await read_body(request, self.most_bytes, self.workers.timeout)
            found = await self.workers.run(self.predict, asked, body)
        return Response(found, media_type=JSON)

    def _model(self, name: str, missing: str) -> ServedModel:
        if name not in self.models:
            raise RequestError(404, missing)
        return self.models[name]

    def status(self, asked: Target) -> dict[str, Any]:
        """The states of the versions of a model."""
        name, version, _ = asked
        which = "any versions" if version is None else f"version {version}"
        model = self._model(name, f"Could not find {which} of model {name}")
        return {
            "model_version_status": [
                {
                    "version": str(number),
                    "state": found.state,
                    "status": {"error_code": found.code, "error_message": found.message},
                }
                for number, found in model.states(version).items()
            ]
        }

    def metadata(self, asked: Target) -> dict[str, Any]:
        """The signatures of a version."""
        served = self._served(asked)
        spec = {"name": asked.name, "signature_name": "", "version": str(served.number)}
        definition = {"signature_def": {"signature_def": served.model.signature_def}}
        return {"model_spec": spec, "metadata": definition}

    def _served(self, asked: Target) -> Served:
        name, version, _ = asked
        which = f"Latest({name})" if version is None else f"Specific({name}, {version})"
        model = self._model(name, f"Servable not found for request: {which}")
        return model.served(version)

    def predict(self, asked: Target, data: bytes) -> bytes:
        """The answer to a body, as JSON. It computes, and is called in a thread."""
        parsed = bodies.parse(data)
        model = self._served(asked).model
        if asked.what != "predict":
            # Exports have no signatures of these kinds, which take tf.train.Examples.
            raise RequestError(
                400,
                f"Expected a signature with method_name tensorflow/serving/{asked.what}, but those "
                "of this model are for predict",
            )
        body = bodies.read(parsed)
        inputs = bodies.inputs_of(body, model.infos(body.signature))
        model.check_count(inputs, body.signature, self.most_samples)
        return answer(model.call(body.signature, inputs), body.is_row)


async def read_body(request: Request, most: int, timeout: float) -> bytes:
    """The body of a request, unpacked if it is gzip.

    Raises: RequestError: 413 if it is larger than `most` bytes, 408 if it does not come within
      `timeout` seconds, 400 if it cannot be unpacked.
    """
    too_large = RequestError(
        413, f"The body is too large, expected at most {most} bytes", {"Connection": "close"}
    )

    async def read() -> bytes:
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size <= most:
                parts.append(part)
                continue
            # What follows is read and dropped: many clients look for the answer only after they
            # have sent everything. None sends that much by mistake.
            parts.clear()
            if size > _DROPPED * most:
                break
        if size > most:
            raise too_large
        return b"".join(parts)

    try:
        data = await asyncio.wait_for(read(), timeout)
    except ClientDisconnect as error:
        raise RequestError(400, "The client went away") from error
    except asyncio.TimeoutError as error:
        raise RequestError(
            408, f"The body did not come within {timeout:g} s", {"Connection": "close"}
        ) from error
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        return _unpacked(data, most, too_large)
    if encoding != "identity":
        raise RequestError(400, "Content-Encoding: expected gzip or none")
    return data


def _unpacked(data: bytes, most: int, too_large: RequestError) -> bytes:
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = reader.decompress(data, most + 1)
    except zlib.error as error:
        raise RequestError(400, "The body is no gzip data, as Content-Encoding says") from error
    if len(found) > most:
        raise too_large
    if not reader.eof:
        raise RequestError(400, "The body is cut off, expected complete gzip data")
    return found
