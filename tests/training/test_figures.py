"""Pictures of a run."""

from amnat import sheets
from amnat.data import Dataset
from amnat.data.negatives import Negatives
from amnat.training import figures
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def run(tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.create([])
    run.title = "GAN on tiny"
    return run


@pytest.fixture
def axes_of(monkeypatch):
    """The axes of the figures that are drawn."""
    found = []
    make = figures.new_figure

    def new_figure(*size):
        found.append(make(*size))
        return found[-1]

    monkeypatch.setattr(figures, "new_figure", new_figure)
    return lambda number=-1: found[number].axes


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_sheet_names_sort_by_iteration(tmp_path):
    assert figures.sheet_name(123_456) == "train_12_3456.png"
    for iteration in (1_000_000, 20_000, 5):
        (tmp_path / figures.sheet_name(iteration)).touch()
    assert [i for i, _ in figures.sheets_in_order(tmp_path)] == [5, 20_000, 1_000_000]


def test_evolution(tmp_path):
    for iteration in range(100):
        sheet = np.full((8, 400, 3), iteration * 2, np.uint8)
        sheets.save_image(tmp_path / figures.sheet_name(iteration), sheet)
    path = tmp_path / "evolution.gif"
    figures.save_evolution(tmp_path, path)
    with Image.open(path) as animation:
        assert animation.n_frames == figures.MAX_FRAMES
        assert animation.width == 200 and animation.info["loop"] == 0
        height = animation.height
        first = np.asarray(animation.convert("L"))
        animation.seek(animation.n_frames - 1)
        last = np.asarray(animation.convert("L"))
    assert (last[-4:] == 198).all() and (first[-4:] == 0).all()
    # The iteration stands above, and differs.
    above = height - 4
    assert (first[:above] < 100).any() and (first[:above] != last[:above]).any()


def test_the_evolution_has_a_title_of_its_own_in_place_of_the_sheets(run):
    for iteration in (9, 10_000):
        figures.save_sheet(run, "train", iteration, sheets.Sheet(np.zeros((10, 8, 8, 1)), 5))
    figures.save_evolution(run.samples, run.plots / "evolution.gif", run.title)
    with Image.open(run.samples / "train_01_0000.png") as sheet:
        assert sheet.text["Title"] == "GAN on tiny, iteration 10,000"
        body = sheet.height - int(sheet.text["TitleHeight"])
    with Image.open(run.plots / "evolution.gif") as animation:
        assert animation.n_frames == 2
        frame = Image.new("RGB", (animation.width, body // 2))
        title = animation.height - body // 2
        assert sheets.with_caption(frame, ["GAN on tiny", "iteration 10,000"]).height == (
            title + body // 2
        )


def test_the_evolution_leaves_out_sheets_of_another_size(tmp_path):
    """As after a run went on with --raw_sheets."""
    for iteration, side in ((1, 160), (2, 240), (3, 240)):
        pixels = np.zeros((side, side, 3), np.uint8)
        sheets.save_image(tmp_path / figures.sheet_name(iteration), pixels)
    figures.save_evolution(tmp_path, tmp_path / "evolution.gif")
    with Image.open(tmp_path / "evolution.gif") as animation:
        assert animation.n_frames == 2


def test_no_sheets_no_evolution(tmp_path):
    figures.save_evolution(tmp_path, tmp_path / "evolution.gif")
    assert not list(tmp_path.iterdir())


def test_scatter_shows_both_sets_below_a_title(run):
    points = np.random.default_rng(0).normal(size=(500, 2))
    pixels = figures.save_scatter(run, 3, points * 0.1, points * 0.1 + 1).astype(int)
    red = (pixels[..., 0] - pixels[..., 2] > 80).sum()
    blue = (pixels[..., 2] - pixels[..., 0] > 80).sum()
    assert pixels.shape[1] == 600 and red > 100 and blue > 100
    with Image.open(run.samples / "train_00_0003.png") as sheet:
        assert sheet.text["Title"] == "GAN on tiny, iteration 3"
        assert sheet.height == 600 + int(sheet.text["TitleHeight"])


def tiny(num_classes=2):
    labels = (np.arange(40) % num_classes).astype(np.int32)
    samples = np.broadcast_to((labels * 5).astype(np.uint8)[:, None, None, None], (40, 4, 4, 1))
    names = tuple(f"class {k}" for k in range(num_classes))
    return Dataset("tiny", "train", samples.copy(), labels, num_classes, names)


def test_real_images_and_negatives_are_shown_once(run):
    negatives = Negatives("noise=3", np.zeros((3, 4, 4, 1), np.float32))
    figures.save_data_sheets(run, tiny(), negatives)
    files = {path.name: path.read_bytes() for path in run.samples.iterdir()}
    assert set(files) == {"real.png", "negatives.png"}
    with Image.open(run.samples / "real.png") as sheet:
        assert sheet.text["Title"] == "tiny: real images for training"
    figures.save_data_sheets(run, tiny(3), negatives)
    assert files == {path.name: path.read_bytes() for path in run.samples.iterdir()}


def test_raw_sheets_of_the_data(run):
    run.raw_sheets = True
    figures.save_data_sheets(run, tiny(), None)
    with Image.open(run.samples / "real.png") as sheet:
        assert sheet.size == (10 * 4 * 3, 2 * 4 * 3)
        # A row for each class.
        assert np.unique(np.asarray(sheet)[12:]).tolist() == [5]
    (run.samples / "real.png").unlink()
    figures.save_data_sheets(run, tiny(40), None)
    with Image.open(run.samples / "real.png") as sheet:
        assert sheet.size == (10 * 4 * 3, 4 * 4 * 3) and len(np.unique(sheet)) == 40


def test_curves(tmp_path, axes_of):
    columns = {"iteration": [1, 2], "loss": [0.5, 0.4], "loss_std": [0.1, 0.1]}
    panels = {"loss": ["loss", "absent"], "share": ["absent"]}
    figures.save_curves(tmp_path / "a.png", columns, panels, "GAN on tiny")
    figures.save_curves(tmp_path / "b.png", columns, {"loss": ["absent"]})
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    (axes,) = axes_of()
    assert axes.get_title() == "GAN on tiny"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("iteration", "loss")
    assert legend(axes) == ["loss", "\N{PLUS-MINUS SIGN} standard deviation of the iterations"]


@pytest.mark.parametrize(
    "name, real, label",
    [
        ("fid", None, "FID (lower is better)"),
        ("am_score", 0.25, "AM score (lower is better)"),
        ("modes_found", None, "modes found (higher is better)"),
        ("inception_score_split_std", float("nan"), "inception score split std"),
        ("score_of_a_scorer_of_ones_own", None, "score of a scorer of ones own"),
    ],
)
def test_score_curves_say_what_is_better_and_what_real_data_has(
    tmp_path, axes_of, name, real, label
):
    columns = {"iteration": [1, 2], name: [0.5, 0.4]}
    figures.save_score_curve(tmp_path / "a.png", columns, name, "GAN on tiny", real)
    (axes,) = axes_of()
    assert axes.get_ylabel() == label
    drawn = [line.get_ydata()[0] for line in axes.lines if line.get_label() == "real data"]
    assert drawn == ([0.25] if real == 0.25 else [])
    assert ("real data" in legend(axes)) == bool(drawn)


def test_every_line_is_on_an_axis_of_its_kind(run, axes_of):
    """A Wasserstein critic's value and a class probability, for instance, share no axis."""
    names = ("logit_real_r2", "logit_real_rmax", "accuracy_real", "match_fake", "loss_dis_total")
    run.append_row(run.metrics_file, {"iteration": 1} | dict.fromkeys(names, 0.5))
    run.append_row(run.scores_file, {"iteration": 1, "inception_score": 3.0})
    figures.save_plots(run, {"inception_score": 9.0})
    drawn = {axes.get_ylabel(): legend(axes) for number in range(4) for axes in axes_of(number)}
    assert drawn == {
        "loss": ["loss_dis_total"],
        "logit, or value of the critic": ["logit_real_r2"],
        "largest class probability": ["logit_real_rmax"],
        "accuracy on real samples": ["accuracy_real"],
        "cosine to the target, generated": ["match_fake"],
        "inception score (higher is better)": ["inception_score", "real data"],
    }
    titles = {axes_of(number)[0].get_title() for number in range(4)}
    assert titles == {"GAN on tiny"}
