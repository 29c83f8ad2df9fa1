"""A user's own files under other names are used or named; nothing is downloaded beside them."""

import gzip
import io
import os
import pathlib
import tarfile
import zipfile

from amnat import data
from amnat.data import download, near_matches
from amnat.errors import InputError

import cifar_files
import numpy as np
import pytest
from image_bytes import encoded, write_tree
from scipy.io import savemat

LABELS = [7, 0, 9]
IMAGES_NAME, LABELS_NAME = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.fixture(autouse=True)
def no_download(monkeypatch):
    """Every download is a failure of the test."""

    def fetch(*arguments, **_):
        pytest.fail(f"a download was started: {arguments}")

    monkeypatch.setattr(download, "fetch", fetch)


def idx(array):
    array = np.asarray(array, np.uint8)
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def idx_files(images=IMAGES_NAME, labels=LABELS_NAME, values=LABELS):
    return {images: idx(np.ones((len(values), 28, 28))), labels: idx(values)}


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize("images, labels", [
    ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    ("train-images.idx3-ubyte", LABELS_NAME),
    ("Train-Images-IDX3-UBYTE", "train_labels_idx1_ubyte"),
    ("train-images-idx3-ubyte (1)", "train-labels-idx1-ubyte(2)"),
    (f"{IMAGES_NAME}/{IMAGES_NAME}", f"{LABELS_NAME}/{LABELS_NAME}"),
    ("train-images-idx3-ubyte/train-images.idx3-ubyte", f"{LABELS_NAME}/{LABELS_NAME}"),
    (f"archive/{IMAGES_NAME}", f"archive/{LABELS_NAME}"),
    (f"MNIST/MNIST/raw/{IMAGES_NAME}", f"MNIST/MNIST/raw/{LABELS_NAME}"),
])  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_mnist_under_other_names(tmp_path, capsys, images, labels, packed):
    files = idx_files(images, labels)
    if packed:
        files = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    write(tmp_path, files)
    assert data.load("mnist", tmp_path).labels.tolist() == LABELS
    note = capsys.readouterr().err
    assert note.startswith("note: mnist: reads '") and note.count("\n") == 1
    assert "images" in note.lower() and "labels" in note.lower()


@pytest.mark.parametrize("place", ["archive.zip", "downloads/mnist (1).zip"])
@pytest.mark.parametrize("folder", ["", "mnist/", f"{IMAGES_NAME}/"])
def test_mnist_in_a_zip(tmp_path, capsys, place, folder):
    files = idx_files("train-images.idx3-ubyte", "train-labels.idx1-ubyte")
    write(tmp_path, {place: zipped({folder + name: data for name, data in files.items()})})
    assert data.load("mnist", tmp_path).labels.tolist() == LABELS
    assert f"{place}'" in capsys.readouterr().err


def test_the_same_files_twice_are_used_once(tmp_path):
    """As in the archive of Kaggle, which has each file with a dot and in a folder of its own."""
    write(tmp_path, idx_files("train-images.idx3-ubyte", "train-labels.idx1-ubyte"))
    write(tmp_path, idx_files(f"{IMAGES_NAME}/{IMAGES_NAME}", f"{LABELS_NAME}/{LABELS_NAME}"))
    assert data.load("mnist", tmp_path).num_samples == 3


def test_two_sets_of_files_are_named(tmp_path):
    write(tmp_path / "a", idx_files())
    write(tmp_path / "b", idx_files(values=[1, 2]))
    with pytest.raises(InputError, match=r"more than once, in '.*/a', '.*/b'; choose one"):
        data.load("mnist", tmp_path)


def test_a_lost_companion_is_named(tmp_path):
    files = idx_files("train-images.idx3-ubyte")
    del files[LABELS_NAME]
    write(tmp_path / "here", files)
    with pytest.raises(InputError, match=f"here' has no {LABELS_NAME}, but its companion"):
        data.load("mnist", tmp_path)


@pytest.mark.parametrize("name", ["mnist.npz", "mnist.pkl.gz", "MNIST_train.csv", "a/mnist.tar.gz"])
def test_mnist_in_a_form_that_is_not_read_is_named(tmp_path, name):
    write(tmp_path, {name: b"whatever"})
    with pytest.raises(
        InputError, match=f"/{name}' may hold this data set .* expected {IMAGES_NAME}"
    ):
        data.load("mnist", tmp_path)


@pytest.mark.parametrize("folder", ["fashion", "FashionMNIST/raw", "kmnist", "emnist", "notMNIST"])
def test_other_data_sets_with_the_same_names_are_no_mnist(tmp_path, monkeypatch, folder):
    write(tmp_path / folder, idx_files())
    write(tmp_path, {f"{folder}.zip": zipped(idx_files()), "fashion-mnist.csv": b""})
    with pytest.raises(InputError, match="mnist: .* holds none of"):
        data.load("mnist", tmp_path, download=False)


def published_labels(first):
    return [*first, *[0] * (10_000 - len(first))]


def test_fashion_mnist_is_known_by_its_labels(tmp_path, monkeypatch):
    """Its files have the names and sizes of MNIST's."""
    names = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    fashion = idx_files(*names, published_labels([9, 2, 1, 1, 6, 1, 4, 6, 5, 7]))
    write(tmp_path, fashion)
    with pytest.raises(InputError, match="labels of fashion_mnist, not of mnist"):
        data.load("mnist", tmp_path, "test")
    assert data.load("fashion_mnist", tmp_path, "test").num_samples == 10_000
    write(tmp_path / "mnist", idx_files(*names, published_labels([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])))
    with pytest.raises(InputError, match="labels of mnist, not of fashion_mnist"):
        data.load("fashion_mnist", write_as(tmp_path / "x", "fashion_mnist", tmp_path), "test")


def write_as(folder, name, mnist):
    """MNIST's files where those of another data set are expected."""
    folder.mkdir()
    os.rename(mnist / "mnist", folder / name)
    return folder


@pytest.mark.parametrize("place", ["zalando-fashion", "my_fashion_mnist/raw"])
def test_fashion_mnist_under_other_names(tmp_path, place):
    write(tmp_path / place, idx_files("train-images.idx3-ubyte"))
    assert data.load("fashion_mnist", tmp_path).class_names[9] == "Ankle boot"


@pytest.mark.parametrize(
    "place", ["emnist_source_files/", "a/gzip/gzip/", "emnist.zip", "x/archive.zip"]
)
def test_emnist_under_other_names(tmp_path, place):
    files = idx_files("emnist-letters-train-images-idx3-ubyte",
                      "emnist-letters-train-labels-idx1-ubyte", [1, 2, 26])  # fmt: skip
    files = {f"{name}.gz": gzip.compress(content) for name, content in files.items()}
    if place.endswith(".zip"):
        files = {"": zipped({f"somewhere/{name}": content for name, content in files.items()})}
    write(tmp_path, {place + name: content for name, content in files.items()})
    assert data.load("emnist_letters", tmp_path).labels.tolist() == [0, 1, 25]


def tar_of(files, folder, mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(folder + name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("place", ["cifar10/", "my files/cifar-10-batches-py/", "batches/",
                                   "cifar-10-batches-py/cifar-10-batches-py/"])  # fmt: skip
def test_cifar_in_another_folder(tmp_path, capsys, place):
    write(tmp_path, {place + name: content for name, content in cifar_files.encoded().items()})
    assert data.load("cifar10", tmp_path).num_samples == 10
    assert "note: cifar10: reads" in capsys.readouterr().err


@pytest.mark.parametrize("name, mode", [
    ("cifar-10-python.tar", "w"), ("cifar10.tar.gz", "w:gz"), ("CIFAR-10.tgz", "w:gz"),
    ("cifar-10-python (1).tar.gz", "w:gz"), ("downloads/cifar-10-batches-py.tar.gz", "w:gz"),
    ("cifar-10-python.tar/cifar-10-python.tar", "w"),
])  # fmt: skip
@pytest.mark.parametrize("folder", ["cifar-10-batches-py/", "./", "cifar10/"])
def test_a_cifar_archive_under_another_name(tmp_path, capsys, name, mode, folder):
    write(tmp_path, {name: tar_of(cifar_files.encoded(), folder, mode)})
    assert data.load("cifar10", tmp_path).num_samples == 10
    assert "note: cifar10: reads '" in capsys.readouterr().err


def test_an_archive_of_the_published_size_is_tried(tmp_path, monkeypatch):
    content = tar_of(cifar_files.encoded(), "cifar-10-batches-py/", "w:gz")
    write(tmp_path, {"data.tar.gz": content})
    monkeypatch.setattr(near_matches, "_size", lambda path: 170_498_071)
    assert data.load("cifar10", tmp_path).num_samples == 10


@pytest.mark.parametrize("name", ["cifar-10-matlab.tar.gz", "cifar-10-binary.tar.gz"])
def test_the_other_versions_of_cifar_are_named(tmp_path, name):
    write(tmp_path, {name: tar_of({"data_batch_1.bin": b"x"}, "cifar-10-batches-bin/", "w:gz")})
    with pytest.raises(InputError, match=f"{name}': member 'cifar-10-batches-py/.*' is missing"):
        data.load("cifar10", tmp_path)


@pytest.mark.parametrize("name", ["cifar-10.zip", "cifar10.npz", "a/cifar_10_train.7z"])
def test_cifar_in_a_form_that_is_not_read_is_named(tmp_path, name):
    write(tmp_path, {name: b"whatever"})
    with pytest.raises(InputError, match=f"{name}' may hold this data set"):
        data.load("cifar10", tmp_path)


def test_cifar_in_a_zip_is_named(tmp_path):
    files = {f"cifar/{name}": content for name, content in cifar_files.encoded().items()}
    write(tmp_path, {"archive.zip": zipped(files)})
    with pytest.raises(InputError, match=r"archive.zip' may hold this data set \(unpack it\)"):
        data.load("cifar10", tmp_path)


def test_cifar10_is_not_cifar100(tmp_path):
    write(tmp_path, {"cifar-100-python.tar.gz": b"x", "cifar100.npz": b"x", "train/x.png": b"x"})
    with pytest.raises(InputError, match="cifar10: .*holds none of"):
        data.load("cifar10", tmp_path, download=False)
    write(tmp_path / "other", {"cifar-10-python.tar.gz": b"x", "some/train": b"x"})
    with pytest.raises(InputError, match="cifar100: .*holds none of"):
        data.load("cifar100", tmp_path / "other", download=False)


@pytest.mark.parametrize("name", ["train_32x32.MAT", "SVHN/mat/train_32x32 (1).mat"])
def test_svhn_under_other_names(tmp_path, name):
    stream = io.BytesIO()
    savemat(stream, {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.ones((2, 1), np.uint8)})
    write(tmp_path, {name: stream.getvalue()})
    assert data.load("svhn", tmp_path).num_samples == 2


STL10 = {"train_X.bin": bytes(2 * 3 * 96 * 96), "train_y.bin": bytes([1, 2])}


@pytest.mark.parametrize("place", ["STL-10/", "stl10_binary/stl10_binary/", "stl10_binary.tar",
                                   "stl10.tar.gz"])  # fmt: skip
def test_stl10_under_other_names(tmp_path, capsys, place):
    files = {place + name: content for name, content in STL10.items()}
    if not place.endswith("/"):
        files = {place: tar_of(STL10, "./", "w:gz" if place.endswith("gz") else "w")}
    write(tmp_path, files)
    assert data.load("stl10", tmp_path).labels.tolist() == [0, 1]
    assert "holds 2 of the 5,000 published images" in capsys.readouterr().err


FACE = encoded(np.zeros((218, 178, 3)))


@pytest.mark.parametrize("place", ["celeba/img_align_celeba/", "img_align_celeba/img_align_celeba/",
                                   "CelebA/Img/img_align_celeba/"])  # fmt: skip
def test_celeba_in_another_folder(tmp_path, place):
    write(tmp_path, {place + "000001.jpg": FACE, place + "._000001.jpg": b"metadata"})
    assert data.load("celeba", tmp_path).num_samples == 1


def test_celeba_in_a_zip_of_another_name_is_named(tmp_path):
    write(tmp_path, {"archive.zip": zipped({"img_align_celeba/000001.jpg": FACE})})
    with pytest.raises(InputError, match=r"archive.zip' may hold this data set \(unpack it\)"):
        data.load("celeba", tmp_path)


def test_faces_in_two_folders_are_refused(tmp_path):
    names = ("img_align_celeba/000001.jpg", "img_align_celeba/again/000001.jpg")
    write(tmp_path, dict.fromkeys(names, FACE))
    with pytest.raises(InputError, match="'again'.*expected one folder|in '' and in 'again'"):
        data.load("celeba", tmp_path)


def test_imagenet32_in_another_folder(tmp_path, capsys):
    folder = tmp_path / "ds" / "train"
    folder.mkdir(parents=True)
    content = {"data": np.zeros((2, 3072), np.uint8), "labels": [1, 2]}
    np.savez(folder / "train_data_batch_3.npz", **content)
    assert data.load("imagenet32", tmp_path).num_samples == 2
    assert "holds 1 of the 10 published batches" in capsys.readouterr().err
    for labels in ([1.5, 2.0], [True, True]):
        np.savez(folder / "train_data_batch_3.npz", **content | {"labels": labels})
        with pytest.raises(InputError, match="not integers"):
            data.load("imagenet32", tmp_path)


@pytest.mark.parametrize("place", ["folder", "zip"])
def test_tiny_imagenet_in_another_place(tmp_path, place):
    wnids = [f"n{number:08}" for number in range(200)]
    image = encoded(np.zeros((64, 64, 3)), "JPEG")
    files = {"wnids.txt": "\n".join(wnids).encode()}
    files["words.txt"] = "\n".join(f"{wnid}\tthing" for wnid in wnids).encode()
    files |= {f"train/{wnid}/images/{wnid}_0.JPEG": image for wnid in wnids}
    files["train/n00000003/images/._n00000003_0.JPEG"] = b"metadata"
    files = {f"inner/{name}": content for name, content in files.items()}
    write_tree(place, tmp_path, files, "tiny imagenet")
    assert data.load("tiny_imagenet", tmp_path).num_samples == 200


@pytest.mark.parametrize("name, size", [
    ("mnist", "9.9 MB"), ("fashion_mnist", "26.5 MB"), ("emnist_letters", "561.8 MB"),
    ("cifar10", "170.5 MB"), ("cifar100", "169.0 MB"), ("svhn", "182.0 MB"),
    ("stl10", "2,640.4 MB"), ("stl10_unlabeled", "2,640.4 MB"), ("tiny_imagenet", "248.1 MB"),
    ("stacked_mnist", "9.9 MB"),
])  # fmt: skip
def test_a_dry_run_says_what_it_would_download(tmp_path, name, size):
    with download.forbidden(), pytest.raises(InputError) as caught:
        data.load(name, tmp_path)
    assert "is empty, so the run would download" in str(caught.value)
    assert size in str(caught.value) and "a dry run downloads nothing" in str(caught.value)
    assert list(tmp_path.iterdir()) == [] and not download.is_forbidden()


def test_a_forbidden_download_is_refused_wherever_it_starts(tmp_path, monkeypatch):
    monkeypatch.undo()
    with download.forbidden(), pytest.raises(InputError, match="a dry run downloads nothing"):
        download.fetch(["http://localhost:9/x"], "x", 1, str(tmp_path / "new"), sha256="0")
    assert list(tmp_path.iterdir()) == []


def offline(monkeypatch):
    def fetch(*_, **__):
        raise InputError("'x': cannot be downloaded")

    monkeypatch.setattr(download, "fetch", fetch)


def test_a_wrong_folder_does_not_look_like_a_fault_of_the_network(tmp_path, monkeypatch, capsys):
    offline(monkeypatch)
    with pytest.raises(InputError, match="^mnist: data_dir '.*nowhere' does not exist, and 'x'"):
        data.load("mnist", tmp_path / "nowhere")
    assert "does not exist; downloads train-images-idx3-ubyte.gz" in capsys.readouterr().err
    write(tmp_path, {"a.txt": b"", "b/c": b"", ".hidden": b""})
    with pytest.raises(InputError, match="^cifar10: data_dir '.*' only holds a.txt, b, and 'x'"):
        data.load("cifar10", tmp_path)
    with pytest.raises(InputError, match="^celeba: data_dir '.*nowhere' does not exist"):
        data.load("celeba", tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"svhn: .*none of train_32x32.mat \(it only holds a.txt"):
        data.load("svhn", tmp_path, download=False)


def test_what_does_not_belong_to_a_data_set_does_not_stop_its_download(tmp_path, monkeypatch):
    offline(monkeypatch)
    files = ["flags/am_gan_cifar10.flags", "result/cifar10/log.txt", "cifar10_train_48x48.npz",
             "mnist/t10k-images-idx3-ubyte.gz", ".cifar-10-python.tar.gz.part", "test_32x32.mat",
             "cifar10/notes.txt"]  # fmt: skip
    write(tmp_path, dict.fromkeys(files, b""))
    for name in ("mnist", "cifar10", "svhn", "fashion_mnist"):
        with pytest.raises(InputError, match="'x': cannot be downloaded"):
            data.load(name, tmp_path)


def test_searching_ends_in_deep_and_in_large_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(near_matches, "_MAX_PER_FOLDER", 3)
    write(tmp_path, {"a/b/c/d/e": b"", **{f"x/{number}": b"" for number in range(9)}})
    found = [
        pathlib.Path(path).relative_to(tmp_path).parts
        for path in near_matches.nearby(str(tmp_path))
    ]
    assert len(found) == 3 and {parts[0] for parts in found} == {"x"}
    assert near_matches.nearby(str(tmp_path / "none")) == ()
