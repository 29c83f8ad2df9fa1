"""The ASGI application: routes, answers to errors, and the look for new versions."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import sys
from collections.abc import AsyncIterator, Iterable

from amnat.serving.models import ServedModel
from amnat.serving.page import Page
from amnat.serving.request_errors import RequestError
from amnat.serving.rest import JSON, RestInterface

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# TensorFlow Serving takes these, and answers a wrong one below /v1/ with 400.
_METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]


def application(rest: RestInterface, poll_seconds: float) -> Starlette:
    """Makes the application.

    Args:
      rest: the interface, with the models and workers.
      poll_seconds: seconds between two looks for new versions.
    """
    page = Page(rest)

    async def health(request: Request) -> Response:
        return Response(
            orjson.dumps({"status": "ok", "models": sorted(rest.models)}), 200, {}, JSON
        )

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(watch(rest.models.values(), poll_seconds))
        try:
            yield
        finally:
            task.cancel()
            rest.workers.close()

    return Starlette(
        routes=[
            Route("/", page.file),
            Route("/healthz", health),
            Route("/page/models", page.models),
            Route("/page/walk", page.walk),
            Route("/page/{name}", page.file),
            Route("/v1/{path:path}", rest.respond, methods=_METHODS),
        ],
        exception_handlers={
            RequestError: _refused,
            HTTPException: _http_error,
            Exception: _failed,
        },
        lifespan=lifespan,
    )


async def watch(models: Iterable[ServedModel], seconds: float) -> None:
    """Loads new versions as they appear, in a thread of its own, until it is cancelled."""
    loop = asyncio.get_running_loop()
    loader = concurrent.futures.ThreadPoolExecutor(1, "versions")
    try:
        while True:
            await asyncio.sleep(seconds)
            for model in models:
                line = await loop.run_in_executor(loader, model.refresh)
                if line:
                    print(line, file=sys.stderr, flush=True)
    finally:
        loader.shutdown(wait=False, cancel_futures=True)


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps({"error": message}), status, headers, JSON)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return _error(error.status, error.message, error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    texts = {404: "Not found", 405: f"Method not allowed: {request.method}"}
    text = texts.get(error.status_code, error.detail)
    return _error(error.status_code, text, dict(error.headers or {}))


async def _failed(request: Request, error: Exception) -> Response:
    # Starlette raises the error again after this, and uvicorn writes it to the server's stderr.
    return _error(500, "The server failed on this request; its log says why")
