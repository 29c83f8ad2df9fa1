"""Names, flags and the log of AM-GANs-for-reproduce."""

from amnat.compat import am_gan_reproduce_names as names

import pytest


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("generator/linear_wn_0/v", "generator/linear/w"),
        ("generator/deconv_maybe_downsize_2/deconv2d_wn_2/g", "generator/deconv2/g"),
        ("discriminator/conv_maybe_downsize_10/conv2d_wn_10/b", "discriminator/conv10/b"),
        ("discriminator/linear_wn_0/b", "discriminator/linear/b"),
        ("generator/bn_1/offset", "generator/bn1/offset"),
        ("discriminator/linear_wn_1/v", None),
        ("generator/ln_0/gamma", "generator/ln0/scale"),
        ("discriminator/ln_2/beta", "discriminator/ln2/offset"),
        ("optimizer/G/generator/linear_wn_0/v/Adam", None),
        ("am", None),
    ],
)
def test_names(theirs, ours):
    assert names.our_name(theirs) == ours


def shapes(latent, classes, deconvs, convs, kernel=3):
    """Shapes of networks with these widths."""
    found = {"generator/linear_wn_0/v": (latent, 64)}
    before = 4
    for i, filters in enumerate(deconvs):
        name = f"generator/deconv_maybe_downsize_{i}/deconv2d_wn_{i}/v"
        found[name], before = (kernel, kernel, filters, before), filters
    before = 3
    for i, filters in enumerate(convs):
        name = f"discriminator/conv_maybe_downsize_{i}/conv2d_wn_{i}/v"
        found[name], before = (3, 3, before, filters), filters
    return found | {"discriminator/linear_wn_0/v": (before, classes + 2)}


def test_flags_of_the_default_networks():
    found = names.find_flags(shapes(100, 10, (8, 4, 2, 3), (2, 4, 8, 16)), {}).flags
    assert found == {
        "bPredefined": False,
        "iDimsZ": 100,
        "iFilterDimG": 4,
        "iFilterDimD": 4,
        "iKsizeG": 3,
        "iKsizeD": 3,
        "iResG": 0,
        "iResD": 0,
        "oOptG": "sgd",
        "oOptD": "sgd",
        "oBnG": "none",
        "oBnD": "none",
    }


def test_flags_of_class_conditional_networks():
    found = names.find_flags(shapes(110, 10, (9, 8, 4, 2, 3), (2, 4, 8, 16, 16)), {}).flags
    assert (found["bPredefined"], found["iDimsZ"]) == (True, 100)
    assert (found["iResG"], found["iResD"]) == (1, 1)
    given = {"bPredefined": True, "iDimsZ": 7}
    found = names.find_flags(shapes(17, 10, (8, 4, 2, 3), (2, 4, 8, 16)), given).flags
    assert (found["bPredefined"], found["iDimsZ"]) == (True, 7)


def test_doublings_of_two_layers_are_not_further_layers():
    given = {"oUp": "deconvpool"}
    found = names.find_flags(shapes(100, 10, (16, 8, 8, 4, 4, 2, 3), (2, 4, 8, 16)), given).flags
    assert (found["iFilterDimG"], found["iResG"]) == (4, 0)


def test_layer_norm_and_rmsprop():
    found = shapes(100, 10, (8, 4, 2, 3), (2, 4, 8, 16))
    found |= {"generator/ln_0/gamma": (4,), "discriminator/bn_0/scale": (2,)}
    found["optimizer/G/generator/linear_wn_0/v/RMSProp"] = (100, 64)
    flags = names.find_flags(found, {}).flags
    assert (flags["oBnG"], flags["oBnD"]) == ("ln", "bn")
    assert (flags["oOptG"], flags["oOptD"]) == ("rmsprop", "sgd")


def test_the_log(tmp_path):
    log = tmp_path / "log.txt"
    assert names.recorded_flags(log, ["LAB"]) == {}
    log.write_text(
        "python main.py --LAB False\n\n{'AC': True,\n 'LAB': True,\n 'sResultTag': 'it''s',\n"
        " 'fLrIniG': 0.0004,\n 'sDataSet': 'mnist',\n 'PATH': False}\n"
        "{'AC': True,\n 'LAB': False,\n 'iDimsZ': 1 +,\n 'PATH': ''}\n[0,  10] d_loss: 'LAB': 1\n"
    )
    found = names.recorded_flags(log, ["LAB", "AC", "fLrIniG", "sDataSet", "iDimsZ"])
    assert found == {"AC": True, "LAB": False, "fLrIniG": 0.0004, "sDataSet": "mnist"}


def test_slots_of_adam_are_of_nadam_too():
    found = shapes(100, 10, (8, 4, 2, 3), (2, 4, 8, 16))
    for player, network in (("G", "generator"), ("D", "discriminator")):
        found[f"optimizer/{player}/{network}/linear_wn_0/v/Adam"] = (100, 64)
    for recorded, expected in (
        ({}, ("adam", "adam")),
        ({"oOptG": "nadam"}, ("nadam", "adam")),
        ({"oOptG": "nadam", "oOptD": "sgd"}, ("nadam", "nadam")),
    ):
        flags = names.find_flags(found, recorded).flags
        assert (flags["oOptG"], flags["oOptD"]) == expected


def test_what_the_original_sets_itself():
    assert names.chosen_flags({"iNumLabelData": 10**16, "LAB": False}) == {"LAB": False}
    unlabelled = {"bUseClassLabel": False, "bUseLabel": False, "bUseUnlabel": True}
    chosen = names.chosen_flags(unlabelled | {"iNumLabelData": 0})
    assert chosen == {"bUseClassLabel": False}
    few = {"bUseUnlabel": True, "iNumLabelData": 100}
    assert names.chosen_flags(few) == few
    mnist = {"sDataSet": "mnist", "iDimsC": 1, "iImageSize": 32, "Use32_MNIST": True}
    assert names.chosen_flags(mnist) == {"sDataSet": "mnist"}
    assert names.chosen_flags({"CGAN": True, "bPredefined": True}) == {"CGAN": True}
