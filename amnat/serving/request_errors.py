"""The error that a request is answered with."""

from __future__ import annotations


class RequestError(Exception):
    """A request that cannot be answered.

    Attributes:
      status: the HTTP status, 4xx or 5xx.
      message: one sentence for the client. It holds no path of the server.
      headers: additional HTTP headers of the answer.
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
