"""Names in checkpoints are TensorFlow's own reading, and tell whose checkpoint it is."""

from amnat.compat import checkpoint_names
from amnat.errors import InputError

import pytest
import tensorflow as tf

tf1 = tf.compat.v1


def write(folder, names, step=7):
    """A checkpoint <folder>/model-7 of scalars with these names; returns its prefix."""
    folder.mkdir(parents=True, exist_ok=True)
    with tf1.Graph().as_default(), tf1.Session() as session:
        variables = [tf1.Variable(float(i), name=name) for i, name in enumerate(names)]
        session.run(tf1.variables_initializer(variables))
        tf1.train.Saver(variables).save(session, str(folder / "model"), step)
    return folder / f"model-{step}"


def test_the_names_are_those_of_tensorflows_reader(tmp_path):
    # With long and short common beginnings.
    names = [f"generator/deconv_{i}/layer_{i % 7}/{'long_' * (i % 5)}v" for i in range(80)]
    prefix = write(tmp_path, [*names, "a", "generator"])
    reader = tf.train.load_checkpoint(str(prefix))
    assert checkpoint_names.names(prefix) == sorted(reader.get_variable_to_shape_map())


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("generator/linear/w", "am_gan"),
        ("generator/linear0/w", "am_gan"),
        ("generator/linear_wn_0/v", "am_gan_reproduce"),
        ("discriminator/conv_maybe_downsize_0/conv2d_wn_0/g", "am_gan_reproduce"),
        ("encoder/encoder/e_conv0/w", "msgan"),
        ("generator/generator/Conv2d_transpose/weights", "msgan"),
    ],
)
def test_whose_it_is(tmp_path, name, original):
    assert checkpoint_names.original_of(write(tmp_path, [name, "other/step"])) == original


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Block_0/layer_0/bottleneck/BatchNorm/beta"], "is a DenseNet classifier"),
        (["conv1/Variable", "fc1/Variable"], "is a classifier, such as msgan's for MNIST"),
        (["model/g/w/.ATTRIBUTES/VARIABLE_VALUE"], "needs no import: .* --resume=FOLDER goes on"),
        ([f"dense_{i}/kernel" for i in range(11)], "holds dense_0/kernel, .* and 3 more; expected"),
    ],
)
def test_says_what_else_it_is(tmp_path, names, said):
    with pytest.raises(InputError, match=said):
        checkpoint_names.original_of(write(tmp_path, names))


@pytest.mark.parametrize(
    "content", [b"", b"short", bytes(100), bytes(92) + bytes.fromhex("57fb808b247547db")]
)
def test_damaged_indices(tmp_path, content):
    (tmp_path / "model-1.index").write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read \(its .index is"):
        checkpoint_names.names(tmp_path / "model-1")


def test_an_index_that_is_cut_in_its_blocks(tmp_path):
    prefix = write(tmp_path, [f"generator/layer_{i}/w" for i in range(60)])
    path = tmp_path / "model-7.index"
    whole = path.read_bytes()
    path.write_bytes(whole[:500] + whole[-200:])
    with pytest.raises(InputError, match="cannot be read"):
        checkpoint_names.names(prefix)


def test_folders_above_the_checkpoint(tmp_path):
    prefix = write(tmp_path / "test_cifar10" / "checkpoint", ["generator/linear_wn_0/v"])
    assert checkpoint_names.find_checkpoint(tmp_path / "test_cifar10") == prefix
    for step in (9, 10):
        folder = tmp_path / "run" / "cifar10" / "model" / str(step)
        write(folder, ["encoder/encoder/e_conv0/w"], step)
    found = checkpoint_names.find_checkpoint(tmp_path / "run")
    assert found == tmp_path / "run" / "cifar10" / "model" / "10" / "model-10"


def test_says_what_a_folder_holds(tmp_path):
    (tmp_path / "log").mkdir()
    (tmp_path / "model.py").write_text("")
    with pytest.raises(InputError, match="names the newest checkpoint; it holds log/, model.py"):
        checkpoint_names.find_checkpoint(tmp_path)
    with pytest.raises(InputError, match="it is empty"):
        checkpoint_names.find_checkpoint(tmp_path / "log")
