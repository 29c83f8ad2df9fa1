"""Makes the pictures of pages in README.md and docs/, in headless Chromium (tests/browser.py).

    python tools/am_gan.py --flagfile=flags/am_gan_digits.flags --iMaxIter=400 --sample_every=20 \\
        --score_every=100 --score_samples=500 --log_every=10
    python tests/screenshots.py result/am_gan_digits/report.html --out=docs/images

The run takes about a minute and a half on two idle CPU cores. The pictures are of the page as it
opens and of its curves, light on a desktop and dark on a phone.
"""

import argparse
import io
import pathlib
import sys

from PIL import Image

COLOURS = 200
MOST_BYTES = 200_000
# {name: (width, height, scheme, what to scroll to)}.
VIEWS = {
    "report_page": (1180, 1130, "light", None),
    "report_page_curves": (1180, 1000, "light", "#curves"),
    "report_page_phone": (390, 844, "dark", "#curves"),
}
# What smooths the curves of a picture, between 0 and 1.
SMOOTHING = "0.5"


def shoot(browser, address, width, height, scheme, place):
    """A picture of the visible part of a page, once its curves are drawn; PNG bytes."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("#curves[data-ready=true]")
    if place is not None:
        page.locator("#smoothing").fill(SMOOTHING)
        page.locator("#smoothing").blur()
        page.evaluate("place => document.querySelector(place).scrollIntoView()", place)
    page.wait_for_timeout(500)
    content = page.screenshot()
    context.close()
    return content


def small(content):
    """The picture with as many colours as MOST_BYTES has room for."""
    colours = COLOURS
    while True:
        stream = io.BytesIO()
        with Image.open(io.BytesIO(content)) as image:
            # Rare colours are kept: those of curves are a small part of a page.
            method = Image.Quantize.MAXCOVERAGE
            changed = image.convert("RGB").quantize(colours, method, dither=Image.Dither.NONE)
            changed.save(stream, "PNG", optimize=True)
        if len(stream.getvalue()) <= MOST_BYTES or colours <= 8:
            return stream.getvalue()
        colours //= 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("page", type=pathlib.Path, help="report.html of a run")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for the pictures")
    arguments = parser.parse_args()
    if not arguments.page.is_file():
        parser.error(f"{arguments.page}: no such file; expected the report.html of a run")
    import browser
    from playwright.sync_api import sync_playwright

    path = browser.chromium()
    if path is None:
        sys.exit("no browser: install Chromium, or set AMNAT_TEST_BROWSER to one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(browser.ARGUMENTS))
        for name, view in VIEWS.items():
            content = shoot(started, arguments.page.absolute().as_uri(), *view)
            target = arguments.out / f"{name}.png"
            target.write_bytes(small(content))
            print(f"{target}  {target.stat().st_size / 1000:.0f} kB")
        started.close()


if __name__ == "__main__":
    main()
