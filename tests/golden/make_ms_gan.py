"""Makes the golden numbers of MS-GAN with the graph of tntrung/msgan.

    python tests/golden/make_ms_gan.py --original_dir FOLDER --out FOLDER

FOLDER is a checkout of github.com/tntrung/msgan. Its code runs unmodified under tf.compat.v1;
what TensorFlow 2 no longer has is supplied: tf.contrib.slim by the package tf-slim (install it
separately), the rotation op by tf.image.rot90, which it equals for square images. README.md beside
this file says what the results hold.
"""

import argparse
import json
import pathlib
import sys
import types

import ms_gan_cases as cases
import numpy as np
import tensorflow as tf
import tf_slim
from tensorflow.python.framework import ops

# tf-slim looks for it where it was before TensorFlow 2.14.
ops.Tensor = tf.Tensor
v1 = tf.compat.v1
ROLES = ("encoder", "generator", "discriminator")


class Original(types.ModuleType):
    """TensorFlow 1 to the original's imports, with draws that are fed."""

    def __init__(self):
        super().__init__("tensorflow")
        self.fed = {}
        layers = types.SimpleNamespace(
            xavier_initializer=tf_slim.xavier_initializer, batch_norm=self._batch_norm
        )
        image = types.SimpleNamespace(rotate=self._rotate)
        self.contrib = types.ModuleType("tensorflow.contrib")
        self.contrib.layers, self.contrib.image, self.contrib.slim = layers, image, tf_slim

    def __getattr__(self, name):
        return getattr(v1, name)

    @staticmethod
    def _batch_norm(inputs, **arguments):
        # Without its moving averages, which are never read, it needs no layer of tf.layers.
        return tf_slim.batch_norm(inputs, updates_collections=None, **arguments)

    @staticmethod
    def _rotate(images, radians):
        return tf.image.rot90(images, round(radians / (np.pi / 2)))

    def random_uniform(self, shape, minval, maxval):
        """The penalty's points."""
        self.fed["alpha"] = v1.placeholder(tf.float32, [cases.BATCH, 1])
        return self.fed["alpha"]

    def random_shuffle(self, order):
        """The tasks' orders: of four blocks, and of five."""
        (size,) = order.shape.as_list()
        name = {4: "rotation", 5: "mixture"}[size // cases.BATCH]
        self.fed[name] = v1.placeholder(tf.int32, [size])
        return self.fed[name]


def import_original(folder):
    """The original's class, and the `Original` that its modules see."""
    shim = Original()
    replaced = {"tensorflow": shim, "tensorflow.contrib": shim.contrib}
    replaced["tensorflow.contrib.slim"] = tf_slim
    # Reading and writing of images, and a classifier: not needed.
    for name in ("skimage", "support", "support.mnist_classifier"):
        replaced[name] = types.ModuleType(name)
    replaced["skimage"].io = replaced["skimage"].img_as_ubyte = None
    replaced["support.mnist_classifier"].classify = None
    sys.modules.update(replaced)
    sys.path.insert(0, str(folder))
    import msdistgan

    return msdistgan.MSDistGAN, shim


class Data:
    """What the original asks of its data."""

    def __init__(self, config):
        self.config = config

    def db_name(self):
        return self.config["data"]

    def mb_size(self):
        return cases.BATCH

    def data_dim(self):
        return int(np.prod(self.config["shape"]))

    def data_shape(self):
        return list(self.config["shape"])


def build(make, config):
    features = {"mnist": 64, "mnist-1k": 64, "celeba": 128}.get(config["data"])
    widths = config["widths"]
    if features is None and config["data"] == "stl10":
        features = 9 * 16
    if features is None:
        features = {"dcgan": 4 * 8, "sngan": 16 * 8, "resnet": 64}[config["network"]]
    encoder, generator, discriminator = widths
    return make(
        ss_task=config["task"],
        lambda_p=cases.PENALTY_WEIGHT,
        lambda_r=config["regulariser"],
        lambda_w=np.sqrt(config["latent"] / (features * discriminator)),
        lambda_d=config["weights"][0],
        lambda_g=config["weights"][1],
        lr=cases.LEARNING_RATE,
        beta1=config["beta1"],
        beta2=cases.BETA2,
        noise_dim=config["latent"],
        nnet_type=config["network"],
        loss_type=config["loss"],
        df_dim=discriminator,
        gf_dim=generator,
        ef_dim=encoder,
        dataset=Data(config),
        n_steps=cases.NUM_STEPS,
        out_dir="unused",
        verbose=False,
    )


def kind_of(variable):
    last = variable.op.name.split("/")[-1]
    return {"biases": "bias", "bias": "bias", "beta": "offset", "gamma": "scale"}.get(
        last, "kernel"
    )


def fill(session, variables):
    for seed, role in enumerate(ROLES):
        values = cases.Fill(seed)
        for variable in variables[role]:
            shape = variable.shape.as_list()
            variable.load(values(kind_of(variable), shape), session)


def feed(model, shim, case, iteration, player):
    given = cases.inputs(case, iteration, player)
    fed = {
        model.X: given["images"].reshape(cases.BATCH, -1),
        model.z: given["latents"],
        model.iteration: cases.FIRST_ITERATION + iteration,
        shim.fed["alpha"]: given["alpha"][:, None],
    }
    for name in ("rotation", "mixture"):
        if name in shim.fed:
            fed[shim.fed[name]] = np.argsort(given[name], kind="stable")
    return fed


def fetches(model, config, variables):
    """{player: {name: tensor}}, {player: gradients}."""
    logs = {
        "e0": {"loss_enc_total": model.r_cost, "loss_enc_recon": model.ae_loss},
        "d0": {
            "loss_dis_total": model.d_cost,
            "loss_dis_gan": model.d_cost_gan,
            "penalty": model.penalty,
        },
        "g0": {"loss_gen_total": model.g_cost, "loss_gen_gan": model.g_cost_gan},
    }
    logs["e0"]["loss_enc_reg"] = model.ae_reg
    if config["task"] and config["weights"][0]:
        logs["d0"]["loss_dis_task"] = model.d_acc
    if config["task"] and config["weights"][1]:
        logs["g0"]["loss_gen_task"] = model.g_acc
    e_variables = variables["encoder"]
    if config["data"] in ("mnist", "mnist-1k"):
        e_variables = e_variables + variables["generator"]
    gradients = {
        "e0": v1.gradients(model.r_cost, e_variables),
        "d0": v1.gradients(model.d_cost, variables["discriminator"]),
        "g0": v1.gradients(model.g_cost, variables["generator"]),
    }
    return logs, gradients


def run(make, shim, case):
    config = cases.CASES[case]
    golden = {"losses": {}, "gradient_norms": {}}
    with v1.Graph().as_default(), v1.Session() as session:
        shim.fed.clear()
        model = build(make, config)
        variables = {role: v1.trainable_variables(role) for role in ROLES}
        golden["parameters"] = {
            role: int(sum(np.prod(x.shape.as_list()) for x in found))
            for role, found in variables.items()
        }
        logs, gradients = fetches(model, config, variables)
        updates = {"e0": model.opt_r, "d0": model.opt_d, "g0": model.opt_g}
        session.run(v1.global_variables_initializer())
        fill(session, variables)
        for iteration in range(cases.ITERATIONS):
            for player in cases.PLAYERS:
                fed = feed(model, shim, case, iteration, player)
                for name, value in session.run(logs[player], fed).items():
                    golden["losses"].setdefault(name, []).append(float(value))
                if iteration == 0:
                    found = session.run(gradients[player], fed)
                    golden["gradient_norms"][player] = [float(np.linalg.norm(g)) for g in found]
                session.run(updates[player], fed)
        golden["variable_norms"] = {
            role: [float(np.linalg.norm(value)) for value in session.run(found)]
            for role, found in variables.items()
        }
    return golden


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--original_dir", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for ms_gan.json")
    parser.add_argument("--cases", nargs="*", help="make only these anew")
    options = parser.parse_args()
    make, shim = import_original(options.original_dir.resolve())
    v1.disable_eager_execution()
    v1.disable_v2_tensorshape()
    path = options.out / "ms_gan.json"
    golden = json.loads(path.read_text(encoding="utf-8")) if options.cases else {}
    for case in options.cases or cases.CASES:
        golden[case] = run(make, shim, case)
        path.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
