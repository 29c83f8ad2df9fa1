"""Pages in a real browser, headless Chromium, for tests.

The conftest.py of a folder whose tests use them imports the fixtures `browser` and `page`:

    from browser import browser, page  # noqa: F401  (fixtures)

A test then takes them as arguments:

    def test_a_page(page, tmp_path):
        page.goto((tmp_path / "report.html").as_uri())
        page.click("text=Play")

`page` is a page of Playwright (https://playwright.dev/python), new for each test. At the end of a
test it fails if the page wrote an error to the console, raised an exception, or asked another host
than its own for anything. `AMNAT_TEST_BROWSER` names another Chromium than the one on the path.
Nothing is ever downloaded: without Playwright (pip install playwright) or a Chromium
(apt-get install chromium), tests are skipped and say so.
"""

import os
import shutil
import urllib.parse

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium's own sandbox needs rights that containers lack; pages here are our own.
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
LOCAL = ("", "127.0.0.1", "localhost")


def chromium():
    """The path of a Chromium; None if there is none."""
    return os.environ.get("AMNAT_TEST_BROWSER") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium of Playwright; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install)")
    path = chromium()
    if path is None:
        pytest.skip("no browser: install Chromium, or set AMNAT_TEST_BROWSER to one")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """A page of 1280x900 pixels, whose errors fail the test; `page.faults` has them so far."""
    made = browser.new_page(viewport={"width": 1280, "height": 900})
    made.faults = watch(made)
    yield made
    made.close()
    assert made.faults == []


def watch(page):
    """A list to which all errors of a page are added from now on."""
    faults = []

    def note(message):
        if message.type == "error":
            faults.append(f"console: {message.text}")

    def check(request):
        parts = urllib.parse.urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            faults.append(f"network: {request.url}")

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(f"exception: {error}"))
    page.on("request", check)
    return faults
