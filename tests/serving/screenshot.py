"""Takes a picture of the page that tools/serve.py shows of an export, for the documents.

    python tests/serving/screenshot.py --export_dir=EXPORT --out=docs/images/serve.png

It needs Chromium and Playwright, as the tests of the page do (tests/browser.py).
"""

import argparse
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from amnat.serving.load import running_server  # noqa: E402

from browser import ARGUMENTS, chromium, watch  # noqa: E402
from PIL import Image  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

# Pixels, and the greatest number of colours: a picture of grey digits needs few.
WIDTH, HEIGHT, COLOURS = 920, 880, 64


def take(url, out):
    """Draws samples, classifies them where the model can, and walks half the way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        faults = watch(page)
        page.goto(url)
        page.wait_for_selector("#walk-images canvas")
        if page.is_visible("#judge"):
            page.check("#judge")
            page.wait_for_selector("#sample-images figcaption")
        page.fill("#position", "10")
        shot = page.screenshot()
        browser.close()
    assert not faults, faults
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, optimize=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--export_dir", required=True, help="the export to serve")
    parser.add_argument("--out", required=True, help="the PNG file to write")
    arguments = parser.parse_args()
    with running_server([f"--export_dir={arguments.export_dir}"]) as (url, _):
        take(f"{url}/", arguments.out)
    print(f"{arguments.out}: {pathlib.Path(arguments.out).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
