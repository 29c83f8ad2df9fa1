"""Sheets of real images, and the curves of the auto-encoder."""

from amnat.data import load
from amnat.methods.dist_gan.model import TASK_CLASSES, DistGAN, DistGANObjective
from amnat.methods.dist_gan.networks.common import to_unit
from amnat.methods.dist_gan.networks.families import Plan
from amnat.methods.dist_gan.sheets import ANGLES, RealImageSheets
from amnat.methods.dist_gan.ssgan import SSGAN
from amnat.models import NoiseLatent, NormalLatent
from amnat.training import figures
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from PIL import Image

BATCH = 12


@pytest.fixture(scope="module")
def images():
    return load("digits").images[:BATCH]


def dist_gan(task):
    """The smallest networks that take digits."""
    plan = Plan("dcgan", (32, 32, 1), 4, 1, 1, 1, num_classes=TASK_CLASSES[task])
    networks = plan.generator(), plan.discriminator(), plan.encoder()
    return DistGAN(*networks, NoiseLatent(4, "uniform"), DistGANObjective("log", task))


def sheets_of(model, images, path):
    """The callback at the start of a run, with what it makes: {kind: Sheet}."""
    run = RunDirectory(path)
    run.create([])
    callback = RealImageSheets(10, 0, run, images)
    callback.set_model(model)
    callback.on_train_begin()
    return callback, {kind: callback._sheet(kind, make()) for kind, make in callback._made.items()}


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        (0, {"reconstructed"}),
        (1, {"reconstructed", "rotated"}),
        (2, {"reconstructed", "rotated", "mixed"}),
    ],
)
def test_every_task_has_its_sheets(task, kinds, images, tmp_path):
    _, found = sheets_of(dist_gan(task), images, tmp_path)
    assert set(found) == kinds
    files = {path.name for path in (tmp_path / "samples").iterdir()}
    assert files == {f"{kind}_00_0000.png" for kind in kinds}
    for path in (tmp_path / "samples").iterdir():
        assert np.asarray(Image.open(path)).std() > 10


def test_what_the_sheets_show(images, tmp_path):
    model = dist_gan(2)
    callback, found = sheets_of(model, images, tmp_path)
    pairs = found["reconstructed"]
    assert list(pairs.rows[:2]) == ["real", "reconstructed"] and pairs.columns == 10
    cells = pairs.images.reshape(2, 2, 10, 32, 32, 1)
    np.testing.assert_array_equal(cells[0, 0], images[:10])
    made = model.generator.unit_images(model.encoder(to_unit(images))).numpy()
    np.testing.assert_allclose(to_unit(cells[0, 1]), made[:10], atol=1e-6)
    # Every shown image is one of the batch, turned as its row says.
    for kind in ("rotated", "mixed"):
        sheet = found[kind]
        assert sheet.rows[:4] == ANGLES == ("0°", "90°", "180°", "270°")
        rows = sheet.images.reshape(-1, 10, 32, 32, 1)
        empty = sheet.is_empty.reshape(-1, 10)
        shown = 0
        for turns in range(4):
            turned = np.rot90(images, turns, axes=(1, 2))
            for cell in rows[turns][~empty[turns]]:
                assert np.abs(turned - cell).max(axis=(1, 2, 3)).min() < 1e-5
                shown += 1
        fakes = int((~empty[4:]).sum())
        assert shown + fakes == BATCH and (fakes > 0) == (kind == "mixed")
    # The same random choices on the next sheet.
    callback.act(10)
    names = sorted(path.name for path in (tmp_path / "samples").glob("rotated_*.png"))
    assert names == ["rotated_00_0000.png", "rotated_00_0010.png"]


def test_ssgan_has_no_reconstructions(images, tmp_path):
    plan = Plan("resnet", (32, 32, 1), 4, 1, 1, 1, num_classes=4, variant="ssgan")
    model = SSGAN(plan.generator(), plan.discriminator(), NormalLatent(4))
    _, found = sheets_of(model, images, tmp_path)
    assert set(found) == {"rotated"}
    counts = (~found["rotated"].is_empty).reshape(4, 10).sum(axis=1)
    np.testing.assert_array_equal(counts, [BATCH // 4] * 4)


def test_the_auto_encoder_has_curves_of_its_own(tmp_path, monkeypatch):
    drawn = {}

    def note(path, columns, panels, title="", real=None, is_logarithmic=False):
        names = [name for chosen in panels.values() for name in chosen if name in columns]
        drawn[path.name] = names, is_logarithmic

    columns = {name: [1.0] for name in ("loss_enc_total", "loss_enc_recon", "loss_enc_reg")}
    columns |= {"iteration": [5], "loss_dis_total": [2.0], "loss_enc_reg_std": [0.1]}
    monkeypatch.setattr(figures, "save_curves", note)
    figures._save_metrics(RunDirectory(tmp_path), columns, "_2")
    assert drawn["auto_encoder_2.png"] == (["loss_enc_recon", "loss_enc_reg"], True)
    assert drawn["losses_2.png"] == (["loss_dis_total", "loss_enc_total"], False)


def test_logarithmic_curves(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(figures, "save_figure", lambda figure, path: kept.append(figure))
    columns = {"iteration": [1, 2, 3], "a": [1e-6, 0.0, 1e3], "a_std": [1.0, 1.0, 1.0]}
    figures.save_curves(tmp_path / "a.png", columns, {"unit": ["a"]}, is_logarithmic=True)
    (axes,) = kept[0].axes
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "unit"
    # No band, whose lower end would be negative.
    assert not axes.collections
