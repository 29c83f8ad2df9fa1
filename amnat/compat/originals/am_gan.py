"""ZhimingZhou/AM-GAN2: compares its code/AM-GAN.py with amnat's `AMGAN` and `GAN`.

The script runs from its first line to the call that ends it, with its own graph, loop and logger.
"""

import sys
import types

from amnat.compat import replay
from amnat.compat.originals import Configuration, Original, PortBase, ScriptBase, Variable

import numpy as np

NUM_CLASSES = 10
TRAINS_ON_IMAGES = True
_DATA = {"cifar10": 3, "mnist": 1, "toy": 2}
# The transposed convolutions with a stride, whose gain starts at the stride.
_STRIDED = ("deconv4_8", "deconv8_16", "deconv16_32")
_SHORT = {"iMaxIter": 40}
_MLP = {"sDataSet": "toy"}

ORIGINAL = Original(
    name="am_gan",
    url="https://github.com/ZhimingZhou/AM-GAN2",
    commit="da08343e246c65a148e98662e3fca8c016594ba1",
    files={
        "code/AM-GAN.py": "c2e901e5398352e2c3f898b45706bcd0c331247e2d1f50dae3098af8bb841576",
        "common/GPUtil.py": "8fa6651945ec57c1f1f928ed1fe75efdb0a2f52f5ea25464fb2827c17d4ca987",
        "common/data_loader.py": "f55d220a6e6e9f56185d99cd3f427200b3df1f6e5107a32d93d6d696f05e9fe2",
        "common/logger.py": "9e57ce42290fd8535f769d90603708957ee13493f7403877408441e80e6c44f4",
        "common/ops.py": "70749a4922a0ba2473bec04a82f4c436827dfce0fb9a2bc7a732049dc7bf180d",
        "common/score.py": "6364ed0147282a3cebc22d60aa87dac41b50d42c884f3843e71ec591fc72e22e",
        "common/utils.py": "a5f9145214c89560181523e7afacc1e5efaaf6d911408977fdcd885afc2bd83d",
    },
    own_modules=("common",),
    configurations={
        "am_gan": Configuration("AM-GAN, adam, linear decay", {}),
        "gan": Configuration("bAMGAN off: non-saturating GAN", {"bAMGAN": False}),
        "sgd": Configuration("sgd", {"oOpt": "sgd", "fLrIni": 0.05}),
        "momentum": Configuration("mom (Nesterov)", {"oOpt": "mom", "fLrIni": 0.05}),
        "exp": Configuration("exp decay", {"oDecay": "exp"}),
        "one_channel": Configuration("1 channel", {"sDataSet": "mnist"}),
        "two_d_steps": Configuration("iTrainD 2", {"iTrainD": 2}),
        "no_weight_norm": Configuration("weight norm off", {}, {"weight_norm": False}),
        "mlp": Configuration("toy networks (MLP)", _MLP),
        "mlp_gan": Configuration("toy networks, bAMGAN off", _MLP | {"bAMGAN": False}),
    },
    small=_SHORT | {"iBatchSize": 8, "iDimsZ": 8, "iFilterDimsG": 4, "iFilterDimsD": 4},
    full=_SHORT | {"iBatchSize": 8},
    speed_configuration="am_gan",
    speed_settings={},
    speed_iterations=5,
    train_settings=lambda iterations, dataset: {
        "sDataSet": "mnist" if dataset.sample_shape[-1] == 1 else "cifar10",
        "iMaxIter": iterations,
        "iFilterDimsG": 16,
        "iFilterDimsD": 16,
    },
    train_iterations=200,
    initial_draws=4,
    cancelled=lambda configuration: _cancelled(configuration.settings),
    notes=(
        "data: the script gets arrays instead of its downloads",
        "the pretrained networks of its hourly scores are not loaded",
    ),
)


def _is_image(settings):
    return settings.get("sDataSet", "cifar10") != "toy"


def _cancelled(settings):
    if _is_image(settings):
        before = {"generator": _STRIDED, "discriminator": ("conv32_16", "conv16_8", "conv8_4")}
    else:
        before = {
            "generator": [f"linear{i}" for i in range(5)],
            "discriminator": [f"linear{i}" for i in range(1, 5)],
        }
    return [f"{network}/{layer}/b" for network, layers in before.items() for layer in layers]


def arguments(settings):
    """The command line for both sides."""
    return [f"--{name}={value}" for name, value in settings.items()]


class Inputs:
    """The inputs of both sides.

    Args:
      settings: {flag: value} of all flags that differ from the script's defaults.
    """

    def __init__(self, settings):
        defaults = {"iBatchSize": 100, "iDimsZ": 100, "iFilterDimsD": 64, "iTrainD": 1}
        self.settings = {"sDataSet": "cifar10"} | defaults | settings
        self.is_image = _is_image(self.settings)
        self.channels = _DATA[self.settings["sDataSet"]]
        self.batch_size = self.settings["iBatchSize"]
        self.d_steps = self.settings["iTrainD"]

    def initial(self, name, shape):
        gain = 2.0 if name.split("/")[-2] in _STRIDED and name.endswith("/g") else 1.0
        return replay.away_from_initial(name, shape, 0.01, gain)

    def batch(self, iteration, step):
        """(samples NHWC or [N, 2], labels) for an update of the discriminator."""
        name = f"real/{iteration}/{step}"
        labels = replay.labels(f"{name}/labels", self.batch_size, NUM_CLASSES)
        if not self.is_image:
            return replay.circle_points(name, self.batch_size), labels
        return replay.images(name, (self.batch_size, 32, 32, self.channels)), labels

    def call_draws(self):
        """{name: shape} of the draws in one call of the discriminator, in the graph's order."""
        if not self.is_image:
            return {}
        size, width = self.batch_size, self.settings["iFilterDimsD"]
        image = (size, 32, 32, self.channels)
        hidden = {
            f"dropout{side}": (size, side, side, width * 32 // side) for side in (32, 16, 8, 4)
        }
        noise = {"noise_add": image, "noise_multiply": image}
        return noise | hidden | {"dropout_flat": (size, 8 * width)}

    def draws(self, iteration, step):
        """{name: array} for one update: latent, real/... (discriminator only), fake/..."""
        prefix = f"{iteration}/{step}"
        latent = replay.normal(f"{prefix}/latent", (self.batch_size, self.settings["iDimsZ"]))
        draws = {"latent": latent}
        for call in ("real", "fake") if step.startswith("d") else ("fake",):
            for name, shape in self.call_draws().items():
                draws[f"{call}/{name}"] = self._draw(f"{prefix}/{call}/{name}", shape)
        return draws

    @staticmethod
    def _draw(name, shape):
        if "noise" not in name:
            return replay.uniform(name, shape)
        return replay.truncated_normal(name, shape, float(name.endswith("multiply")), 0.1)


def _channels_first(value):
    return np.transpose(value, [0, 3, 1, 2]) if np.ndim(value) == 4 else value


class Script(ScriptBase):
    """The original side.

    Args:
      shim: `tf1_shim.Shim` that is installed.
      folder: the checkout.
      configuration: `Configuration` with the settings of the size merged in.
      result_dir: folder that the script may write to.
      data: (samples as in `Inputs.batch`, labels) to train on; None for one batch.
      seed: the seed of the script's draws.
    """

    def __init__(self, shim, folder, configuration, result_dir, data=None, seed=0):
        self.shim, self.folder = shim, folder
        self.settings, self.switches = configuration.settings, configuration.switches
        self.inputs = Inputs(self.settings)
        self.result_dir = result_dir
        self.data = data or self.inputs.batch(0, "d0")
        self.seed = seed
        self.names = {}

    def execute(self, tensorflow):
        """Runs the script until an exception ends it."""
        sys.path.insert(0, str(self.folder))
        np.random.seed(self.seed)
        tensorflow.set_random_seed(self.seed)
        self._prepare_modules()
        path = self.folder / "code" / "AM-GAN.py"
        extra = {"sResultDir": f"{self.result_dir}/"}
        sys.argv = [str(path), *arguments(self.settings | extra)]
        self.names |= {"__file__": str(path), "__name__": "__main__"}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), self.names)

    def _prepare_modules(self):
        from common import data_loader, ops, score

        samples = _channels_first(np.array(self.data[0]))
        arrays = samples, np.array(self.data[1])
        for name in ("load_cifar10", "load_mnist", "load_toy_data"):
            setattr(data_loader, name, lambda **_: (*arrays, *arrays))
        score.PreTrainedInception = score.PreTrainedDenseNet = types.SimpleNamespace
        if not self.switches.get("weight_norm", True):
            # The script has no flag for it, but its ops module has this function.
            ops.set_enable_wn(False)

    def player(self, fetches):
        """'d' or 'g' for a call that updates a player, None for other calls."""
        if isinstance(fetches, list):
            for player, name in (("d", "dis_optimize_ops"), ("g", "gen_optimize_ops")):
                if any(fetch is self.names.get(name) for fetch in fetches):
                    return player
        return None

    def _pairs(self, step):
        """The pairs (gradient, variable) of a player."""
        player = "dis" if step.startswith("d") else "gen"
        return self.names[f"{player}_gradient_values"]

    def variables(self):
        """The variables of both players, {amnat's name: Variable}."""
        return {
            variable.op.name: Variable(
                variable,
                lambda value, name=variable.op.name: self._to_shape(name, value),
                lambda value, like=variable: np.reshape(value, like.shape.as_list()),
            )
            for step in ("d0", "g0")
            for _, variable in self._pairs(step)
        }

    @staticmethod
    def _to_shape(name, value):
        # Gains, offsets and scales have additional axes of length one for broadcasting.
        return value if name.endswith(("/w", "/b")) else np.reshape(value, -1)

    def initial(self, name, value):
        return self.inputs.initial(name, np.shape(value))

    def gradients(self, step):
        return {variable.op.name: gradient for gradient, variable in self._pairs(step)}

    def outputs(self, step):
        """The intermediate results of an update."""
        names = {"generated": "fake_datas", "logits_fake": "fake_logits"}
        if step.startswith("d"):
            names |= {
                "logits_real": "real_logits",
                "loss_real": "dis_real_loss",
                "loss_fake": "dis_fake_loss",
            }
        return {ours: self.names[theirs] for ours, theirs in names.items()}

    def losses(self, iteration):
        """The values in the script's own logger, which moves them from one record to another."""
        logger = self.names["logger"]
        found = {}
        for record in (logger.since_beginning, logger.since_last_flush):
            found |= {name: v[iteration] for name, v in record.items() if iteration in v}
        del found["time"]
        return found

    def draws(self, step):
        """The draws of one update, [(name, tensor)]."""
        calls = [f"{call}/{name}" for call in ("real", "fake") for name in self.inputs.call_draws()]
        named = list(zip(["latent", *calls], self.shim.draws, strict=True))
        return [pair for pair in named if step.startswith("d") or not pair[0].startswith("real")]

    def feeds(self, iteration, step):
        """The replayed inputs of one update, {tensor: array}."""
        values = self.inputs.draws(iteration, step)
        feeds = {tensor: _channels_first(values[name]) for name, tensor in self.draws(step)}
        if step.startswith("d"):
            samples, labels = self.inputs.batch(iteration, step)
            feeds[self.names["real_datas"]] = _channels_first(samples)
            feeds[self.names["real_labels"]] = labels
        return feeds

    def sample_draws(self, run):
        """The graph's own draws for one discriminator update, {name: array}."""
        real = {self.names["real_datas"]: _channels_first(self.inputs.batch(1, "d0")[0])}
        draws = run(dict(self.draws("d0")), real)
        return {name: self.to_ours(name, value) for name, value in draws.items()}

    def to_ours(self, key, value):
        """Converts an output, draw or gradient to amnat's shape."""
        if key.startswith("gradients/"):
            return self._to_shape(key, value)
        return np.transpose(value, [0, 2, 3, 1]) if np.ndim(value) == 4 else np.asarray(value)

    def samples(self, run, count):
        """Samples from the script's own function, float [count, ...], in its training batches."""
        del run
        return self.to_ours("samples", self.names["gen_n_images"](count))

    def save(self):
        """Writes a checkpoint and the log as the script does.

        Returns: {'fixed_latents', 'fixed_samples'} of the script's sample sheets.
        """
        names = self.names
        names["save_model"](
            names["saver"], names["sess"], names["sCheckpointDir"], step=names["iter"]
        )
        names["logger"].flush()
        tensors = {"fixed_latents": names["fixed_noise"], "fixed_samples": names["fixed_noise_gen"]}
        found = names["sess"].run(tensors)
        return {name: self.to_ours(name, value) for name, value in found.items()}


class Port(PortBase):
    """amnat's side: the model that tools/am_gan.py builds from the same command line.

    Args:
      configuration: `Configuration` with the settings of the size merged in.
      dtype: 'float32' or 'float64'.
      data: see `Script`.
      seed: the seed of weights and draws.
    """

    def __init__(self, configuration, dtype="float32", data=None, seed=0):
        self.inputs = Inputs(configuration.settings)
        self.calls = self._calls()
        self.switches = configuration.switches
        self.settings = configuration.settings
        self.dtype, self.seed = dtype, seed
        self.dataset = self._dataset(data or self.inputs.batch(0, "d0"))

    def _calls(self):
        """{player: {last step of a network: names of its calls in an update, in their order}}."""
        last = "tanh" if self.inputs.is_image else "linear"
        logits = {"d": ("logits_real", "logits_fake"), "g": ("logits_fake",)}
        return {
            player: {f"generator/{last}": ("generated",), "discriminator/linear": names}
            for player, names in logits.items()
        }

    def _dataset(self, data):
        from amnat.data.dataset import Dataset, unscale

        samples = unscale(data[0]) if self.inputs.is_image else np.float32(data[0])
        names = tuple(map(str, range(NUM_CLASSES)))
        name = self.inputs.settings["sDataSet"]
        return Dataset(name, "train", samples, np.int32(data[1]), NUM_CLASSES, names)

    def build(self):
        """The compiled model."""
        from amnat.compat import amnat_tasks
        from amnat.methods.am_gan import build as am_gan_networks
        from amnat.methods.am_gan.model import AMGAN
        from amnat.models import GAN

        words = arguments(self.settings)
        words += [f"--bUseWN={self.switches.get('weight_norm', True)}", f"--seed={self.seed}"]
        flags = amnat_tasks.am_gan_flags(words)
        method, num_logits = (AMGAN, NUM_CLASSES + 1) if flags.bAMGAN else (GAN, 1)
        with amnat_tasks.precision(self.dtype):
            return am_gan_networks.build_model(method, num_logits, self.dataset)

    def initial(self, name, shape):
        return self.inputs.initial(name, shape)

    def batch(self, iteration):
        """(samples, labels) of an iteration, with the batches of its updates interleaved."""
        batches = [self.inputs.batch(iteration, f"d{i}") for i in range(self.inputs.d_steps)]
        samples, labels = (np.stack(parts, axis=1) for parts in zip(*batches, strict=True))
        return samples.reshape(-1, *samples.shape[2:]), labels.reshape(-1)

    def draws(self, iteration):
        """The draws of an iteration, {name of the draw: array}."""
        steps = [f"d{i}" for i in range(self.inputs.d_steps)] + ["g0"]
        return {
            f"{step}/{name}": value
            for step in steps
            for name, value in self.inputs.draws(iteration, step).items()
        }

    def sample_draws(self, model, iteration):
        from amnat.compat.amnat_tasks import noted_draws

        draws = noted_draws(model, self.seed, iteration, self.batch(1))
        return {name.removeprefix("d0/"): v for name, v in draws.items() if name.startswith("d0/")}

    def fit(self, model, iterations, tick=lambda done: None):
        """Trains with Keras' fit on the data pipeline of tools/am_gan.py."""
        from amnat.compat.amnat_tasks import fit

        fit(model, self.dataset, self.inputs.batch_size, self.seed, iterations, tick)

    def samples(self, model, count):
        from amnat.training.sampling import Sampler

        return Sampler(model, self.inputs.batch_size).many(count, int(model.iteration))
