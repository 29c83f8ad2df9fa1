"""The fixtures of the tests of the page."""

from browser import browser, page  # noqa: F401
