"""The page at /: its files, and what it has to know of the models.

The page itself is a client of the REST interface. Only walks between latents, which the exports'
signatures do not have, are made by a request of its own.
"""

from __future__ import annotations

import pathlib
import urllib.parse
from collections.abc import Mapping
from typing import Any

from amnat.serving.models import Served
from amnat.serving.request_errors import RequestError
from amnat.serving.rest import JSON, RestInterface
from amnat.serving.saved_models import COUNT
from amnat.serving.tensors import answer, shape_text
from amnat.serving.walks import has_labels, latent_of, walk

import orjson
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = pathlib.Path(__file__).resolve().parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
# The page loads nothing from elsewhere, and is shown in no other page.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# Images of a walk, with both ends.
MOST_STEPS = 41
_LARGEST_SEED = 2**63 - 1


class Page:
    """Answers the requests of the page.

    Args:
      rest: the `RestInterface` of the models.
    """

    def __init__(self, rest: RestInterface):
        self._rest = rest
        self._files = {path.name: path.read_bytes() for path in _FOLDER.iterdir()}

    async def file(self, request: Request) -> Response:
        """A file of the page, index.html by default."""
        name = request.path_params.get("name", "index.html")
        if name not in self._files:
            raise RequestError(404, "Not found")
        kind = _TYPES[pathlib.PurePath(name).suffix]
        return Response(self._files[name], media_type=kind, headers=_HEADERS)

    async def models(self, request: Request) -> Response:
        """What the page shows controls for, a JSON list with an entry per model."""
        async with self._rest.workers.place():
            found = await self._rest.workers.run(self._describe)
        return Response(orjson.dumps(found), media_type=JSON)

    def _describe(self) -> list[dict[str, Any]]:
        models = self._rest.models.values()
        most = self._rest.most_samples
        return [description(model.name, model.served(None), most) for model in models]

    async def walk(self, request: Request) -> Response:
        """The images between two seeds, in the column format of predictions."""
        query = request.query_params
        name = query.get("model", "")
        if name not in self._rest.models:
            raise RequestError(404, "Servable not found for request: Latest(" + name[:100] + ")")
        most = min(MOST_STEPS, self._rest.most_samples)
        seeds = (_number(query, "from", 0, _LARGEST_SEED), _number(query, "to", 0, _LARGEST_SEED))
        steps = _number(query, "steps", 2, most)
        label = _number(query, "label", 0, 2**31 - 1) if "label" in query else None
        code = _code(query.get("code", ""))

        def made() -> bytes:
            model = self._rest.models[name].served(None).model
            return answer(walk(model, seeds, steps, label, code), is_row=False)

        async with self._rest.workers.place():
            body = await self._rest.workers.run(made)
        return Response(body, media_type=JSON)


def _number(query: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = query.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) < 20
    if not is_number or not least <= int(text) <= most:
        raise RequestError(400, f"{name} is {text[:40]!r}, expected {least} to {most}")
    return int(text)


def _code(text: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")] if text else []
    except ValueError as error:
        raise RequestError(400, "code: expected numbers in [-1, 1], with commas") from error


def description(name: str, served: Served, most: int) -> dict[str, Any]:
    """What the page has to know of a model, as JSON values.

    Args:
      most: the maximum number of samples of a request.
    """
    model = served.model
    signatures = {
        signature: {
            "inputs": {key: f"{info.dtype} {shape_text(info.shape)}" for key, info in each.items()},
            "outputs": {
                key: f"{info.dtype} {shape_text(info.shape)}"
                for key, info in model.outputs[signature].items()
            },
        }
        for signature, each in model.inputs.items()
    }
    recorded = {
        key: model.metadata[key] for key in ("run", "iteration", "data") if key in model.metadata
    }
    return {
        "name": name,
        "path": f"/v1/models/{urllib.parse.quote(name, safe='')}",
        "version": str(served.number),
        "recorded": recorded,
        "most": most,
        "signatures": signatures,
        "sample": _sampling(served),
        "translate": _translation(served),
        "classify": _classification(served),
    }


def _names(served: Served, signature: str, key: str) -> list[str]:
    """The names of the classes that an input chooses from, or their numbers."""
    described = served.model.metadata.get("signatures", {}).get(signature, {}).get("inputs", {})
    names = [str(each) for each in served.model.metadata.get("class_names", [])]
    bounds = described.get(key, {}).get("range") or [0, len(names) - 1]
    count = int(bounds[1]) + 1
    return names if len(names) == count else [str(number) for number in range(count)]


def _sampling(served: Served) -> dict[str, Any] | None:
    """How samples are drawn: `plain` by a number, `labels` by a class or a label for each."""
    inputs, outputs = served.model.inputs, served.model.outputs
    found: dict[str, Any] = {"plain": None, "labels": None, "codes": 0, "names": [], "word": ""}
    own = inputs.get("generate", {})
    if own.keys() == {COUNT, "seed"}:
        found["plain"] = "generate"
    if own.keys() == {"labels", "space", "seed"}:
        found["labels"], found["word"] = "generate", "Label"
        found["codes"] = (own["space"].shape or (None, 0))[1]
        count = len(_names(served, "generate", "labels"))
        # Labels that nobody named: the network found them by itself.
        found["names"] = [str(number) for number in range(count)]
    if inputs.get("generate_class", {}).keys() == {"labels", "seed"}:
        found["labels"], found["word"] = "generate_class", "Class"
        found["names"] = _names(served, "generate_class", "labels")
    signature = found["plain"] or found["labels"]
    if signature is None:
        return None
    ((key, info),) = list(outputs[signature].items())[:1]
    latent = latent_of(served.model)
    return found | {
        "output": key,
        "shape": list((info.shape or (None,))[1:]),
        "walk": latent is not None,
        "walk_labels": has_labels(latent) and found["labels"] is not None,
    }


def _translation(served: Served) -> dict[str, Any] | None:
    """How pictures are translated; None if this is no translator."""
    inputs = served.model.inputs
    own = inputs.get("serving_default", {})
    if own.keys() != {"images", "domain", "space"} or "translate" not in inputs:
        return None
    return {
        "shape": list((own["images"].shape or (None,))[1:]),
        "codes": (own["space"].shape or (None, 0))[1],
        "names": _names(served, "translate", "domain"),
    }


def _classification(served: Served) -> dict[str, Any] | None:
    """How pictures are classified; None if there is no signature for it."""
    own = served.model.inputs.get("classify", {})
    if own.keys() != {"images"} or "probabilities" not in served.model.outputs["classify"]:
        return None
    count = (served.model.outputs["classify"]["probabilities"].shape or (None, None))[1]
    names = [str(each) for each in served.model.metadata.get("class_names", [])]
    if count is not None and len(names) != count:
        names = [str(number) for number in range(count)]
    return {"shape": list((own["images"].shape or (None,))[1:]), "names": names}
