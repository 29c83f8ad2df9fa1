"""The flags of the toys' scripts: which change nothing and are refused, and the study's errors."""

import re

from amnat.errors import InputError
from amnat.training.main import parse

import pytest
from absl.testing import flagsaver
from script_runs import loaded_script

WEIGHT = "--negative_weight above 0"
OTHER_METHOD = "a method other than vaegan among --models"


def check(script, command):
    """Checks the flags of a command line."""
    with loaded_script(script) as loaded, flagsaver.flagsaver():
        parse([script, *command.split()])
        loaded.check()


@pytest.mark.parametrize(
    ("script", "command", "needed"),
    [
        ("gan_intro.py", "--negative_weight=2.0", "--negatives"),
        ("gan_intro.py", "--negatives_every=2", "--negatives"),
        ("gan_intro.py", "--negatives=13:1 --negative_weight=0 --negatives_every=2", WEIGHT),
        ("gan_intro.py", "--compare", "--negatives"),
        ("gan_intro.py", "--anim_every=2", "--anim_path"),
        ("nat_2d.py", "--anim_every=2", "--anim_path"),
        ("nat_2d.py", "--anim_width=200", "--anim_path"),
        ("nat_2d.py", "--negative_weight=0 --negatives_every=2", WEIGHT),
        ("distgan_toy1d.py", "--anim_every=2", "--anim_path"),
        ("distgan_toy1d.py", "--models=vaegan --beta1=0.4", OTHER_METHOD),
        ("distgan_toy1d.py", "--models=vaegan --beta2=0.4", OTHER_METHOD),
        (
            *("distgan_toy1d.py", "--models=gan,rgan,mdgan,vaegan --fix_penalty_norm"),
            "wgangp or distgan among --models",
        ),
        ("distgan_toy2d.py", "--anim_every=2", "--anim_path"),
        ("distgan_toy2d.py", "--models=gan,wgangp --fix_reconstructions", "distgan among --models"),
    ],
)
def test_a_flag_that_would_change_nothing(script, command, needed):
    flag = re.escape(command.split()[-1])
    with pytest.raises(InputError, match=f"^{flag}: changes nothing .*; it needs {needed}$"):
        check(script, command)


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("gan_intro.py", "--negatives= --negative_weight=1 --negatives_every=1 --nocompare"),
        ("gan_intro.py", "--negatives=13:1 --negative_weight=2 --negatives_every=2 --compare"),
        ("nat_2d.py", "--negative_weight=2 --negatives_every=2"),
        ("nat_2d.py", "--negatives=8:0.1 --negatives_every=2 --anim_every=50"),
        ("distgan_toy1d.py", "--models=vaegan --beta1=0.5 --nofix_penalty_norm --anim_every=100"),
        ("distgan_toy1d.py", "--models=vaegan,wgangp --beta1=0.4 --beta2=0.5 --fix_penalty_norm"),
        ("distgan_toy1d.py", "--models=distgan --fix_penalty_norm"),
        ("distgan_toy2d.py", "--models=vaegan --beta1=0.4 --beta2=0.5"),
        ("distgan_toy2d.py", "--models=gan,distgan --fix_reconstructions"),
    ],
)
def test_flags_that_act_or_have_their_defaults(script, command):
    check(script, command)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--num_seeds=100000", "--num_seeds=100000: expected at least 1 and less than 100000"),
        ("--num_steps=30", "--measure_every=25: expected a divisor of --num_steps=30"),
        ("--measure_every=0", "--measure_every=0: expected at least 1"),
    ],
)
def test_bad_flags_of_the_study(command, message):
    with pytest.raises(InputError, match=message):
        check("nat_1d_study.py", command)
