"""The commands of the originals' READMEs, as amnat's scripts take them: they parse and dry-run.

A row of `COMMANDS` is (repository, the README's command, amnat's command). Where a README only
names a file whose settings stand in its code, amnat's command has the flags or the flagfile for
them, and a comment says what is nearest where something differs. A command that amnat has nothing
for is a row of `LEFT_OUT`, with the reason. To add a repository, add rows.
"""

import os
import re
import runpy
import shlex
import shutil

from amnat.metrics.keras_classifier import KerasClassifier

import numpy as np
import pytest
import tf_keras as keras
from PIL import Image
from script_runs import ROOT, call_script, loaded_script, run_script, write_mnist

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
DIST_GAN = "msdistgan.py --flagfile=flags/dist_gan_"
PENALTY = " --gradient_penalty=%s --gradient_penalty_weight=10"
# How all of PyTorch-GAN's convolutional scripts train. `gan.py` has it by default; the networks of
# `dcgan.py` are Radford's.
AS_PYTORCH_GAN = "dcgan.py --update_order=generator_first --latent_noise=normal"
HALF = " --half_discriminator_loss"
# Its Wasserstein scripts: five updates of the critic, whose loss is the whole sum.
CRITIC = "gan.py --loss=wasserstein --update_order=discriminator_first --d_steps=5"
CRITIC += " --nohalf_discriminator_loss"
# exps/mdistgan_cifar10.sh, after the name of its script.
MDISTGAN = (
    "-train_bs 64 --dataset cifar10 --bottom_width 4 --img_size 32 --num_iter 300000"
    " --latent_dim 128 --gf_dim 256 --df_dim 128 --ef_dim 256 --g_lr 0.0001 --d_lr 0.0001"
    " --ae_recon_lr 0.0001 --ae_reg_lr 0.0001 --lambda_d 0.5 --lambda_g 0.1 --beta1 0.0 --beta2 0.9"
    " --init_type xavier_uniform --val_freq 3 --num_workers 8 --exp_name mdistgan"
)
# improved-gan's settings. Its loss on unlabelled images has halves in it, and no smoothed labels.
IMPROVED_GAN = "ssl_gan.py --seed=1 --label_seed=1 --batch_size=100 --unsupervised_weight=0.5"
IMPROVED_GAN += " --real_target=1"
ON_MNIST = " --dataset=mnist --img_size=28 --network=mlp --num_labels=100 --lr=0.003 --n_epochs=300"
ON_MNIST += " --feature_matching=mean_squares"
# Maps of 512, 256 and 128 channels in the generator, as there; the networks are DCGAN's, whose
# discriminator has fewer layers. The rate does not fall in the last third of the epochs.
IN_COLOUR = " --img_size=32 --network=conv --width=128 --lr=0.0003"
ON_CIFAR = IN_COLOUR + " --dataset=cifar10 --num_labels=4000 --n_epochs=1200"
ON_SVHN = IN_COLOUR + " --dataset=svhn --num_labels=1000 --n_epochs=900"
MATCHING = " --feature_matching=mean_absolute"
MINIBATCH = " --feature_matching=none --generator_loss=minimax --minibatch_kernels=100"
MINIBATCH += " --minibatch_dim=5"
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
    ("gan", "python distgan_mnist.py", DIST_GAN + "mnist.flags"),
    ("gan", "python distgan_cifar.py", DIST_GAN + "cifar10.flags"),
    ("gan", "python distgan_celeba.py", DIST_GAN + "celeba.flags"),
    ("gan", "python distgan_stl10.py", DIST_GAN + "stl10.flags"),
    ("msgan.pytorch", "cd distgan_toy1d; python train.py", "msgan_pytorch_toy1d.py"),
    ("msgan.pytorch", "sh exps/mdistgan_cifar10.sh", f"msgan_pytorch.py {MDISTGAN}"),
    (
        "info-cycle-sim-gan",
        "python regan.py --dataset_name horse2zebra --img_size 128 --batch_size 32 --latent_dim 196"
        " --sample_interval 4 --space_dim 8 --postfix blog_simgan128",
        "info_cycle_sim_gan.py --dataset_name horse2zebra --img_size 128 --batch_size 32"
        " --latent_dim 196 --sample_interval 4 --space_dim 8 --postfix blog_simgan128",
    ),
    # "i recommend to test at first at apple2orange with img_size 64"
    (
        *("info-cycle-sim-gan", "apple2orange with img_size 64"),
        "info_cycle_sim_gan.py --dataset_name apple2orange --img_size 64 --batch_size 32"
        " --sample_interval 4 --space_dim 8",
    ),
    ("PyTorch-GAN", "python3 gan.py", "gan.py"),
    ("PyTorch-GAN", "python3 dcgan.py", AS_PYTORCH_GAN + HALF),
    ("PyTorch-GAN", "python3 infogan.py", "infogan.py"),
    # Adam without a first moment stands in for RMSProp, which has no correction of the second one.
    (
        *("PyTorch-GAN", "python3 wgan.py"),
        CRITIC + " --clip_weights=0.01 --lr=0.00005 --b1=0 --b2=0.99",
    ),
    ("PyTorch-GAN", "python3 wgan_gp.py", CRITIC + PENALTY % "wgan_gp"),
    # Without HALF: `least_squares` has half squares, whose sum is the original's loss.
    ("PyTorch-GAN", "python3 lsgan.py", AS_PYTORCH_GAN + " --loss=least_squares"),
    ("PyTorch-GAN", "python3 dragan.py", AS_PYTORCH_GAN + HALF + PENALTY % "dragan"),
    # The generators have the paper's losses. The original computes these, and then replaces them by
    # the non-saturating one.
    (
        *("PyTorch-GAN", "python3 relativistic_gan.py"),
        AS_PYTORCH_GAN + HALF + " --loss=relativistic",
    ),
    (
        *("PyTorch-GAN", "python3 relativistic_gan.py --rel_avg_gan"),
        AS_PYTORCH_GAN + HALF + " --loss=relativistic_average",
    ),
    ("improved-gan", "train_mnist_feature_matching.py", IMPROVED_GAN + ON_MNIST),
    ("improved-gan", "train_cifar_feature_matching.py", IMPROVED_GAN + ON_CIFAR + MATCHING),
    (
        *("improved-gan", "train_cifar_minibatch_discrimination.py"),
        IMPROVED_GAN + ON_CIFAR + MINIBATCH,
    ),
    ("improved-gan", "train_svhn_feature_matching.py", IMPROVED_GAN + ON_SVHN + MATCHING),
    (
        *("improved-gan", "train_svhn_minibatch_discrimination.py"),
        IMPROVED_GAN + ON_SVHN + MINIBATCH,
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
# Commands that score images: they are run, on two folders of images and with a small classifier in
# place of the file of Inception.
SCORES = "evaluate.py --samples=dataset1 --reference=dataset2 --classifier=inception:FILE"
EVALUATIONS = [
    (
        *("msgan.pytorch", "./fid_score.py path/to/dataset1 path/to/dataset2"),
        SCORES + " --metrics=fid",
    ),
    ("improved-gan", "get_inception_score", SCORES + " --metrics=is"),
]
# (repository, the README's commands, why amnat has nothing for them); docs/fidelity.md has the same
# table.
LEFT_OUT = [
    (
        *("improved-gan", ["bash train_imagenet.sh"]),
        "A DCGAN of ImageNet at 128 pixels from TensorFlow records. The whole ImageNet is here at "
        "32 pixels, and `dcgan.py` ends at 64. Its techniques are flags of `dcgan.py`.",
    ),
    (
        *("improved-gan", ["train_mnist_fm_custom_labels.py"]),
        "It trains on 8,000 test images of MNIST with noisy labels from a file (`--labels`), which "
        "`ssl_gan.py` does not take. Nearest is the command of `train_mnist_feature_matching.py`.",
    ),
    (
        *("msgan.pytorch", ["sh install_imagemagick.sh"]),
        "Nothing to install: animations are written by Pillow.",
    ),
    (
        *("msgan.pytorch", ["./fid_score.py --gpu N"]),
        "`evaluate.py` takes the GPU that TensorFlow sees; `CUDA_VISIBLE_DEVICES=N` chooses it.",
    ),
    (
        *("msgan.pytorch", ["./fid_score.py --dims N"]),
        "Inception is read at its 2,048 final features, the default. FIDs of other layers compare "
        "with nothing published.",
    ),
    (
        *("PyTorch-GAN", ["python3 acgan.py"]),
        "Other networks and losses than the AC-GAN of `am_gan_reproduce.py`.",
    ),
    (
        *("PyTorch-GAN", ["python3 sgan.py"]),
        "Two heads, and every image has its label. `ssl_gan.py` has one head, and few labels.",
    ),
    (
        "PyTorch-GAN",
        [
            "python3 cyclegan.py --dataset_name monet2photo",
            "python3 discogan.py --dataset_name edges2shoes",
            "python3 dualgan.py --dataset_name facades",
            "python3 unit.py --dataset_name apple2orange",
            "python3 munit.py --dataset_name edges2shoes",
            "python3 bicyclegan.py",
            "python3 stargan.py",
        ],
        "Translators with other networks and losses, most with a generator and a critic for each "
        "direction. `info_cycle_sim_gan.py` translates with one of each.",
    ),
    (
        "PyTorch-GAN",
        [
            *("python3 aae.py", "python3 began.py", "python3 bgan.py", "python3 ebgan.py"),
            *("python3 softmax_gan.py", "python3 cgan.py", "python3 clustergan.py"),
            *("python3 cogan.py", "python3 pixelda.py", "python3 wgan_div.py"),
        ],
        "Other methods, which none of the articles and repositories behind amnat uses.",
    ),
    (
        "PyTorch-GAN",
        [
            *("python3 pix2pix.py --dataset_name facades", "python3 ccgan.py"),
            *("python3 context_encoder.py", "python3 srgan.py", "python3 esrgan.py"),
        ],
        "Images from given images (pairs, holes, higher resolution), which no method here does.",
    ),
    (
        *("PyTorch-GAN", ["bash download_cyclegan_dataset.sh", "bash download_pix2pix_dataset.sh"]),
        "Folders of domains are got by hand; `info_cycle_sim_gan.py` says what it expects in them.",
    ),
]


def dry_run(command, folder):
    """The finished dry run in this process; data are searched in a folder."""
    name, *words = shlex.split(command)
    words = [word.replace("=flags/", f"={ROOT / 'flags'}/") for word in words]
    with loaded_script(name) as script:
        if "data_dir" in script.flag_names and "--data_source" not in command:
            words = [*words, f"--data_dir={folder}"]
        return call_script(script, *words, "--dry_run")


def write_domains(folder):
    """A folder of domains in CycleGAN's layout, with a few small images."""
    random = np.random.default_rng(0)
    for name in ("trainA", "trainB", "testA", "testB"):
        (folder / name).mkdir(parents=True)
        for number in range(32):
            pixels = random.integers(0, 256, (16, 16, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")


@pytest.mark.parametrize(
    ("repository", "line", "command"), COMMANDS, ids=[f"{row[0]}: {row[1]}" for row in COMMANDS]
)
def test_a_command_dry_runs(repository, line, command, tmp_path, monkeypatch):
    """In an empty folder: all flags are checked, and nothing is downloaded or written.

    A folder of domains is there: a name that is none cannot be told from a mistyped one.
    """
    here, data = tmp_path / "here", tmp_path / "data"
    here.mkdir()
    data.mkdir()
    domains = re.search(r"--dataset_name (\w+)", command)
    if domains:
        write_domains(data / domains[1])
    monkeypatch.chdir(here)
    done = dry_run(command, data)
    assert done.returncode == 0, done.stderr
    expected = ("downloads nothing", "by hand", "result/")
    assert any(words in done.stdout for words in expected), done.stdout
    assert os.listdir(here) == [] and os.listdir(data) == ([domains[1]] if domains else [])


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("msdistgan_celeba.py", "celeba: data_dir .* is empty and holds neither img_align_celeba"),
        ("msdistgan_imagenet32.py", "imagenet32: data_dir .* is empty .* 32x32 batches by hand"),
    ],
)
def test_data_that_have_to_be_got_by_hand(script, message, tmp_path, monkeypatch):
    """A dry run says so and ends well, as with data that a run downloads; a run does not."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.chdir(tmp_path)
    done = dry_run(script, data)
    assert done.returncode == 0 and re.search(f"^dry run: {message}", done.stdout), done.stderr
    with loaded_script(script) as module:
        done = call_script(module, f"--data_dir={data}", f"--out_dir={tmp_path / 'out'}")
    assert done.returncode == 2 and re.search(message, done.stderr), done.stderr


def test_domains_that_are_not_there(tmp_path):
    done = dry_run("info_cycle_sim_gan.py --dataset_name=horse2zebra", tmp_path)
    expected = (
        "--dataset_name=horse2zebra: no such folder or data set, expected a folder with trainA"
    )
    assert done.returncode == 2 and expected in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("repository", "line", "command"), TESTS_OF_RUNS, ids=[row[2][:30] for row in TESTS_OF_RUNS]
)
def test_a_test_of_a_run_asks_for_it(repository, line, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = dry_run(command + f" --out_dir={tmp_path}", tmp_path)
    assert done.returncode == 2 and "--is_train: no checkpoint in" in done.stderr, done.stderr


def test_a_test_of_a_run_dry_runs(tmp_path):
    """With a run and its data, msdistgan_mnist1k.py --is_train=0 says what it would score."""
    script, arguments = runpy.run_path(str(ROOT / "tests/old_runs/runs.py"))["RUNS"]["dist_gan"]
    (run,) = (ROOT / "tests/old_runs/dist_gan").iterdir()
    shutil.copytree(run, tmp_path / "out" / run.name)
    (tmp_path / "mnist").mkdir()
    places = {"out": tmp_path / "out", "mnist": write_mnist(tmp_path / "mnist")}
    before = sorted(tmp_path.rglob("*"))
    command = shlex.join(word.format_map(places) for word in arguments)
    assert script == "msdistgan.py" and "--db_name=mnist-1k" in command
    done = dry_run(f"msdistgan_mnist1k.py {command} --is_train=0", tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"run directory  {places['out'] / run.name}" in done.stdout
    assert "to be scored   8 samples at iteration 2" in done.stdout
    assert sorted(tmp_path.rglob("*")) == before


def write_classifier(path):
    """A classifier of images of 8 pixels, with any weights."""
    images = keras.Input((8, 8, 3))
    features = keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(images))
    start = keras.initializers.GlorotNormal(seed=3)
    logits = keras.layers.Dense(5, kernel_initializer=start)(features)
    KerasClassifier(keras.Model(images, {"logits": logits, "features": features})).save(str(path))


@pytest.mark.parametrize(
    ("repository", "line", "command"), EVALUATIONS, ids=[row[1] for row in EVALUATIONS]
)
def test_a_command_scores(repository, line, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for name in ("dataset1", "dataset2"):
        (tmp_path / name).mkdir()
        for number in range(30):
            pixels = random.integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    write_classifier(tmp_path / "small.keras")
    name, *words = shlex.split(command.replace("inception:FILE", "small.keras"))
    with loaded_script(name) as script:
        done = call_script(script, *words, "--splits=2", "--cache_dir=cache")
    assert done.returncode == 0, done.stderr
    score = {"fid": r"^fid +\d", "is": r"^inception_score +\d"}[command.rpartition("=")[2]]
    assert re.search(score, done.stdout, re.MULTILINE), done.stdout


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


def test_the_document_counts_and_lists_them():
    """docs/fidelity.md: the number of the commands, and those that are left out."""
    rows = [*COMMANDS, *TESTS_OF_RUNS, *EVALUATIONS, *HELP]
    named = [row[:2] for row in rows]
    assert len(set(named)) == len(named)
    left_out = [(repository, line) for repository, lines, _ in LEFT_OUT for line in lines]
    assert len(set(left_out)) == len(left_out) and not set(left_out) & set(named)
    text = (ROOT / "docs" / "fidelity.md").read_text()
    assert f"| {len(rows)} commands; {len(left_out)} [are left out](" in text
    for repository, lines, because in LEFT_OUT:
        shown = ", ".join(f"`{line}`" for line in lines)
        assert f"\n| {repository} | {shown} | {because} |\n" in text, lines
