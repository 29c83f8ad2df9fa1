"""The inputs of both sides in a comparison with AM-GANs-for-reproduce: settings, images, draws."""

from amnat.compat import replay
from amnat.compat.originals import Configuration

import numpy as np

NUM_CLASSES = 10
_CHANNELS = {"cifar10": 3, "mnist": 1}
_GAN = {"LAB": False, "AC": False}
_AC_GAN = {"LAB": False, "AC": True}
_CLASS_GIVEN = {"bPredefined": True, "iResD": 1}
_INITIALISED = {"data_dependent_init": True}
CONFIGURATIONS = {
    "gan": Configuration("GAN", _GAN),
    "gan_star": Configuration("GAN*", _GAN | {"D_AC_WEIGHT": 0.1}),
    "ac_gan": Configuration("AC-GAN", _AC_GAN | {"DIST_AC_GEN_ACGAN": True}),
    "ac_gan_star": Configuration("AC-GAN*", _AC_GAN),
    "ac_gan_star_plus": Configuration("AC-GAN*+", _AC_GAN | {"DIST_AC_GEN_EVEN": True}),
    "label_gan": Configuration("LabelGAN", {"AC": False}),
    "am_gan": Configuration("AM-GAN", {}),
    "gan_predefined": Configuration("GAN, predefined classes", _GAN | _CLASS_GIVEN),
    "gan_star_predefined": Configuration(
        "GAN*, predefined classes", _GAN | {"D_AC_WEIGHT": 0.1} | _CLASS_GIVEN
    ),
    "ac_gan_predefined": Configuration(
        "AC-GAN, predefined classes", _AC_GAN | {"DIST_AC_GEN_ACGAN": True} | _CLASS_GIVEN
    ),
    "ac_gan_star_predefined": Configuration("AC-GAN*, predefined classes", _AC_GAN | _CLASS_GIVEN),
    "ac_gan_star_plus_predefined": Configuration(
        "AC-GAN*+, predefined classes", _AC_GAN | {"DIST_AC_GEN_EVEN": True} | _CLASS_GIVEN
    ),
    "label_gan_predefined": Configuration(
        "LabelGAN, predefined classes", {"AC": False} | _CLASS_GIVEN
    ),
    "am_gan_predefined": Configuration("AM-GAN, predefined classes", _CLASS_GIVEN),
    "initialisation": Configuration("AM-GAN from its initialisation", {}, _INITIALISED),
    "initialisation_predefined": Configuration(
        "the same, predefined classes", _CLASS_GIVEN, _INITIALISED
    ),
    "wgan_gp": Configuration("WGAN-GP", _GAN | {"WGAN": True}, {"limits": False}),
    "penalties": Configuration(
        "AM-GAN with GP, GN, MODE, DECAY",
        {"GP": True, "GN": True, "GN_WEIGHT": 0.1, "MODE": True, "DECAY_WEIGHT": 0.01},
    ),
    "smoothed": Configuration(
        "AM-GAN, soft targets, 1 channel, iTrainD 2",
        {
            "f2Smoothed": 0.875,
            "fkSmoothed": 0.75,
            "sharp_pow": 2.0,
            "FAKE_LOGIT": True,
            "G_AC_WEIGHT": 0.1,
            "iTrainD": 2,
            "sDataSet": "mnist",
        },
    ),
    "unlabelled": Configuration("AM-GAN without labels", {"bUseClassLabel": False}),
    "path": Configuration(
        "PATH, one class", {"PATH": True, "bUseClassLabel": False, "iUnlableClass": 1}
    ),
    "cgan": Configuration("CGAN", {"CGAN": True, "fkSmoothed": 0.75}),
    "rmsprop": Configuration("rmsprop", {"oOptG": "rmsprop", "oOptD": "rmsprop"}),
    "layer_norm": Configuration("layer norm", {"oBnG": "ln", "oBnD": "ln"}),
    "nadam": Configuration("nadam", {"oOptG": "nadam", "oOptD": "nadam"}),
    "noise_maps": Configuration("bAddHZ", {"bAddHZ": True}),
    "noise_maps_predefined": Configuration(
        "bAddHZ, deconvpool, predefined classes",
        {"bAddHZ": True, "oUp": "deconvpool"} | _CLASS_GIVEN,
    ),
    "warm_up": Configuration("iWarmD 2, iWarmDIterPer 3", {"iWarmD": 2, "iWarmDIterPer": 3}),
    "resized": Configuration("resizen, avgpool", {"oUp": "resizen", "oDown": "avgpool"}),
    "depth_space": Configuration(
        "depth_space, space_depth", {"oUp": "depth_space", "oDown": "space_depth"}
    ),
    "deconvpool": Configuration("deconvpool, maxpool", {"oUp": "deconvpool", "oDown": "maxpool"}),
    "phaseshift": Configuration(
        "phaseshift, resizen", {"oUp": "phaseshift", "oDown": "resizen", "iFilterDimG": 8}
    ),
}


def cancelled(settings):
    """Biases in front of a batch norm; a critic's last bias, which its two means share.

    A penalty on slopes gives the former a gradient: its second derivative through batch norm lacks
    a term in the original.
    """
    names = []
    if settings.get("oBnG", "bn") == "bn" and not settings.get("GN"):
        pools = settings.get("oUp") == "deconvpool"
        names += [f"generator/deconv{2 * i + 1 if pools else i}/b" for i in range(3)]
    has_penalty = settings.get("WGAN") or settings.get("GP")
    if settings.get("oBnD", "bn") == "bn" and not has_penalty:
        names += [f"discriminator/conv{i}/b" for i in range(4 + settings.get("iResD", 0))]
    return names + (["discriminator/linear/b"] if settings.get("WGAN") else [])


def arguments(settings):
    """The command line for both sides."""
    return [f"--{name}={value}" for name, value in settings.items()]


class Inputs:
    """The inputs of both sides; see `amnat.compat.originals.am_gan.Inputs`."""

    def __init__(self, settings):
        defaults = {
            "sDataSet": "cifar10",
            "iBatchSize": 100,
            "iDimsZ": 100,
            "iFilterDimD": 128,
            "iTrainD": 1,
            "iResD": 0,
            "bPredefined": False,
            "bUseClassLabel": True,
            "iUnlableClass": 20,
        }
        self.settings = known = defaults | settings
        known["bPredefined"] = known["bPredefined"] or known.get("CGAN", False)
        self.channels = _CHANNELS[known["sDataSet"]]
        self.batch_size, self.d_steps = known["iBatchSize"], known["iTrainD"]
        self.num_classes = NUM_CLASSES if known["bUseClassLabel"] else known["iUnlableClass"]
        self.warm_up = known.get("iWarmD", 0), known.get("iWarmDIterPer", 10)
        # The sides of the generator's noise maps.
        self.noise_maps = (4, 8, 16) if known.get("bAddHZ") else ()
        # The draws of the target probabilities, in the graph's order.
        self.confidences = ("real", "fake") if known.get("PATH") else ()
        self.has_penalty = bool(known.get("WGAN") or known.get("GP"))

    def initial(self, name, shape):
        return replay.away_from_initial(name, shape, 0.05)

    def images(self, name, count):
        return replay.images(name, (count, 32, 32, self.channels))

    def data(self):
        """(images, labels) that the script loads: it wants ten of each class and a whole sheet."""
        count = 400 + self.batch_size
        return self.images("data", count), np.arange(count, dtype=np.int32) % NUM_CLASSES

    def d_steps_of(self, iteration):
        """The number of updates of the discriminator in an iteration, counted from 1."""
        iterations, steps = self.warm_up
        return steps if iteration <= iterations else self.d_steps

    def batch(self, iteration, step):
        """(images NHWC, labels) for an update of the discriminator."""
        # While it warms up, the discriminator takes a batch several times.
        name = f"real/{iteration}/d{int(step[1:]) % self.d_steps}"
        labels = replay.labels(f"{name}/labels", self.batch_size, NUM_CLASSES)
        return self.images(name, self.batch_size), labels

    def latents(self, prefix):
        """{'latent': noise, and with predefined classes 'label': int labels}."""
        size = (self.batch_size, self.settings["iDimsZ"])
        found = {"latent": replay.normal(f"{prefix}/latent", size)}
        if self.settings["bPredefined"]:
            found["label"] = replay.labels(f"{prefix}/label", self.batch_size, self.num_classes)
        return found

    def call_draws(self):
        """{name: shape} of the draws in one call of the discriminator, in the graph's order."""
        size, width = self.batch_size, self.settings["iFilterDimD"]
        maps = [(32, width // 2), (16, width), (8, 2 * width), (4, 4 * width)]
        maps += maps[-1:] * self.settings["iResD"]
        shapes = [(size, side, side, filters) for side, filters in maps]
        shapes.append((size, 4 * width))
        noise = {"noise_add": (size, 32, 32, self.channels)}
        return noise | {f"dropout{i}": shape for i, shape in enumerate(shapes)}

    def draws_of_call(self, prefix):
        """{name: array} for one call of the discriminator."""
        found = {}
        for name, shape in self.call_draws().items():
            full = f"{prefix}/{name}"
            if name == "noise_add":
                found[name] = replay.truncated_normal(full, shape, 0.0, 0.1)
            else:
                found[name] = replay.uniform(full, shape)
        return found

    def draws(self, iteration, step):
        """{name: array} of the graph's draws in one update: fake/..., real/..., penalty/..."""
        prefix = f"{iteration}/{step}"
        calls = ["fake"]
        if step.startswith("d"):
            calls += ["real"] + ["penalty"] * self.has_penalty
        found = {}
        for index, side in enumerate(self.noise_maps):
            shape = (self.batch_size, side, side, 1)
            found[f"generator/hz{index}"] = replay.uniform(f"{prefix}/hz{index}", shape)
        for kind in self.confidences[: 2 if step.startswith("d") else 1]:
            name = f"confidence_{kind}"
            found[name] = replay.uniform(f"{prefix}/{name}", (self.batch_size,))
        if "penalty" in calls:
            found["penalty/alpha"] = replay.uniform(f"{prefix}/alpha", (self.batch_size,))
        for call in calls:
            values = self.draws_of_call(f"{prefix}/{call}")
            found |= {f"{call}/{name}": value for name, value in values.items()}
        return found


def losses_of(known, step):
    """The losses of a player's update, {amnat's name: attribute of the original's class}."""
    decays = bool(known.get("DECAY_WEIGHT"))
    if step.startswith("g"):
        names = {"loss_gen_total": "g_loss_total"}
        if known.get("MODE"):
            names["loss_gen_mode"] = "mode_entropy"
        if known.get("GN"):
            names["gen_slope"] = "g_GN"
        # Both players' updates record these; the generator's is the last.
        first = "r2" if known.get("WGAN") else "rsum"
        names |= {f"logit_fake_{first}": "fake_vec1", "logit_fake_rmax": "fake_vecK"}
        return names | ({"loss_gen_decay": "g_decayloss"} if decays else {})
    names = {"loss_dis_total": "d_loss_total", "loss_dis_gan": "d_loss_gan"}
    if known.get("LAB", True) or known.get("AC", True) or known.get("D_AC_WEIGHT"):
        names["loss_dis_ac"] = "d_loss_ac"
    first = "r2" if known.get("WGAN") else "rsum"
    names |= {f"logit_real_{first}": "real_vec1", "logit_real_rmax": "real_vecK"}
    return names | ({"loss_dis_decay": "d_decayloss"} if decays else {})
