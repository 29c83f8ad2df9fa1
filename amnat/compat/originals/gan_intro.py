"""AYLIEN/gan-intro: compares its gan.py with amnat's `GANIntro`."""

import sys
import types

from amnat.compat import replay
from amnat.compat.originals import Configuration, Original, PortBase, ScriptBase, Variable

import numpy as np

TRAINS_ON_IMAGES = False
_SIZES = {"hidden_size": 4, "batch_size": 8}
_NETWORKS = {"D": "discriminator", "G": "generator"}

ORIGINAL = Original(
    name="gan_intro",
    url="https://github.com/AYLIEN/gan-intro",
    commit="441295e9266e5ed07c3de1252bf1a32e33a168b6",
    files={"gan.py": "f467ee21603a5899c029ece3deadf0129aa6f8b0ad98fca4b68a6280e086da59"},
    own_modules=(),
    configurations={
        "gan": Configuration("without minibatch features", {"minibatch": False}),
        "minibatch": Configuration("with minibatch features", {"minibatch": True}),
    },
    small=_SIZES,
    full=_SIZES,
    speed_configuration="minibatch",
    speed_settings=_SIZES,
    speed_iterations=2000,
    train_settings=lambda iterations, dataset: _SIZES,
    train_iterations=2000,
    initial_draws=16,
    cancelled=lambda configuration: (
        ["discriminator/minibatch/b"] if configuration.settings["minibatch"] else []
    ),
    notes=("the parameters of its command line are passed as an object",),
)


class Inputs:
    """The inputs of both sides."""

    def __init__(self, settings):
        self.settings = settings
        self.batch_size = settings["batch_size"]

    def initial(self, name, shape):
        return replay.away_from_initial(name, shape, 0.25 if "minibatch" in name else 1.0)

    def points(self, iteration):
        """Ascending points of the data distribution, float64 [batch, 1]."""
        draw = replay.normal(f"real/{iteration}", (self.batch_size, 1))
        return np.sort(4.0 + 0.5 * draw, axis=0)

    def jitter(self, iteration, step):
        """The random part of the latents, float64 [batch, 1] in [0, 1)."""
        return replay.uniform(f"{iteration}/{step}/latent", (self.batch_size, 1))

    def latents(self, iteration, step):
        even = np.linspace(-8.0, 8.0, self.batch_size)[:, None]
        return even + 0.01 * self.jitter(iteration, step)


class Script(ScriptBase):
    """The original side; for the arguments see `amnat.compat.originals.am_gan.Script`."""

    def __init__(self, shim, folder, configuration, result_dir, data=None, seed=None):
        del result_dir, data
        self.shim, self.folder = shim, folder
        self.inputs = Inputs(configuration.settings)
        self.seed = seed
        self.names, self.model = {"__name__": "gan"}, None
        self._losses = {}

    def execute(self, tensorflow):
        """Does what the script's main() does, up to the call that ends the loop."""
        path = self.folder / "gan.py"
        sys.argv = [str(path)]
        names = self.names
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
        if self.seed is not None:
            # This replaces the seed that the module sets when it is loaded.
            np.random.seed(self.seed)
            tensorflow.set_random_seed(self.seed)
        unending = {"num_steps": sys.maxsize, "log_every": 10, "anim_path": None}
        params = types.SimpleNamespace(**unending, **self.inputs.settings)
        self.model = names["GAN"](params)
        names["train"](
            self.model, names["DataDistribution"](), names["GeneratorDistribution"](range=8), params
        )

    @staticmethod
    def _name(variable):
        network, _, rest = variable.op.name.partition("/")
        return f"{_NETWORKS[network]}/{rest}"

    def player(self, fetches):
        if isinstance(fetches, list):
            for player, update in (("d", self.model.opt_d), ("g", self.model.opt_g)):
                if any(fetch is update for fetch in fetches):
                    return player
        return None

    def variables(self):
        return {
            self._name(variable): Variable(variable, np.asarray, np.asarray)
            for variable in [*self.model.d_params, *self.model.g_params]
        }

    def initial(self, name, value):
        return self.inputs.initial(name, np.shape(value))

    def gradients(self, step):
        pairs = self.shim.gradients["dg".index(step[0])]
        return {self._name(variable): gradient for gradient, variable in pairs}

    def outputs(self, step):
        model = self.model
        outputs = {"generated": model.G, "probability_fake": model.D2}
        return outputs | ({"probability_real": model.D1} if step.startswith("d") else {})

    def returned(self, step, result):
        """Keeps the loss, which is the first result of an update."""
        self._losses["loss_dis_total" if step.startswith("d") else "loss_gen_total"] = result[0]

    def losses(self, iteration):
        del iteration
        return self._losses

    def feeds(self, iteration, step):
        feeds = {self.model.z: self.inputs.latents(iteration, step)}
        if step.startswith("d"):
            feeds[self.model.x] = self.inputs.points(iteration)
        return feeds

    def sample_draws(self, run):
        """One batch from each of the script's own two distributions, {name: array}."""
        del run
        size = self.inputs.batch_size
        latent = self.names["GeneratorDistribution"](range=8).sample(size)
        return {"latent": latent, "points": self.names["DataDistribution"]().sample(size)}

    def to_ours(self, key, value):
        del key
        return np.asarray(value)

    def samples(self, run, count):
        """Samples from evenly spaced latents, float [count, 1], as in the script's own figures."""
        size = self.inputs.batch_size
        latents = np.linspace(-8.0, 8.0, count)[: count // size * size].reshape(-1, size, 1)
        return np.concatenate([run(self.model.G, {self.model.z: z}) for z in latents])


class Port(PortBase):
    """amnat's side: the model that tools/gan_intro.py builds.

    Args:
      compiled: whether XLA compiles the loop.
      others: see `am_gan.Port`.
    """

    calls = {
        "d": {
            "generator/g1": ("generated",),
            "discriminator/d3": ("probability_real", "probability_fake"),
        },
        "g": {"generator/g1": ("generated",), "discriminator/d3": ("probability_fake",)},
    }
    logs = ("loss_dis_total", "loss_gen_total")

    def __init__(self, configuration, dtype="float32", data=None, seed=0, compiled=False):
        del data
        self.inputs = Inputs(configuration.settings)
        self.dtype, self.seed = dtype, seed
        self.compiled = compiled

    def build(self):
        from amnat.methods.toys.gan_intro import GANIntro
        from amnat.methods.toys.gan_intro_networks import GANIntroDiscriminator, GANIntroGenerator
        from amnat.methods.toys.sources import NormalPoints, StratifiedLatent
        from amnat.training.optimizers import make_optimizer

        settings = self.inputs.settings
        size = {"hidden_size": settings["hidden_size"], "seed": self.seed, "dtype": self.dtype}
        model = GANIntro(
            GANIntroGenerator(**size).build_variables((1,)),
            GANIntroDiscriminator(minibatch=settings["minibatch"], **size).build_variables((1,)),
            StratifiedLatent(),
            NormalPoints(4.0, 0.5),
            settings["batch_size"],
            compiled=self.compiled,
            seed=self.seed,
        )
        model.compile(*(make_optimizer("adam", 0.001, 0.9, 0.999, 1e-8) for _ in range(2)))
        return model

    def initial(self, name, shape):
        return self.inputs.initial(name, shape)

    def batch(self, iteration):
        points = self.inputs.points(iteration)
        return points, np.zeros(len(points), np.int32)

    def draws(self, iteration):
        return {f"{step}/latent": self.inputs.jitter(iteration, step) for step in ("d0", "g0")}

    def to_theirs(self, name, value):
        """Converts logits to probabilities, which the original returns."""
        import tensorflow as tf

        return tf.sigmoid(value) if name.startswith("probability") else value

    def sample_draws(self, model, iteration):
        from amnat.rng import MAX_REPLICAS, RNG

        rng = RNG(self.seed, iteration * MAX_REPLICAS)
        size = self.inputs.batch_size
        return {"latent": model.latent(rng, size), "points": model.data(rng, size)}

    def fit(self, model, iterations, tick=lambda done: None):
        """Trains as tools/gan_intro.py does, ten steps in one call."""
        tick(0)
        for done in range(0, iterations, 10):
            count = min(10, iterations - done)
            model.train_iterations(count)
            tick(done + count)

    def samples(self, model, count):
        size = self.inputs.batch_size
        latents = np.linspace(-8.0, 8.0, count, dtype=np.float32)[: count // size * size]
        parts = [model.sample(z).numpy() for z in latents.reshape(-1, size, 1)]
        return np.concatenate(parts)
