"""The commands of the originals' READMEs, as amnat's scripts take them: they parse and dry-run.

A row of `COMMANDS` is (repository, the README's command, amnat's command). Where a README only
names a file whose settings stand in its code, amnat's command has the flags or the flagfile for
them. To add a repository, add rows.
"""

import os
import re
import shlex

import pytest
from script_runs import ROOT, call_script, loaded_script, run_script

AM_GAN = "python main.py "
AM_GAN_ROWS = (
    "--LAB True --AC True --sResultTag AM_GAN",
    "--LAB True --AC False --sResultTag LabelGAN",
    "--LAB False --AC True --DIST_AC_GEN_EVEN True --sResultTag AC_GAN*+",
    "--LAB False --AC True --sResultTag AC_GAN*",
    "--LAB False --AC True --G_AC_WEIGHT 0.1 --sResultTag AC_GAN*_DEC",
    "--LAB False --AC True --DIST_AC_GEN_ACGAN True --sResultTag AC_GAN",
    "--LAB False --AC False --D_AC_WEIGHT 0.1 --sResultTag GAN*",
    "--LAB False --AC False --sResultTag GAN",
)
MSGAN = "python msdistgan_"
PENALTY = " --gradient_penalty=%s --gradient_penalty_weight=10"
COMMANDS = [
    # Its README has no command; this is its script.
    ("AM-GAN2", "python AM-GAN.py", "am_gan.py"),
    *(
        ("AM-GANs-for-reproduce", AM_GAN + flags, "am_gan_reproduce.py " + flags)
        for flags in (
            *AM_GAN_ROWS,
            # "add '--bPredefined True --iResD 1' to the end of each command"
            *(f"{row} --bPredefined True --iResD 1" for row in AM_GAN_ROWS),
            "--LAB True --AC True --bPredefined True --iResD 1 --sResultTag AM_GAN_pred",
            "--LAB True --AC True --iFilterDimD 192 --sResultTag AM_GAN_enhanced",
            "--LAB True --AC True --iFilterDimD 192 --iFilterDimG 256 --sResultTag AM_GAN_enhanced",
        )
    ),
    # The page has settings and no command.
    *(
        ("natpaper.github.io", f"NAT page: {name}", f"nat_gan.py --flagfile=flags/{name}.flags")
        for name in (
            *(f"nat_gan_{x}_page_cifar10" for x in (0, 1, 3, 10)),
            *(f"cat_gan_{x}_page_cifar10" for x in (0, 1, 3, 10)),
            *(f"nat_gan_{x}_curve_{data}" for x in (0, 1, 3, 10) for data in ("mnist", "svhn")),
            "am_gan_page_cifar10",
        )
    ),
    ("natpaper.github.io", "NAT page: 1D GAN", "gan_intro.py --negatives=13:1,-6:2 --compare"),
    ("natpaper.github.io", "NAT page: 2D GAN", "nat_2d.py --data=circles"),
    ("pytorch-cifar", "python main.py", "nat_classifier.py --network=simple_dla"),
    (
        *("pytorch-cifar", "python main.py --resume --lr=0.01"),
        "nat_classifier.py --network=simple_dla --resume --lr=0.01",
    ),
    ("gan-intro", "python gan.py", "gan_intro.py"),
    ("gan-intro", "python gan.py --minibatch", "gan_intro.py --minibatch"),
    *(
        ("msgan", MSGAN + rest, f"msdistgan_{rest}")
        for rest in (
            "mnist.py --ss_task=2",
            "mnist1k.py --k=2 --ss_task=2 --is_train=1",
            "celeba.py --ss_task=2 --is_train=1",
            "cifar.py --db_name=cifar10 --nnet_type=resnet --loss_type=hinge --ss_task=2"
            " --data_source=./data/cifar10/ --is_train=1",
            "cifar.py --db_name=cifar100 --nnet_type=resnet --loss_type=hinge --ss_task=2"
            " --data_source=./data/cifar100/ --is_train=1",
            "stl10.py --nnet_type=resnet --loss_type=hinge --ss_task=2 --is_train=1",
            "imagenet32.py --nnet_type=resnet --loss_type=hinge --ss_task=2 --is_train=1",
        )
    ),
    ("gan", "python gan_toy1d.py", "distgan_toy1d.py"),
    ("gan", "python distgan_toy2d.py", "distgan_toy2d.py"),
    ("gan", "testcase = 'SINE'", "distgan_toy2d.py --data=sine"),
    ("gan", "testcase = 'PLUS'", "distgan_toy2d.py --data=plus"),
    ("gan", "testcase = 'SQUARE'", "distgan_toy2d.py --data=square"),
    ("gan", "python distgan_mnist.py", "msdistgan_mnist.py --ss_task=0"),
    ("gan", "python distgan_cifar.py", "msdistgan.py --flagfile=flags/dist_gan_cifar10.flags"),
    ("gan", "python distgan_celeba.py", "msdistgan_celeba.py --ss_task=0"),
    ("gan", "python distgan_stl10.py", "msdistgan_stl10.py --ss_task=0 --loss_type=hinge"),
    ("msgan.pytorch", "cd distgan_toy1d; python train.py", "distgan_toy1d.py"),
    (
        *("msgan.pytorch", "sh exps/mdistgan_cifar10.sh"),
        "msdistgan.py --flagfile=flags/msgan_pytorch_seed_cifar10.flags",
    ),
    (
        "info-cycle-sim-gan",
        "python regan.py --dataset_name horse2zebra --img_size 128 --batch_size 32 --latent_dim 196"
        " --sample_interval 4 --space_dim 8 --postfix blog_simgan128",
        "info_cycle_sim_gan.py --dataset_name horse2zebra --img_size 128 --batch_size 32"
        " --latent_dim 196 --sample_interval 4 --space_dim 8 --postfix blog_simgan128",
    ),
    ("PyTorch-GAN", "python3 gan.py", "gan.py"),
    ("PyTorch-GAN", "python3 dcgan.py", "dcgan.py"),
    ("PyTorch-GAN", "python3 infogan.py", "infogan.py"),
    ("PyTorch-GAN", "python3 wgan_gp.py", "gan.py --loss=wasserstein" + PENALTY % "wgan_gp"),
    ("PyTorch-GAN", "python3 lsgan.py", "dcgan.py --loss=least_squares"),
    ("PyTorch-GAN", "python3 dragan.py", "dcgan.py" + PENALTY % "dragan"),
    (
        *("PyTorch-GAN", "python3 relativistic_gan.py --rel_avg_gan"),
        "dcgan.py --loss=relativistic_average",
    ),
    (
        *("improved-gan", "train_mnist_feature_matching.py"),
        "ssl_gan.py --flagfile=flags/ssl_gan_mnist.flags --seed=1 --batch_size=100",
    ),
    (
        *("improved-gan", "train_cifar_minibatch_discrimination.py"),
        "ssl_gan.py --flagfile=flags/ssl_gan_minibatch_mnist.flags --dataset=cifar10",
    ),
]
# Commands of READMEs that test a model which exists already: they parse, and ask for its run.
TESTS_OF_RUNS = [
    ("msgan", MSGAN + rest, f"msdistgan_{rest}")
    for rest in (
        "mnist1k.py --k=2 --ss_task=2 --is_train=0",
        "celeba.py --ss_task=2 --is_train=0",
        "cifar.py --db_name=cifar10 --nnet_type=resnet --loss_type=hinge --ss_task=2"
        " --data_source=./data/cifar10/ --nb_test_real=10000 --nb_test_fake=10000 --is_train=0",
        "cifar.py --db_name=cifar100 --nnet_type=resnet --loss_type=hinge --ss_task=2"
        " --data_source=./data/cifar100/ --nb_test_real=10000 --nb_test_fake=10000 --is_train=0",
        "stl10.py --nnet_type=resnet --loss_type=hinge --ss_task=2"
        " --nb_test_real=10000 --nb_test_fake=10000 --is_train=0",
        "imagenet32.py --nnet_type=resnet --loss_type=hinge --ss_task=2"
        " --nb_test_real=10000 --nb_test_fake=10000 --is_train=0",
    )
]
# Commands that list the flags.
HELP = [
    ("gan-intro", "python gan.py --help", "gan_intro.py"),
    *(
        ("msgan", f"python msdistgan_{name}.py --help", f"msdistgan_{name}.py")
        for name in ("mnist", "mnist1k", "celeba", "cifar", "stl10", "imagenet32")
    ),
]
# What stands in the error of a dry run of data that have to be got by hand.
BY_HAND = {
    "celeba": "celeba: data_dir .* is empty and holds neither img_align_celeba.zip",
    "imagenet32": "imagenet32: data_dir .* is empty .* download the 32x32 batches by hand",
    "horse2zebra": "'horse2zebra': no such folder or data set, expected a folder with trainA",
}


def dry_run(command, folder):
    """The finished dry run in this process; data are searched in a folder."""
    name, *words = shlex.split(command)
    words = [word.replace("=flags/", f"={ROOT / 'flags'}/") for word in words]
    with loaded_script(name) as script:
        if "data_dir" in script.flag_names and "--data_source" not in command:
            words = [*words, f"--data_dir={folder}"]
        return call_script(script, *words, "--dry_run")


@pytest.mark.parametrize(
    ("repository", "line", "command"), COMMANDS, ids=[f"{row[0]}: {row[2]}" for row in COMMANDS]
)
def test_a_command_dry_runs(repository, line, command, tmp_path, monkeypatch):
    """In an empty folder: all flags are checked, and nothing is downloaded."""
    monkeypatch.chdir(tmp_path)
    done = dry_run(command, tmp_path)
    by_hand = [BY_HAND[name] for name in BY_HAND if name in command]
    if by_hand:
        assert done.returncode == 2 and re.search(by_hand[0], done.stderr), done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert "downloads nothing" in done.stdout or "result/" in done.stdout, done.stdout
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("repository", "line", "command"), TESTS_OF_RUNS, ids=[row[2][:30] for row in TESTS_OF_RUNS]
)
def test_a_test_of_a_run_asks_for_it(repository, line, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = dry_run(command + f" --out_dir={tmp_path}", tmp_path)
    assert done.returncode == 2 and "--is_train: no checkpoint in" in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("repository", "line", "script"),
    [pytest.param(*row, marks=[pytest.mark.slow] * (row[0] == "msgan")) for row in HELP],
    ids=[row[2] for row in HELP],
)
def test_the_flags_are_listed(repository, line, script, tmp_path):
    done = run_script(script, "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {"gan-intro": "--num_steps", "msgan": "--ss_task"}[repository] in done.stdout


def test_a_run_of_the_paper_goes_on(tmp_path):
    """The README of AM-GANs-for-reproduce adds "--bLoadCheckpoint True" to go on."""
    command = f"am_gan_reproduce.py {AM_GAN_ROWS[0]} --bLoadCheckpoint True"
    done = dry_run(command + f" --sResultDir={tmp_path}", tmp_path)
    assert done.returncode == 2 and "--bLoadCheckpoint: no checkpoint in" in done.stderr


def test_a_flag_that_no_script_has_is_an_error(tmp_path):
    done = dry_run("gan_intro.py --minibatches", tmp_path)
    assert done.returncode == 2 and "Unknown command line flag 'minibatches'" in done.stderr
