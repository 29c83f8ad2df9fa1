"""Pages in a real browser: the slider, play, the scale, smoothing, sorting, and no JavaScript."""

import time

from amnat.report.run_page import run_page
from amnat.report.run_reader import read_runs
from amnat.report.several_page import several_page

import folders
import pytest

READY = "#curves[data-ready=true]"


@pytest.fixture(scope="module")
def pages(tmp_path_factory, unasked):
    """{"run", "several": the address of a page}."""
    folder = tmp_path_factory.mktemp("pages")
    for seed in (0, 1, 2):
        folders.write_run(folder / f"run{seed}", seed, shift=seed)
    runs = read_runs([folder / f"run{seed}" for seed in (0, 1, 2)])
    (folder / "run.html").write_text(run_page(runs[0], 5_000_000))
    (folder / "several.html").write_text(several_page(runs, "Several", 5_000_000))
    return {name: (folder / f"{name}.html").as_uri() for name in ("run", "several")}


def shown(page):
    """The iterations of the sheets that can be seen."""
    frames = page.locator(".frame:visible")
    return [frames.nth(i).get_attribute("data-iteration") for i in range(frames.count())]


# Of the first chart: its scale, the axes that can be seen, its range and the smoothed curve.
CURVES = """() => {
    const figure = figures[0];
    const line = figure.renderers.find((each) => each.tags.includes("smooth"));
    return {
        scale: figure.y_scale.type,
        axes: figure.left.filter((axis) => axis.visible).map((axis) => axis.type),
        start: figure.y_range.start,
        smooth: Array.from(line.data_source.data.smooth),
    };
}"""


def test_the_slider_moves_and_changes_the_picture(page, pages):
    page.goto(pages["run"])
    assert shown(page) == ["300"]
    before = page.locator(".frame:visible img").get_attribute("src")
    slider = page.locator(".position")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert shown(page) == ["200"] and page.locator("output.iteration").inner_text() == "200"
    assert page.locator(".frame:visible img").get_attribute("src") != before
    page.keyboard.press("Home")
    assert shown(page) == ["0"] and slider.get_attribute("aria-valuetext") == "iteration 0"


def test_play_goes_through_all_sheets_and_stops(page, pages):
    # The page's clock only goes on when the test says so.
    page.clock.install()
    page.goto(pages["run"])
    page.clock.pause_at(time.time() + 3600)
    button = page.locator(".play")
    button.press("Enter")
    seen = []
    while button.inner_text() == "Pause":
        seen += shown(page)
        page.clock.run_for(350)
    assert seen == ["0", "100", "200", "300"] and shown(page) == ["300"]
    button.press("Enter")
    page.clock.run_for(350)
    button.press("Enter")
    page.clock.run_for(3500)
    assert shown(page) == ["100"] and button.get_attribute("aria-pressed") == "false"


def test_scale_and_smoothing(page, pages):
    page.goto(pages["run"])
    page.wait_for_selector(READY)
    before = page.evaluate(CURVES)
    assert before["scale"] == "LinearScale" and before["axes"] == ["LinearAxis"]
    assert before["smooth"] == pytest.approx([1.5, 1.0, 0.5])
    page.check("#log-scale")
    page.wait_for_function("figures[0].y_range.start > 0.3")
    now = page.evaluate(CURVES)
    assert now["scale"] == "LogScale" and now["axes"] == ["LogAxis"]
    page.locator("#smoothing").focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    # An average with weight 0.5 whose weights are made to sum to 1.
    assert page.evaluate(CURVES)["smooth"] == pytest.approx([1.5, 3.5 / 3, 5.5 / 7])
    page.uncheck("#log-scale")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    page.wait_for_function(f"figures[0].y_range.start === {before['start']}")
    assert page.evaluate(CURVES) == before
    assert page.locator(".chart canvas").count() > 0


def test_hover_tells_the_value(page, pages):
    page.goto(pages["run"])
    page.wait_for_selector(READY)
    page.locator("#chart-1").scroll_into_view_if_needed()
    x, y = page.evaluate(
        """() => {
          const view = [...Bokeh.index.roots][0], frame = view.frame;
          const box = view.el.getBoundingClientRect();
          return [box.x + frame.x_scale.compute(200), box.y + frame.y_scale.compute(1.0)];
        }"""
    )
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    tip = page.locator(".bk-Tooltip")
    tip.get_by_text("loss_dis_total", exact=True).wait_for()
    assert tip.get_by_text("200", exact=True).is_visible()


def test_several_runs_are_sorted_and_moved_together(page, pages):
    page.goto(pages["several"])
    page.wait_for_selector(READY)
    table = page.locator("table.sortable").nth(1)

    def seeds():
        return table.locator("tbody tr td:nth-child(4)").all_inner_texts()

    assert seeds() == ["0", "1", "2", ""]
    button = table.locator("th button", has_text="seed")
    button.click()
    button.press("Enter")
    assert seeds() == ["2", "1", "0", ""]
    assert table.locator("th", has_text="seed").get_attribute("aria-sort") == "descending"
    page.locator(".position").focus()
    page.keyboard.press("Home")
    assert shown(page) == ["0"] * 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_on_a_phone(page, pages, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(pages["several"])
    page.wait_for_selector(READY)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 24, 27)"}[scheme]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_javascript(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(pages["run"])
    assert plain.locator(".frame:visible img").count() == 4
    assert plain.locator("noscript img:visible").count() == 1
    assert not plain.locator(".play").is_visible() and not plain.locator(".plot").first.is_visible()
    assert plain.get_by_text("Inception score (higher is better)").first.is_visible()
    context.close()
