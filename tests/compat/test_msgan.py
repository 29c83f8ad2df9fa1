"""What a comparison with tntrung/msgan gives both sides is the same, each in its own terms."""

from amnat.compat.originals import msgan
from amnat.compat.originals.msgan_inputs import Inputs, arguments, style_of, to_unit

import numpy as np
import pytest

SMALL = msgan.ORIGINAL.small
CONFIGURATIONS = msgan.ORIGINAL.configurations


def port(name):
    return msgan.Port(CONFIGURATIONS[name].with_sizes(SMALL))


def test_command_lines_of_the_scripts():
    assert arguments({"nnet_type": "dcgan", "width": 2}) == ["--nnet_type=dcgan"]
    settings = {"db_name": "mnist", "nnet_type": "dcgan", "ss_task": 1}
    assert arguments(settings) == ["--ss_task=1"]
    # The script that trains when told not to.
    assert arguments({"db_name": "celeba"}) == ["--is_train=0"]


def test_every_family_task_and_loss_is_there():
    found = set()
    for configuration in CONFIGURATIONS.values():
        known = Inputs(configuration.with_sizes(SMALL).settings)
        found.add((known.db_name, style_of(known.settings), known.task))
        found.add((style_of(known.settings), known.settings["loss_type"]))
    families = ("resnet", "sngan", "images")
    assert {(family, loss) for family in families for loss in ("log", "hinge")} <= found
    assert {("cifar10", "resnet", task) for task in (0, 1, 2)} <= found
    assert {"mnist", "mnist-1k", "celeba", "stl10"} <= {entry[0] for entry in found}


def test_settings_are_the_scripts_unless_a_width_is_given():
    full = Inputs({"db_name": "mnist-1k"}).resolved()
    assert (full.encoder_width, full.discriminator_width) == (8, 4)
    assert (full.d_task_weight, full.g_task_weight, full.regulariser_weight) == (1.0, 1.0, 0.01)
    small = Inputs({"nnet_type": "sngan", "width": 3}).resolved()
    assert (small.encoder_width, small.generator_width, small.discriminator_width) == (3, 3, 3)
    assert (small.beta1, small.g_task_weight) == (0.5, 0.01)


def test_the_class_is_given_the_width_and_its_lambda_w():
    script = msgan.Script(None, None, CONFIGURATIONS["cifar_resnet"].with_sizes(SMALL), None)
    changes = script._changes({"lambda_w": np.sqrt(8 / 8192), "df_dim": 128})
    # 8 * 8 * df_dim features of the resnet at 32x32.
    assert changes["lambda_w"] == pytest.approx(np.sqrt(8 / (8 * 8 * 2)))
    assert {changes[name] for name in ("ef_dim", "gf_dim", "df_dim")} == {2}
    full = msgan.Script(None, None, CONFIGURATIONS["cifar_resnet"], None)
    assert set(full._changes({})) == {"is_train", "nb_test_real"}


def test_amnats_draws_are_the_originals():
    ours = port("cifar_dcgan")
    draws, inputs = ours.draws(3), ours.inputs
    assert set(draws) == {
        *(f"{player}0/latent" for player in "edg"),
        *("d0/penalty/alpha", "d0/rotation", "g0/rotation", "d0/mixture", "g0/mixture"),
    }
    for name, count in (("rotation", 4 * 8), ("mixture", 5 * 8)):
        order = inputs.order(name, 3, "d0")
        assert sorted(order) == list(range(count))
        # The ranks of uniform numbers are the original's shuffled order.
        np.testing.assert_array_equal(np.argsort(np.float32(draws[f"d0/{name}"])), order)
    np.testing.assert_array_equal(draws["d0/penalty/alpha"], 1.0 - inputs.alpha(3, "d0"))


def test_players_have_batches_of_their_own():
    ours = port("mnist")
    images, _ = ours.batch(2)
    for index, player in enumerate("edg"):
        own = ours.inputs.images(f"real/2/{player}0")
        np.testing.assert_array_equal(images[index::3], own)
    unit = to_unit(images) * 255.0
    np.testing.assert_allclose(unit, np.round(unit), atol=1e-12)
    assert unit.min() == 0.0 and unit.max() == 255.0


def test_losses_of_the_tasks():
    assert "loss_dis_task" not in port("cifar_resnet_none").logs
    assert "loss_gen_task" not in port("cifar_resnet_ss").logs
    assert {"loss_dis_task", "loss_gen_task"} <= set(port("cifar_resnet").logs)


def test_what_cancels():
    """Distances of mean probabilities, and biases in front of a batch norm."""
    cancelled = msgan.ORIGINAL.cancelled
    losses = ["loss_gen_gan", "loss_gen_total"]
    assert len(cancelled(CONFIGURATIONS["cifar_resnet"])) == len(losses) + 2 * 9 + 1
    assert cancelled(CONFIGURATIONS["stl10_resnet"]) == cancelled(CONFIGURATIONS["cifar_resnet"])
    assert cancelled(CONFIGURATIONS["mnist"]) == cancelled(CONFIGURATIONS["cifar_sngan"]) == losses
