"""tools/distgan_toy1d.py and tools/distgan_toy2d.py: flags, errors, short runs."""

import csv

from amnat.errors import InputError
from amnat.methods.toys.distgan_toy2d import summary
from amnat.training.main import parse

import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import flagfiles_of, loaded_script, run_script

SCRIPTS = ("distgan_toy1d.py", "distgan_toy2d.py")
FLAGFILES = [(name, path) for name in SCRIPTS for path in flagfiles_of(name)]


@pytest.mark.parametrize(
    ("script", "command", "message"),
    [
        (SCRIPTS[0], "--models=gan,lsgan", "--models: unknown 'lsgan', expected gan"),
        (SCRIPTS[0], "--models=gan,gan", "--models=gan,gan: expected different"),
        (SCRIPTS[0], "--n_batch=0", "--n_batch=0"),
        (SCRIPTS[0], "--ema_decay=0.5", "--ema_decay: this script has no such flag"),
        (SCRIPTS[0], "--anim_path=a.txt", "--anim_path=a.txt"),
        (SCRIPTS[1], "--num_epochs=0", "--num_epochs=0"),
        (SCRIPTS[1], "--num_seeds=2 --anim_path=a.gif", "--num_seeds=1"),
    ],
)
def test_bad_flags(script, command, message):
    with loaded_script(script) as loaded, flagsaver.flagsaver():
        parse(["main.py", *command.split()])
        with pytest.raises(InputError, match=message):
            loaded.check()


@pytest.mark.parametrize(("script", "path"), FLAGFILES, ids=[path.stem for _, path in FLAGFILES])
def test_flagfiles_are_valid(script, path):
    with loaded_script(script) as loaded, flagsaver.flagsaver():
        parse(["main.py", f"--flagfile={path}"])
        loaded.check()


@pytest.mark.parametrize("name", ["SQUARE", "PLUS", "SINE", "square"])
def test_point_sets_in_the_originals_spelling(name):
    with loaded_script(SCRIPTS[1]) as loaded, flagsaver.flagsaver():
        parse(["main.py", f"--data={name}"])
        loaded.check()
        assert flags.FLAGS.data == name.lower()


def test_the_table_over_seeds():
    counts = ("covered_modes", "missing_modes", "registered_points")
    numbers = {"GAN": [(8, 17, 500), (4, 21, 300)], "Dist-GAN": [(25, 0, 1800), (22, 3, 1700)]}
    rows = [
        {"model": model, "seed": seed} | dict(zip(counts, map(str, found[seed]), strict=True))
        for seed in (0, 1)
        for model, found in numbers.items()
    ]
    assert summary(rows) == [
        "| model | seeds | covered modes | missing modes | registered points |",
        "|---|---|---|---|---|",
        "| GAN | 2 | 6.0 (4 to 8) | 19.0 (17 to 21) | 400.0 (300 to 500) |",
        "| Dist-GAN | 2 | 23.5 (22 to 25) | 1.5 (0 to 3) | 1750.0 (1700 to 1800) |",
    ]


@pytest.mark.slow
def test_a_run_on_the_line(tmp_path):
    done = run_script(
        SCRIPTS[0],
        *("--models=wgangp,distgan", "--n_step=4", "--log_every=2", "--anim_every=2"),
        f"--anim_path={tmp_path / 'line.gif'}",
        f"--result_dir={tmp_path / 'run'}",
    )
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "line.gif") as animation:
        assert animation.n_frames == 3 and animation.size == (1000, 400)
    rows = list(csv.reader((tmp_path / "run" / "losses.csv").open()))
    assert rows[0] == ["step", "WGAN-GP D", "WGAN-GP G", "Dist-GAN D", "Dist-GAN G"]
    assert [row[0] for row in rows[1:]] == ["0", "2", "4"]
    assert "generated mean" in done.stdout
    again = run_script(SCRIPTS[0], f"--result_dir={tmp_path / 'run'}")
    assert again.returncode == 2 and "exists already" in again.stderr


@pytest.mark.slow
def test_runs_in_the_plane(tmp_path):
    done = run_script(
        SCRIPTS[1],
        *("--models=gan,rgan,mdgan,vaegan,wgangp,distgan", "--num_seeds=2", "--num_epochs=0.01"),
        f"--result_dir={tmp_path / 'run'}",
    )
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "run" / "modes.csv").open()))
    assert len(rows) == 12 and {row["seed"] for row in rows} == {"0", "1"}
    for row in rows:
        assert int(row["covered_modes"]) + int(row["missing_modes"]) == 25
    assert (tmp_path / "run" / "seed_1" / "points.png").exists()
    assert "| VAEGAN | 2 | " in done.stdout
