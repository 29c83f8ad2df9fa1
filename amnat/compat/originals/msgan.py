"""tntrung/msgan: compares its scripts msdistgan_*.py with amnat's `DistGAN`.

A script runs from its first line to the call that ends it, with its own settings, class and loop.
"""

import math
import sys

from amnat.compat import ms_gan_names
from amnat.compat.originals import Configuration, Original, PortBase, ScriptBase, Variable
from amnat.compat.originals.msgan_inputs import PLAYERS, Inputs, arguments, style_of, to_unit
from amnat.errors import InputError

import numpy as np

TRAINS_ON_IMAGES = True
_FILES = {
    "msdistgan.py": "89dde3ec96cbfd22dd11bf4266035e8e3cebd15883025904a7ea25d419b1f5de",
    "msdistgan_celeba.py": "339adca7770c05c2c86faab01d18954e01fa2278e5deb0eb3bd81174dbe91a5c",
    "msdistgan_cifar.py": "7ce9424f6990f644f3fd614a8fac144d80a0e2391f5170c5eb334b6effe11667",
    "msdistgan_mnist.py": "0d28144893751fa0f05b3f3180cd3970b7ee96ddaa2062cd4fdb4bba2e5c4816",
    "msdistgan_mnist1k.py": "9cdccd38616028125a16a2a26fa959fc542585bf090933be7cdfcbff23178166",
    "msdistgan_stl10.py": "973830db489cb86e0d7c55fc8fd1a27187f5dbbb78fcf9f30649fad3c3c0c6d0",
    "modules/__init__.py": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "modules/celeba.py": "d443e82ce91c75bc1a0b69c099f0ebf6a4d47ce35e57d4890f2bb842008d143b",
    "modules/cifar.py": "a9c4f5b2e64a8fc40c10557ffeed3b7aa7dc5e984dfc7a4e976265a14bb72aff",
    "modules/dataset.py": "164262ea45b6ad813f3346948ce4a2940459ab778a6ac876b611892f4b852194",
    "modules/dbutils.py": "5b2823e299f661502783d90e244481ef5a2a5cd884e5993fd47ad425a80e7503",
    "modules/eval.py": "342167539f9d0c3cf98df0778244ab08fba61f1e17bf37e2d3820c38c49b9ccd",
    "modules/fiutils.py": "9ea5e14c38d61d4d5244d1b50363bf089a03e29108655440268f728f911a2c97",
    "modules/imagenet.py": "47b9f46b5823be1522085e07929174a6dafda7b903df6f8c1a1cf76b3673c34b",
    "modules/imutils.py": "a71fb9e54022780bc3a0094dda77767aed2bda0ea67e0aea833cba1fb864644f",
    "modules/mdutils.py": "a38f916a9f91be8af516c7121173f48993783929b9f090afe1ecdbfe384d9a44",
    "modules/mnist.py": "641e8b9981aaa97582cf9c27f6ed1744da67b790030ca9bbf3aa4dcd6768b0f5",
    "modules/net_dcgan.py": "a216d3c280a895df6d80bab03ec721e5704b986bafa7a7368a4c0923ee9d698b",
    "modules/net_resnet.py": "52478239ddce37220c6f6173f90a5861c3cc23b1fdadd3012464930e896b5491",
    "modules/net_sngan.py": "680955f39371b6313bc58786adab7b26299b239d3cf1db9967512cc518f0e7d6",
    "modules/ops.py": "f5da2e4d206e1fa4a49ed6fe8d10f149bd30a3ebc0c3d7f3932325719a037da0",
    "modules/ops_resnet.py": "c01d05da6ff9e1da456bd511b60008609b9f5ab93363da034503996ef40ea31c",
    "modules/stl10.py": "c8aba1ad41ae4fb024ae182803177113eb9ba452d02fd146a2dfe0e1138907e8",
    "modules/vsutils.py": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}
_SUPPORT = {
    "__init__.py": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "classify_mnist_v2.py": "16422c7a50555ce29954985da3921a45c14b478637b08e0149df244638dac457",
    "mnist_classifier.py": "27f6da8890b5b7d72841a2c9b87d793185171eb522934b0ac3a9eaf83a307cd7",
    "fid_score/__init__.py": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "fid_score/fid.py": "076b958be4f22991740640cb906c101a1f2bc96150b133ac0a776bb614e3651c",
}
# The schedules of the resnet and of the hinge loss begin to change at half of n_steps.
_SHORT = {"batch_size": 8, "n_steps": 30}
# The generator of the family requires this size.
_SNGAN = {"nnet_type": "sngan", "noise_dim": 128}


def _train_settings(iterations, dataset):
    names = {(28, 28, 1): "mnist", (32, 32, 3): "cifar10"}
    if dataset.sample_shape not in names:
        size = "x".join(map(str, dataset.sample_shape))
        raise InputError(
            f"--dataset={dataset.name}: images of {size}, but msgan's networks for scored data "
            "need 28x28x1 (mnist_28) or 32x32x3 (cifar10)"
        )
    return {"db_name": names[dataset.sample_shape], "n_steps": iterations, "width": 16}


ORIGINAL = Original(
    name="msgan",
    url="https://github.com/tntrung/msgan",
    commit="8b8170f6795f731f24f82c94e001711a0d632e69",
    files=_FILES | {f"support/{name}": digest for name, digest in _SUPPORT.items()},
    own_modules=("modules", "msdistgan", "support"),
    configurations={
        "cifar_resnet": Configuration("resnet, 32x32, hinge, MS task", {}),
        "cifar_resnet_ss": Configuration("resnet, hinge, SS task", {"ss_task": 1}),
        "cifar_resnet_none": Configuration("resnet, hinge, no task", {"ss_task": 0}),
        "cifar_resnet_log": Configuration("resnet, log, MS task", {"loss_type": "log"}),
        "cifar_dcgan": Configuration("dcgan, 32x32, hinge, MS task", {"nnet_type": "dcgan"}),
        "cifar_dcgan_log_ss": Configuration(
            "dcgan, log, SS task", {"nnet_type": "dcgan", "loss_type": "log", "ss_task": 1}
        ),
        "cifar_sngan": Configuration("sngan, 32x32, hinge, MS task", _SNGAN),
        "cifar_sngan_log_none": Configuration(
            "sngan, log, no task", _SNGAN | {"loss_type": "log", "ss_task": 0}
        ),
        "mnist": Configuration("dcgan of MNIST, 28x28x1, log, MS task", {"db_name": "mnist"}),
        "stacked_mnist": Configuration(
            "dcgan of Stacked-MNIST, 28x28x3, log, MS task", {"db_name": "mnist-1k"}
        ),
        "celeba": Configuration("dcgan of CelebA, 64x64, log, MS task", {"db_name": "celeba"}),
        "stl10_resnet": Configuration("resnet of STL-10, 48x48, hinge, MS", {"db_name": "stl10"}),
    },
    small=_SHORT | {"noise_dim": 8, "width": 2},
    full=_SHORT,
    speed_configuration="cifar_dcgan",
    speed_settings={},
    speed_iterations=5,
    train_settings=_train_settings,
    train_iterations=300,
    initial_draws=4,
    cancelled=lambda configuration: _cancelled(configuration.settings),
    notes=(
        "data: its Dataset gets arrays instead of its downloads and files",
        "its scripts set the widths (ef_dim, gf_dim, df_dim): for another width, its class gets "
        "that width and the lambda_w that the script's formula gives for it",
        "the comparison's seed replaces the seed 0 that its Dataset sets",
        "the 10,000 real images for FID that it writes after the first iteration are left out",
        "msdistgan_celeba.py: its tabs are read as Python 2 reads them; it trains with "
        "--is_train=0, but its class gets 1, without which it makes no optimizers",
        "in float64, the slope 0.2 of its leaky ReLU is rounded to float32, because TensorFlow's "
        "own kernel, which amnat uses, keeps it in float32",
    ),
    # At 48x48 TensorFlow 2.21 corrupts memory with oneDNN (docs/fidelity.md).
    onednn=False,
)


def _cancelled(settings):
    # These losses are the distance of two mean probabilities, which hardly differ at first.
    losses = ["loss_gen_gan", "loss_gen_total"]
    if style_of(settings) != "resnet":
        return losses
    blocks = [
        f"{network}/block{block}_conv{conv}/b"
        for network in ("encoder", "generator")
        for block in range(3)
        for conv in (1, 2, 3)
    ]
    return [*losses, *blocks, "encoder/conv0/b"]


class Script(ScriptBase):
    """The original side; for the arguments see `amnat.compat.originals.am_gan.Script`."""

    players = tuple(PLAYERS)

    def __init__(self, shim, folder, configuration, result_dir, data=None, seed=0):
        self.shim, self.folder = shim, folder
        self.settings = configuration.settings
        self.inputs = Inputs(self.settings)
        self.result_dir = result_dir
        self.data = data or self.inputs.data()
        self.seed = seed
        self.model = None

    def execute(self, tensorflow):
        """Runs the script until an exception ends it."""
        sys.path.insert(0, str(self.folder))
        self._prepare_modules(tensorflow)
        path = self.folder / self.inputs.script
        words = [*arguments(self.settings), f"--out_dir={self.result_dir}"]
        sys.argv = [str(path), *words]
        text = path.read_text(encoding="utf-8").expandtabs(8)
        exec(compile(text, str(path), "exec"), {"__file__": str(path), "__name__": "__main__"})

    def _prepare_modules(self, tensorflow):
        import msdistgan
        from modules import dataset, net_resnet, ops

        if self.shim.dtype == "float64":
            for activation in (ops.lrelu, net_resnet.lrelu):
                activation.keywords["leak"] = float(np.float32(activation.keywords["leak"]))
        images, labels = to_unit(np.asarray(self.data[0])), np.asarray(self.data[1])
        if self.inputs.db_name == "mnist-1k":
            # The script stacks three random images of one channel.
            images = images[..., :1]
        rows = images.reshape(len(images), -1), labels.reshape(-1, 1)
        size = self.inputs.batch_size
        full, rest = divmod(len(images), size)
        files = list(range(len(images))), len(images), full, full + (rest > 0)
        for name in ("load_mnist", "load_cifar10"):
            setattr(dataset, name, lambda *_: rows)
        for name in ("load_celeba", "load_stl10"):
            setattr(dataset, name, lambda *_: None)
        dataset.prepare_image_list = lambda *_: files
        dataset.imread = lambda index: 255.0 * images[index]
        dataset.preprocess = lambda image: image
        make = msdistgan.MSDistGAN

        def make_with_changes(**given):
            np.random.seed(self.seed)
            tensorflow.set_random_seed(self.seed)
            self.model = make(**(given | self._changes(given)))
            return self.model

        msdistgan.MSDistGAN = make_with_changes

    def _changes(self, given):
        changes = {"is_train": 1, "nb_test_real": 0}
        width = self.inputs.settings["width"]
        if width is None:
            return changes
        # The number of features is proportional to df_dim.
        scaled = given["lambda_w"] * math.sqrt(given["df_dim"] / width)
        return changes | {"lambda_w": scaled} | dict.fromkeys(("ef_dim", "gf_dim", "df_dim"), width)

    def player(self, fetches):
        """'e', 'd' or 'g' for a call that updates a player, None for other calls."""
        if isinstance(fetches, list) and len(fetches) == 1:
            for player, name in (("e", "opt_r"), ("d", "opt_d"), ("g", "opt_g")):
                if fetches[0] is getattr(self.model, name):
                    return player
        return None

    def _name(self, variable):
        return ms_gan_names.our_name(variable.op.name, style_of(self.settings))

    def variables(self):
        """The variables of all players, {amnat's name: Variable}."""
        model = self.model
        return {
            self._name(variable): Variable(variable, np.asarray, np.asarray)
            for variable in [*model.vars_e, *model.vars_d, *model.vars_g]
        }

    def initial(self, name, value):
        return self.inputs.initial(name, np.shape(value))

    def gradients(self, step):
        # The optimizers' order depends on the family, and the encoder's optimizer may also have
        # the generator's variables.
        scope = f"{PLAYERS[step[0]]}/"
        pairs = next(p for p in self.shim.gradients if p[0][1].op.name.startswith(scope))
        return {self._name(variable): gradient for gradient, variable in pairs}

    def outputs(self, step):
        """The intermediate results of an update."""
        names = dict(_OUTPUTS[step[0]])
        if step[0] == "d" and self.inputs.task:
            names["class_logits"] = "real_cls" if self.inputs.task == 1 else "mixe_cls"
        if step[0] == "g" and self.inputs.task == 2:
            names |= {"class_logits_real": "real_cls", "class_logits_generated": "fake_cls"}
        return {ours: getattr(self.model, theirs) for ours, theirs in names.items()}

    def step_losses(self, step):
        """Each player's losses before its update; the loop prints them as evaluated after it."""
        names = _losses(step[0], self.inputs.task)
        return {ours: getattr(self.model, theirs) for ours, theirs in names.items()}

    def feeds(self, iteration, step):
        inputs, model = self.inputs, self.model
        images = to_unit(inputs.images(f"real/{iteration}/{step}"))
        *orders, alpha = self.shim.draws
        feeds = {
            model.X: images.reshape(inputs.batch_size, -1),
            model.z: 2.0 * inputs.latents(iteration, step) - 1.0,
            alpha: inputs.alpha(iteration, step)[:, None],
        }
        for name, tensor in zip(inputs.orders(), orders, strict=True):
            feeds[tensor] = inputs.order(name, iteration, step)
        return feeds

    def sample_draws(self, run):
        """The latents of the script's own function and the graph's draws, {name: array}."""
        *orders, alpha = self.shim.draws
        size = self.inputs.batch_size
        named = {"alpha": alpha} | dict(zip(self.inputs.orders(), orders, strict=True))
        # The number of the penalty's shares is that of the images in the batch.
        images = np.zeros((size, math.prod(self.inputs.shape)))
        draws = run(named, {self.model.X: images})
        found = {name: draws[name][:size] for name in self.inputs.orders()}
        return found | {"alpha": draws["alpha"][:, 0], "latent": self.model.sample_z(size)}

    def to_ours(self, key, value):
        """Converts an output, draw, loss or gradient to amnat's shape."""
        if key.endswith(("/generated", "/reconstructed")):
            return np.reshape(value, (-1, *self.inputs.shape))
        if key.endswith("/loss_dis_gp"):
            sign = -1.0 if self.inputs.settings["loss_type"] == "hinge" else 1.0
            return np.asarray(sign * self.model.lambda_p * value)
        return np.asarray(value)

    def samples(self, run, count):
        """Samples in amnat's range, float [count, H, W, C], in batches of the training size."""
        model, size = self.model, self.inputs.batch_size
        parts = [run(model.X_f, {model.z: model.sample_z(size)}) for _ in range(-(-count // size))]
        images = np.concatenate(parts)[:count].reshape(-1, *self.inputs.shape)
        return (images * 255.0 - 127.5) / 128.0


# {player: {amnat's name: attribute of the original's class}}
_OUTPUTS = {
    "e": {"encoded": "z_e", "reconstructed": "X_r", "generated": "X_f"},
    "d": {
        "generated": "X_f",
        "encoded": "z_e",
        "reconstructed": "X_r",
        "logits_real": "d_real_logit",
        "logits_reconstructed": "d_recon_logit",
        "logits_generated": "d_fake_logit",
    },
    "g": {
        "generated": "X_f",
        "logits_real": "d_real_logit",
        "logits_generated": "d_fake_logit",
    },
}


def _losses(player, task):
    """The losses of a player's update, {amnat's name: attribute of the original's class}."""
    names = {
        "e": {"loss_enc_total": "r_cost", "loss_enc_recon": "ae_loss", "loss_enc_reg": "ae_reg"},
        "d": {
            "loss_dis_total": "d_cost",
            "loss_dis_gan": "d_cost_gan",
            "loss_dis_gp": "penalty",
        },
        "g": {"loss_gen_total": "g_cost", "loss_gen_gan": "g_cost_gan"},
    }[player]
    if player == "d" and task:
        names["loss_dis_task"] = "d_acc"
    if player == "g" and task == 2:
        # With the SS task this loss has the weight 0.
        names["loss_gen_task"] = "g_acc"
    return names


class Port(PortBase):
    """amnat's side: the model that tools/msdistgan.py builds; see `am_gan.Port`."""

    def __init__(self, configuration, dtype="float32", data=None, seed=0):
        from amnat.data.dataset import Dataset, unscale

        self.inputs = Inputs(configuration.settings)
        self.dtype, self.seed = dtype, seed
        images, labels = data or self.inputs.data()
        names = tuple(map(str, range(10)))
        name = self.inputs.entry.data
        self.dataset = Dataset(name, "train", unscale(images), np.int32(labels), 10, names)
        self.calls = self._calls()
        task = self.inputs.task
        self.logs = [name for player in PLAYERS for name in _losses(player, task)]

    def _calls(self):
        """{player: {last step of a network: names of its calls in an update, in their order}}."""
        calls = {
            "e": {"generator/sigmoid": ("reconstructed", "generated"), "encoder/linear": None},
            "d": {
                "generator/sigmoid": ("generated", "reconstructed"),
                "encoder/linear": None,
                # The last call is the penalty's.
                "discriminator/score": (
                    "logits_real",
                    "logits_reconstructed",
                    "logits_generated",
                    None,
                ),
            },
            "g": {
                "generator/sigmoid": ("generated",),
                "discriminator/score": ("logits_real", "logits_generated"),
            },
        }
        calls["e"]["encoder/linear"] = calls["d"]["encoder/linear"] = ("encoded",)
        if self.inputs.task:
            calls["d"]["discriminator/classes"] = ("class_logits",)
        if self.inputs.task == 2:
            names = ("class_logits_real", "class_logits_generated")
            calls["g"]["discriminator/classes"] = names
        return calls

    def build(self):
        """The compiled model."""
        from amnat.compat import amnat_tasks
        from amnat.methods.dist_gan.build import ModelOptions, build_model

        known = self.inputs.settings
        options = ModelOptions(
            settings=self.inputs.resolved(),
            variant="official",
            ss_task=self.inputs.task,
            num_steps=known["n_steps"],
            latent_size=known["noise_dim"],
            style=self.inputs.entry.style,
            generator_reconstructs=self.inputs.db_name in ("mnist", "mnist-1k"),
            fixes={},
            reconstruction_rate=0.0,
            regulariser_rate=0.0,
            d_steps=1,
            ema_decay=0.0,
            data_format="NHWC",
            seed=self.seed,
        )
        with amnat_tasks.precision(self.dtype):
            return build_model(options, self.dataset)

    def initial(self, name, shape):
        return self.inputs.initial(name, shape)

    def batch(self, iteration):
        """(images, labels) of an iteration, with the batches of the players interleaved."""
        batches = [self.inputs.images(f"real/{iteration}/{player}0") for player in PLAYERS]
        images = np.stack(batches, axis=1)
        images = images.reshape(-1, *images.shape[2:])
        return images, np.zeros(len(images), np.int32)

    def draws(self, iteration):
        """The draws of an iteration, {name of the draw: array}."""
        inputs = self.inputs
        draws = {f"{player}0/latent": inputs.latents(iteration, f"{player}0") for player in PLAYERS}
        # amnat's alpha is the share of the generated image.
        draws["d0/penalty/alpha"] = 1.0 - inputs.alpha(iteration, "d0")
        for name in inputs.orders():
            for step in ("d0", "g0"):
                order = inputs.order(name, iteration, step)
                # amnat sorts random numbers; these have the wanted ranks.
                draws[f"{step}/{name}"] = np.argsort(order) / len(order)
        return draws

    def sample_draws(self, model, iteration):
        from amnat.compat.amnat_tasks import noted_draws

        noted = noted_draws(model, self.seed, iteration, self.batch(1))
        found = {
            "latent": 2.0 * noted["d0/latent"] - 1.0,
            "alpha": 1.0 - noted["d0/penalty/alpha"],
        }
        for name in self.inputs.orders():
            # In the MS task the discriminator uses the mixture and the generator the rotations.
            step = "g0" if name == "rotation" and self.inputs.task == 2 else "d0"
            found[name] = np.argsort(noted[f"{step}/{name}"])[: self.inputs.batch_size]
        return found

    def fit(self, model, iterations, tick=lambda done: None):
        """Trains with Keras' fit on the data pipeline of tools/msdistgan.py."""
        from amnat.compat.amnat_tasks import fit

        fit(model, self.dataset, self.inputs.batch_size, self.seed, iterations, tick)

    def samples(self, model, count):
        from amnat.training.sampling import Sampler

        return Sampler(model, self.inputs.batch_size).many(count, int(model.iteration))
