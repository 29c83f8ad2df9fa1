"""The threads that compute, and the bounded queue before them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

from amnat.serving.request_errors import RequestError

Result = TypeVar("Result")
# Seconds after which a client may try again when all places are taken.
RETRY_AFTER = 1


class Workers:
    """Runs functions in threads, so the event loop never waits for a computation.

    Args:
      threads: number of threads that compute.
      waiting: number of requests that may wait for them.
      timeout: seconds until a request is given up.

    Attributes:
      taken: number of requests that are read, wait or are computed.
    """

    def __init__(self, threads: int, waiting: int, timeout: float):
        self.timeout = timeout
        self.taken = 0
        self._places = threads + waiting
        self._executor = concurrent.futures.ThreadPoolExecutor(threads, "request")

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A context that holds a place from before the body is read until the answer is made.

        Raises: RequestError 503 if all places are taken.
        """
        if self.taken >= self._places:
            raise RequestError(
                503,
                f"The server works on {self._places} requests already; try again later",
                {"Retry-After": str(RETRY_AFTER)},
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """The result of a function, which runs in a thread.

        Raises: RequestError 504 if it takes too long. A function that has begun cannot be stopped;
          it keeps its place until it ends.
        """
        future = self._executor.submit(function, *arguments)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self.timeout)
        except asyncio.TimeoutError as error:
            if not future.cancelled() and not future.done():
                self._keep_place(future)
            raise RequestError(
                504, f"The request took longer than {self.timeout:g} s and was given up"
            ) from error

    def _keep_place(self, future: concurrent.futures.Future) -> None:
        loop = asyncio.get_running_loop()
        self.taken += 1

        def give_back() -> None:
            self.taken -= 1

        def ended(_: concurrent.futures.Future) -> None:
            # The loop may have been closed by the end of the server.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(give_back)

        future.add_done_callback(ended)

    def close(self) -> None:
        """Lets go of requests that wait; those that run end by themselves."""
        self._executor.shutdown(wait=False, cancel_futures=True)
