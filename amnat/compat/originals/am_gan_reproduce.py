"""ZhimingZhou/AM-GANs-for-reproduce: compares its code/main.py with amnat's `ClassAwareGAN`.

The script runs from its first line to the call that ends it, with its own graph, loop and
initialisation.
"""

import pathlib
import sys
import types

from amnat.compat import am_gan_reproduce_names
from amnat.compat.originals import Original, PortBase, ScriptBase, Variable
from amnat.compat.originals.am_gan_reproduce_inputs import (
    CONFIGURATIONS,
    NUM_CLASSES,
    Inputs,
    arguments,
    cancelled,
    losses_of,
)

import numpy as np

TRAINS_ON_IMAGES = True
# The original's limits stop updates by the mean probability of being real of generated samples. It
# never leaves them, but a Wasserstein critic's mean value does.
_NO_LIMITS = {"fLimitedD": -1e9, "fLimitedG": 1e9}

ORIGINAL = Original(
    name="am_gan_reproduce",
    url="https://github.com/ZhimingZhou/AM-GANs-for-reproduce",
    commit="63974ec1118a3cfe83557fe37cea242c2e89eb8f",
    files={
        "code/main.py": "7a10ec8fb9f73fbb3202085098b8b692fd0f475ed26b916cfdab38092991d719",
        "code/model.py": "2d8f9fb39953d99afc46e21e584e3a1b16d5ad15648ea08adfbdf8c68b2f01d1",
        "code/ops_wn.py": "94a9a0df71ea80e3fbce82892458fc7294555d8021053ce5ccaf2aec2bc868ee",
        "code/utils.py": "9385ae6d151a1165c709d5c8744bd4263251b423b6e6da8686d05a3bf437dbab",
        "code/data_provider/__init__.py": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
        "7852b855",
        "code/data_provider/data_provider.py": "04d645e164f123705cdad4ed4c1622d80414f4c5a429333bb"
        "de78e846e13959e",
    },
    own_modules=("data_provider", "model", "ops_wn", "print_hook", "score", "utils"),
    configurations=CONFIGURATIONS,
    small={"iBatchSize": 8, "iDimsZ": 8, "iFilterDimG": 4, "iFilterDimD": 4},
    full={"iBatchSize": 8},
    speed_configuration="am_gan",
    speed_settings={},
    speed_iterations=5,
    train_settings=lambda iterations, dataset: {
        "sDataSet": "mnist" if dataset.sample_shape[-1] == 1 else "cifar10",
        "iBatchRun": iterations,
        "iFilterDimG": 16,
        "iFilterDimD": 16,
    },
    train_iterations=200,
    initial_draws=4,
    cancelled=lambda configuration: cancelled(configuration.settings),
    notes=(
        "data: the script gets arrays instead of its downloads",
        "its scores (score.py, msssim.py) are not loaded, and its sheets and plots are not drawn",
        "nothing of what it prints is copied to log.txt",
        "in float64, the slope 0.2 of its leaky ReLU is rounded to float32, as in amnat",
        "dropout is TensorFlow 1.2's, x / keep * floor(keep + uniform): today's asks another way",
        "for WGAN-GP both sides run without limits of updates (fLimitedD, fLimitedG)",
    ),
    drawn=lambda name: not name.endswith(("/g", "/b")),
)


class Script(ScriptBase):
    """The original side; for the arguments see `amnat.compat.originals.am_gan.Script`."""

    def __init__(self, shim, folder, configuration, result_dir, data=None, seed=0):
        self.shim, self.folder = shim, pathlib.Path(folder)
        self.settings, self.switches = configuration.settings, configuration.switches
        self.inputs = Inputs(self.settings)
        self.result_dir = result_dir
        self.data = data or self.inputs.data()
        self.seed = seed
        self.model = None
        # (class logits, real logit, fake logit) of the discriminator's calls.
        self.calls = []
        self.names = {}

    def execute(self, tensorflow):
        """Runs the script until an exception ends it."""
        code = self.folder / "code"
        sys.path.insert(0, str(code))
        np.random.seed(self.seed)
        tensorflow.set_random_seed(self.seed)
        self._prepare_modules(tensorflow)
        path = code / "main.py"
        settings = dict(self.settings)
        if not self.switches.get("limits", True):
            settings |= _NO_LIMITS
        settings |= {"sResultDir": f"{self.result_dir}/", "sSourceDir": f"{code}/"}
        # Smaller sheets, of which every tenth iteration would draw up to a thousand images.
        settings |= {"iSaveCount": 20}
        sys.argv = [str(path), *arguments(settings)]
        tensorflow.app.run = self._run(tensorflow)
        self.names |= {"__file__": str(path), "__name__": "__main__"}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), self.names)

    def _run(self, tensorflow):
        def run():
            tensorflow.app.flags.FLAGS(sys.argv)
            self.names["main"](sys.argv)

        return run

    def _prepare_modules(self, tensorflow):
        if self.shim.dtype == "float64":
            from amnat.compat.tf1_shim import float64_by_default

            for name in ("ones", "zeros", "one_hot"):
                setattr(tensorflow, name, float64_by_default(getattr(tensorflow, name)))
        # print_hook.py has Python 2's print statement.
        for name, member, method in (
            ("score", "MSSSIM", "set_ref_images"),
            ("print_hook", "PrintHook", "Start"),
        ):
            sys.modules[name] = types.ModuleType(name)
            instance = types.SimpleNamespace(**{method: lambda *args: None})
            setattr(sys.modules[name], member, lambda instance=instance: instance)
        import model
        import ops_wn
        import utils
        from data_provider.data_provider import DataProvider

        if self.shim.dtype == "float64":
            slope = float(np.float32(0.2))
            model.lrelu = lambda x: ops_wn.lrelu(x, slope)
        # `tf.Tensor` under the name that it had.
        ops_wn.ops = types.SimpleNamespace(Tensor=tensorflow.Tensor)
        for module in (model, utils):
            module.save_images = lambda *sheet: None
        names = ("figure", "ylim", "plot", "legend", "savefig", "close")
        model.plt = types.SimpleNamespace(**dict.fromkeys(names, lambda *args, **kwargs: None))
        # The script initialises one variable after the other. A new operation for each would copy
        # the graph into the session each time.
        tensorflow.variables_initializer = lambda variables: [v.initializer for v in variables]
        arrays = [np.array(array) for array in self.data]
        for name in ("load_cifar10", "load_mnist"):
            setattr(DataProvider, name, lambda *_, **__: (*arrays, *map(np.copy, arrays)))
        self._note_model(model.DCGAN)

    def _note_model(self, model_class):
        build, discriminate = model_class.build_model, model_class.discriminator

        def build_model(model, cfg):
            self.model = model
            return build(model, cfg)

        def discriminator(model, *args, **kwargs):
            self.calls.append(discriminate(model, *args, **kwargs))
            return self.calls[-1]

        model_class.build_model, model_class.discriminator = build_model, discriminator

    def player(self, fetches):
        """'d' or 'g' for a call that updates a player, None for other calls."""
        if isinstance(fetches, list) and self.model:
            for player in ("d", "g"):
                if fetches[0] is getattr(self.model, f"{player}_optim", None):
                    return player
        return None

    @staticmethod
    def _name(variable):
        return am_gan_reproduce_names.our_name(variable.op.name)

    def variables(self):
        """The variables of both players, {amnat's name: Variable}, in the order of creation."""
        return {
            self._name(variable): Variable(variable, np.asarray, np.asarray)
            for variable in [*self.model.g_vars, *self.model.d_vars]
        }

    def initial(self, name, value):
        return self.inputs.initial(name, np.shape(value))

    def assigned(self, tensor):
        # An initial value that depends on other variables is assigned in another form.
        return tensor.initializer.inputs[1]

    def initialize(self, run, variables):
        """As the script does: one variable after the other, gains and biases from a batch."""
        feeds = {self.model.z: self._noise_batch(), self.model.fInputNoise: 0.1}
        for variable in variables.values():
            run(variable.tensor.initializer, feeds)

    def start(self, run):
        """With the switch, gains and biases from the replayed batch."""
        if not self.switches.get("data_dependent_init"):
            return
        values = self.inputs.draws_of_call("initialize/fake")
        feeds = {self.model.z: self._latents("initialize"), self.model.fInputNoise: 0.1}
        for name, tensor in self._call_tensors(0).items():
            feeds[tensor] = np.reshape(values[name], tensor.shape.as_list())
        for name, variable in self.variables().items():
            if name.endswith(("/g", "/b")):
                run(variable.tensor.initializer, feeds)

    def _noise_batch(self):
        return self.model.data.get_noise_batch(self.model.cfg)

    def _latents(self, prefix):
        values = self.inputs.latents(prefix)
        if "label" not in values:
            return values["latent"]
        classes = np.eye(self.inputs.num_classes)[values["label"]]
        return np.concatenate([values["latent"], classes], axis=1)

    def _call_tensors(self, number):
        """{name: tensor} of the draws in one call of the discriminator, counted from 0."""
        names = list(self.inputs.call_draws())
        # The generator comes first. Before the penalty's call, the third one, come the target
        # probabilities and the draw of its points.
        between = (len(self.inputs.confidences) + 1) * (number == 2)
        first = len(self.inputs.noise_maps) + number * len(names) + between
        return dict(zip(names, self.shim.draws[first : first + len(names)], strict=True))

    def draws(self, step):
        """The graph's draws of one update, {name: tensor}."""
        calls = {"fake": 0}
        if step.startswith("d"):
            calls |= {"real": 1} | ({"penalty": 2} if self.inputs.has_penalty else {})
        found = {
            f"{call}/{name}": tensor
            for call, number in calls.items()
            for name, tensor in self._call_tensors(number).items()
        }
        rest = self.shim.draws[len(self.inputs.noise_maps) + 2 * len(self.inputs.call_draws()) :]
        confidences = self.inputs.confidences
        # The generator's update aims at the first one.
        for kind, tensor in zip(confidences, rest, strict=False):
            if step.startswith("d") or kind == "real":
                found[f"confidence_{kind}"] = tensor
        if "penalty" in calls:
            found["penalty/alpha"] = rest[len(confidences)]
        maps = self.shim.draws[: len(self.inputs.noise_maps)]
        return found | {f"generator/hz{i}": tensor for i, tensor in enumerate(maps)}

    def feeds(self, iteration, step):
        """The replayed inputs of one update, {tensor: array}."""
        values = self.inputs.draws(iteration, step)
        feeds = {}
        for name, tensor in self.draws(step).items():
            value = np.reshape(values[name], tensor.shape.as_list())
            # The original draws its noise maps in [-1, 1).
            feeds[tensor] = 2.0 * value - 1.0 if name.startswith("generator/hz") else value
        feeds[self.model.z] = self._latents(f"{iteration}/{step}")
        if step.startswith("d"):
            images, labels = self.inputs.batch(iteration, step)
            feeds |= {self.model.images_lab: images, self.model.lab_image_labels: labels}
        return feeds

    def sample_draws(self, run):
        """The graph's own draws for one discriminator update, {name: array}."""
        found = run(self.draws("d0"), {self.model.fInputNoise: 0.1})
        latents = self._noise_batch()
        found["latent"] = latents[:, : self.inputs.settings["iDimsZ"]]
        if self.inputs.settings["bPredefined"]:
            found["label"] = np.argmax(latents[:, self.inputs.settings["iDimsZ"] :], axis=1)
        for name, value in found.items():
            if name.endswith("alpha") or name.startswith("confidence_"):
                found[name] = np.ravel(value)
            if name.startswith("generator/hz"):
                found[name] = (value + 1.0) / 2.0
        return found

    def gradients(self, step):
        pairs = self.model.d_gv if step.startswith("d") else self.model.g_gv
        return {self._name(variable): gradient for gradient, variable in pairs}

    def outputs(self, step):
        """The intermediate results of an update; logits are three tensors."""
        names = {"generated": self.model.images_gen, "logits_fake": self.calls[0]}
        return names | ({"logits_real": self.calls[1]} if step.startswith("d") else {})

    def step_losses(self, step):
        return {
            ours: getattr(self.model, name)
            for ours, name in losses_of(self.inputs.settings, step).items()
        }

    def to_ours(self, key, value):
        """Converts an output or loss to amnat's shape."""
        if "/logits_" in key:
            return np.concatenate(value, axis=1)
        if key.endswith("_rmax"):
            return np.mean(np.max(value, axis=1))
        if "/logit_" in key:
            return np.mean(value)
        # Without labels the original's losses are vectors of one entry.
        return np.reshape(value, ()) if key.startswith("losses/") else np.asarray(value)

    def save(self):
        """Writes a checkpoint as the script does.

        Returns: {'fixed_latents', 'fixed_samples'} of the script's sample sheets.
        """
        model = self.model
        model.save(model.cfg, step=int(model.sess.run(model.g_global_step)))
        latents = model.sample_z[: self.inputs.batch_size]
        samples = model.sess.run(model.images_gen, {model.z: latents})
        return {"fixed_latents": np.float32(latents), "fixed_samples": samples}

    def samples(self, run, count):
        """Samples, float [count, H, W, C], in batches of the training size."""
        model, size = self.model, self.inputs.batch_size
        parts = [
            run(model.images_gen, {model.z: self._noise_batch()}) for _ in range(-(-count // size))
        ]
        return np.concatenate(parts)[:count]


class Port(PortBase):
    """amnat's side: the model that tools/am_gan_reproduce.py builds from the same command line.

    For the arguments see `amnat.compat.originals.am_gan.Port`.
    """

    def __init__(self, configuration, dtype="float32", data=None, seed=0):
        from amnat.data.dataset import Dataset, unscale

        self.inputs = Inputs(configuration.settings)
        self.settings, self.switches = configuration.settings, configuration.switches
        self.dtype, self.seed = dtype, seed
        self.has_branches = self.inputs.warm_up[0] > 0
        images, labels = data or self.inputs.data()
        names = tuple(map(str, range(NUM_CLASSES)))
        known = self.inputs.settings["sDataSet"]
        self.dataset = Dataset(
            known, "train", unscale(images), np.int32(labels), NUM_CLASSES, names
        )
        logits = {"d": ["logits_real", "logits_fake"], "g": ["logits_fake"]}
        if self.inputs.has_penalty:
            logits["d"].append(None)
        self.calls = {
            player: {"generator/tanh": ("generated",), "discriminator/linear": tuple(names)}
            for player, names in logits.items()
        }
        self.logs = [
            name for step in ("d0", "g0") for name in losses_of(self.inputs.settings, step)
        ]

    def build(self):
        """The compiled model."""
        from amnat.compat import amnat_tasks
        from amnat.methods.am_gan_paper import build

        limits = {} if self.switches.get("limits", True) else _NO_LIMITS
        words = [*arguments(self.settings | limits), f"--seed={self.seed}"]
        amnat_tasks.am_gan_paper_flags(words)
        with amnat_tasks.precision(self.dtype):
            return build.build_model(self.dataset)

    def initial(self, name, shape):
        return self.inputs.initial(name, shape)

    def start(self, model):
        """With the switch, the data-dependent initialisation with replayed draws."""
        if not self.switches.get("data_dependent_init"):
            return
        from unittest import mock

        from amnat.methods.am_gan_paper import model as paper_model
        from amnat.rng import RecordedRNG

        call = self.inputs.draws_of_call("initialize/fake")
        draws = self._latents("initialize") | {f"fake/{name}": v for name, v in call.items()}
        with mock.patch.object(paper_model, "RNG", lambda *_: RecordedRNG(draws)):
            model.initialize_from_data(self.inputs.batch_size)

    def _latents(self, prefix):
        found = self.inputs.latents(prefix)
        if "label" in found:
            # In the middle of the label's share of [0, 1).
            found["label"] = (found["label"] + 0.5) / self.inputs.num_classes
        return found

    def batch(self, iteration):
        """(images, labels) of an iteration, with the batches of its updates interleaved."""
        batches = [self.inputs.batch(iteration, f"d{i}") for i in range(self.inputs.d_steps)]
        images, labels = (np.stack(parts, axis=1) for parts in zip(*batches, strict=True))
        return images.reshape(-1, *images.shape[2:]), labels.reshape(-1)

    def draws(self, iteration):
        """The draws of an iteration, {name of the draw: array}."""
        steps = [f"d{i}" for i in range(self.inputs.d_steps_of(iteration))] + ["g0"]
        found = {}
        for step in steps:
            values = self.inputs.draws(iteration, step) | self._latents(f"{iteration}/{step}")
            found |= {f"{step}/{name}": value for name, value in values.items()}
        return found

    def sample_draws(self, model, iteration):
        from amnat.compat.amnat_tasks import noted_draws

        noted = noted_draws(model, self.seed, iteration, self.batch(1))
        found = {name.removeprefix("d0/"): v for name, v in noted.items() if name[:3] == "d0/"}
        if "label" in found:
            found["label"] = np.floor(found["label"] * self.inputs.num_classes)
        return found

    def fit(self, model, iterations, tick=lambda done: None):
        """Trains with Keras' fit on the data pipeline of tools/am_gan_reproduce.py."""
        from amnat.compat.amnat_tasks import fit

        model.initialize_from_data(self.inputs.batch_size)
        fit(model, self.dataset, self.inputs.batch_size, self.seed, iterations, tick)

    def samples(self, model, count):
        from amnat.training.sampling import Sampler

        return Sampler(model, self.inputs.batch_size).many(count, int(model.iteration))
