"""tools/nat_gan.py: flagfiles, errors before training, and a run that is resumed."""

import io
import shutil
import tarfile

from amnat import data
from amnat.data import Dataset, registry
from amnat.errors import InputError
from amnat.training.flags import check_enough
from amnat.training.run_directory import RunDirectory

import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver
from PIL import Image
from script_runs import flagfiles_of, loaded_script, run_script

FLAGFILES = flagfiles_of("nat_gan.py")
TINY = (
    *("--sDataSet=digits", "--iMaxIter=6", "--iBatchSize=10", "--seed=4"),
    *("--iFilterDimsG=1", "--iFilterDimsD=1", "--negatives=noise=20", "--iNegPerBatch=3"),
    *("--log_every=3", "--sample_every=3", "--save_every=3", "--score_every=0"),
)


@pytest.fixture(scope="module")
def script():
    with loaded_script("nat_gan.py") as module:
        yield module


def _images(name, num_classes, channels=3):
    names = tuple(f"{name} {i}" for i in range(num_classes))
    samples = np.zeros((num_classes, 32, 32, channels), np.uint8)
    labels = np.arange(num_classes, dtype=np.int32)
    return Dataset(name, "train", samples, labels, num_classes, names)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A folder with imagenet-samples.tar: one image of each of as many classes as ImageNet's."""
    folder = tmp_path_factory.mktemp("data")
    image = io.BytesIO()
    Image.new("RGB", (4, 4)).save(image, "PNG")
    with tarfile.open(folder / "imagenet-samples.tar", "w") as archive:
        for number in range(1000):
            member = tarfile.TarInfo(f"imagenet-samples/n{number:08}/0.png")
            member.size = image.tell()
            archive.addfile(member, io.BytesIO(image.getvalue()))
    return folder


@pytest.fixture
def small_data(monkeypatch):
    """The published data sets with one image per class."""
    data.names()
    monkeypatch.setattr(registry, "_entries", dict(registry._entries))
    colour = {"cifar10": 10, "cifar100": 100, "tiny_imagenet": 200, "svhn": 10}
    grey = {"mnist": 10, "emnist_letters": 26}
    sets = [
        *(_images(*item) for item in colour.items()),
        *(_images(*item, 1) for item in grey.items()),
    ]
    for dataset in sets:
        registry._entries.pop(dataset.name)
        data.register(
            dataset.name,
            lambda _dir, _split, _download, found=dataset: found,
            num_classes=dataset.num_classes,
            sample_shape=dataset.sample_shape,
        )


def _load(script, *arguments):
    flags.FLAGS(["nat_gan.py", *arguments])
    script.check()
    dataset = script.load_data("train")
    check_enough(dataset, script.batch_size(), "iBatchSize")
    return dataset, script.negatives(dataset)


@pytest.mark.parametrize("flagfile", FLAGFILES, ids=lambda path: path.stem)
def test_flagfiles_parse_and_load(script, small_data, photographs, flagfile):
    with flagsaver.flagsaver():
        folder = f"--data_dir={photographs}"
        dataset, schedule = _load(script, f"--flagfile={flagfile}", "--iBatchSize=10", folder)
        tag = flags.FLAGS.sResultTag
        assert f"{tag}_{dataset.name}" == flagfile.stem
        assert tag.startswith(flags.FLAGS.method)
        number = tag.removeprefix(flags.FLAGS.method).strip("_").partition("_")[0]
        if number.isdigit():
            assert (schedule.per_batch if schedule else 0) == int(number)
        if dataset.name == "tiny_imagenet":
            assert dataset.class_names == tuple(f"tiny_imagenet {i}" for i in range(100))
            if schedule:
                expected = tuple(f"tiny_imagenet {i}" for i in range(180, 200))
                assert schedule.negatives.class_names == expected
        if "_photos_" in flagfile.stem:
            assert schedule.negatives.class_names[0] == "n00000924"
            assert schedule.negatives.sample_shape == (32, 32, 3)


def test_the_papers_table_has_its_flagfiles():
    stems = {path.stem for path in FLAGFILES}
    for dataset in ("cifar10", "tiny_imagenet"):
        for method in ("nat_gan", "cat_gan"):
            assert {f"{method}_{x}_{dataset}" for x in (0, 1, 3, 10)} <= stems
    assert {"am_gan_tiny_imagenet", "nat_gan_mnist", "nat_gan_digits"} <= stems


@pytest.mark.parametrize(
    ("method", "name", "logits"),
    [
        ("nat_gan", "NATGAN", 5),
        ("cat_gan", "CatGAN", 5),
        ("cat_gan_unsupervised", "UnsupervisedCatGAN", 5),
        ("am_gan", "NegativesAMGAN", 6),
    ],
)
def test_methods(script, monkeypatch, method, name, logits):
    from amnat.methods.am_gan import build as am_gan_networks

    def build_model(method, num_logits, dataset, **options):
        return method.__name__, num_logits, options

    monkeypatch.setattr(am_gan_networks, "build_model", build_model)
    with flagsaver.flagsaver():
        arguments = (*TINY, f"--method={method}", "--positive_classes=:5", "--nobNegConcat")
        dataset, _ = _load(script, *arguments)
        assert script.build_model(dataset) == (name, logits, {"concat_negatives": False})


@pytest.mark.parametrize("arguments, message", [
    ("--negatives=cifar", "unknown data set 'cifar'.*did you mean 'cifar10'"),
    ("--negatives=", "--iNegPerBatch=3: expected 0, or --negatives that says where"),
    ("--iNegPerBatch=0", "--iNegPerBatch=0: expected at least 1 with --negatives"),
    ("--iNegPerBatch=-1", "--iNegPerBatch=-1: expected at least 0"),
    ("--iNegPerBatch=21", "negatives 'noise=20': 20 samples, expected at least the 21 of one"),
    ("--iNegEvery=0", "--iNegEvery=0: expected at least 1"),
    ("--strategy=mirrored --devices=CPU:0,CPU:1", "--iNegPerBatch=3: .*multiple of the 2 devices"),
    ("--negatives=toy", r"samples of shape \[2\] cannot become those of the positives 'digits'"),
    ("--negatives=folder={empty}", "no images"),
    ("--negatives=folder={empty}[@nat]", "'n01514668', .* 26 more"),
    ("--negatives=digits", "also positive, in 'digits': '0', '1', .* leave them out"),
    ("--positive_classes=0:8 --negatives=digits[7:]", "also positive, in 'digits': '7'; leave"),
    ("--positive_classes=:11", "no classes :11, expected a range within its 10 classes"),
    ("--positive_classes=0+eleven", "unknown class 'eleven', it has '0'"),
    ("--positive_classes=1++2", "^--positive_classes=1..2: a class name is empty"),
    ("--positive_classes=3:4", "--method=nat_gan: one class, expected at least 2"),
    ("--positive_classes=0:2 --iBatchSize=400", "--iBatchSize=400 is larger than digits"),
])  # fmt: skip
def test_bad_input_is_named_before_training(script, tmp_path, arguments, message):
    with flagsaver.flagsaver(), pytest.raises(InputError, match=message) as error:
        _load(script, *TINY, *arguments.format(empty=tmp_path).split())
    assert "\n" not in str(error.value)


def test_points_have_no_class_sheets(script, monkeypatch):
    from amnat.data import toy

    monkeypatch.setitem(toy.POINTS_PER_COMPONENT, "train", 10)
    with flagsaver.flagsaver():
        dataset, schedule = _load(script, "--sDataSet=toy", "--negatives=noise", "--iNegPerBatch=2")
        assert schedule.negatives.sample_shape == (2,)
        assert script.callbacks(None, 0, dataset, None) == []


@pytest.mark.slow
def test_a_run_and_its_resumption(tmp_path):
    """The script's part; tests/training/test_negatives_in_training.py has the arithmetic's."""
    command = ("nat_gan.py", *TINY, "--iNegEvery=2", f"--sResultDir={tmp_path}")
    command = (*command, "--log_layer_states")
    finished = run_script(*command)
    assert finished.returncode == 0, finished.stderr
    assert (
        "negatives      noise=20, 20 samples, 3 in a batch, every 2 iterations" in finished.stdout
    )
    run = RunDirectory(tmp_path / "test_v0_digits")
    assert run.read_rows(run.metrics_file)["iteration"] == [3, 6, 7]
    sheets = {f"{kind}_00_{i:04d}.png" for kind in ("train", "class") for i in (0, 3, 6)}
    sheets |= {"real.png", "negatives.png"}
    assert {path.name for path in run.samples.iterdir()} == sheets
    states = (run.path / "layer_states.txt").read_text()
    assert [line for line in states.splitlines() if "ITER" in line] == [
        *("ITER: 0", "ITER: 3", "ITER: 6", "ITER: 7"),
    ]
    weights = run.checkpoints / "ckpt-7.data-00000-of-00001"
    kept = weights.read_bytes(), run.metrics_file.read_text()
    sheet = (run.samples / "class_00_0006.png").read_bytes()
    for iteration in (6, 7):
        (run.checkpoints / f"ckpt-{iteration}.json").unlink()
    shutil.rmtree(run.samples)

    other = run_script(*command, "--bLoadCheckpoint", "--iNegEvery=1")
    assert other.returncode == 2 and "--iNegEvery=1: the run in" in other.stderr
    resumed = run_script(*command, "--bLoadCheckpoint")
    assert resumed.returncode == 0, resumed.stderr
    assert (weights.read_bytes(), run.metrics_file.read_text()) == kept
    assert (run.samples / "class_00_0006.png").read_bytes() == sheet
