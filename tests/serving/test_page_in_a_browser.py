"""The page at / in a real browser; skipped where there is none."""

import io

import numpy as np
import pytest
from PIL import Image
from serving_cases import CLASSES, SHAPE, running, write_export, write_translator

# Seconds of patience on a busy machine, in milliseconds.
PATIENCE = 120_000
# All pixels of the canvases in a place, as one text.
PIXELS = (
    "place => [...document.querySelectorAll(`#${place} canvas`)].map(c => c.toDataURL()).join()"
)

# The elements that reach beyond the right edge.
TOO_WIDE = """[...document.querySelectorAll("body *")]
  .filter(each => !each.closest(".scroll") && each.getBoundingClientRect().right > innerWidth)
  .map(each => `${each.tagName} ${each.id} ${each.className}`)"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    write_export(folder / "shapes", 3)
    write_translator(folder / "turned")
    with running(folder / "shapes", folder / "turned") as (client, _):
        yield f"http://127.0.0.1:{client.port}/"


@pytest.fixture
def opened(page, address):
    """The page, with its first samples and walk."""
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_selector("#walk-images canvas")
    return page


def pixels(page, place):
    return page.evaluate(PIXELS, place)


def changes(page, place, action):
    """Does something, and waits until the images of a place are others."""
    before = pixels(page, place)
    action()
    page.wait_for_function(
        f"([place, before]) => {{ const now = ({PIXELS})(place); return now && now !== before; }}",
        arg=[place, before],
    )


def picture(size=(40, 30), colour=(200, 30, 30)):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return {"name": "red.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_samples_change_with_seed_and_class(opened):
    assert opened.locator("#sample-images canvas").count() == 16
    changes(opened, "sample-images", lambda: opened.click("#next"))
    assert opened.input_value("#seed") == "2"
    changes(opened, "sample-images", lambda: opened.select_option("#label", label="star"))
    changes(opened, "sample-images", lambda: opened.select_option("#label", label="each in turn"))
    captions = opened.locator("#sample-images figcaption").all_inner_texts()
    assert captions[:4] == [*CLASSES, CLASSES[0]]
    opened.check("#judge")
    opened.wait_for_selector("#sample-images figcaption:has-text('%')")
    assert "/v1/models/shapes:predict -d" in opened.text_content("#command")


def test_the_keyboard_is_enough(opened):
    opened.focus("#seed")
    opened.keyboard.press("Control+A")
    opened.keyboard.type("77")
    changes(opened, "sample-images", lambda: opened.keyboard.press("Enter"))
    opened.focus("#position")
    changes(opened, "walk-images", lambda: opened.keyboard.press("ArrowRight"))
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "play"
    changes(opened, "walk-images", lambda: opened.keyboard.press("Space"))
    opened.keyboard.press("Space")
    assert opened.get_attribute("#play", "aria-pressed") == "false"


def test_the_slider_walks_from_one_seed_to_the_other(opened):
    first = pixels(opened, "walk-images").split(",data:")[0]
    changes(opened, "walk-images", lambda: opened.fill("#position", "20"))
    shown = pixels(opened, "walk-images").split(",data:")
    assert shown[0] == first and shown[1] == shown[2]
    assert opened.locator("#walk-images figcaption").nth(1).inner_text() == "100 % of the way"
    opened.select_option("#walk-label", label="circle")
    opened.wait_for_selector("#message:text-is('Done.')")
    changes(opened, "walk-images", lambda: opened.select_option("#walk-label", label="square"))


def test_samples_are_downloaded_as_a_picture(opened, tmp_path):
    with opened.expect_download() as waiting:
        opened.click("#sample button.download")
    waiting.value.save_as(tmp_path / "samples.png")
    assert waiting.value.suggested_filename == "shapes-sample.png"
    image = Image.open(tmp_path / "samples.png")
    height, width = SHAPE[:2]
    scale = round(96 / max(height, width))
    assert image.size == (4 * width * scale, 4 * height * scale)
    assert len(np.unique(np.asarray(image))) > 50


def test_a_wrong_number_is_explained(opened):
    opened.fill("#count", "9999")
    opened.click("#sample button[type=submit]")
    opened.wait_for_selector("#message.error")
    assert opened.inner_text("#message") == "Samples: expected a whole number from 1 to 256."


def test_a_picture_is_classified(opened):
    opened.set_input_files("#classify-file", picture())
    opened.wait_for_selector("#probabilities:not([hidden])")
    rows = opened.locator("#probabilities tr").all_inner_texts()
    assert len(rows) == len(CLASSES) and all("%" in row for row in rows)


def test_a_picture_is_translated(opened):
    opened.select_option("#model", label="turned")
    opened.wait_for_selector("#translate:not([hidden])")
    assert opened.is_hidden("#sample") and opened.is_hidden("#walk")
    opened.set_input_files("#translate-file", picture())
    opened.wait_for_selector("#translate-images canvas >> nth=1")
    same = pixels(opened, "translate-images").split(",data:")
    assert same[0].endswith(same[1].split("image/png", 1)[1])
    changes(opened, "translate-images", lambda: opened.select_option("#domain", label="negative"))
    opened.set_input_files(
        "#translate-file", {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    opened.wait_for_selector("#message.error")
    assert "a.png is no picture" in opened.inner_text("#message")


def test_the_page_fits_a_phone_and_has_a_dark_form(opened):
    light = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    opened.emulate_media(color_scheme="dark")
    assert opened.evaluate("getComputedStyle(document.body).backgroundColor") != light
    opened.set_viewport_size({"width": 360, "height": 640})
    assert opened.evaluate(TOO_WIDE) == []
