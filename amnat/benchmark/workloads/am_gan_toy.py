"""AM-GAN on points (flags/am_gan_toy.flags): fully connected networks, many short iterations."""

from amnat.benchmark.workload import Original, Workload
from amnat.benchmark.workloads.am_gan_cifar10 import original_settings


def program(settings):
    from amnat import data
    from amnat.benchmark import building
    from amnat.benchmark.programs import TrainingProgram
    from amnat.methods.am_gan import build as am_gan_networks
    from amnat.methods.am_gan.model import AMGAN

    building.parse_am_gan(settings, "toy")
    dataset = data.load("toy", None, "train")

    def build(data):
        return am_gan_networks.build_model(AMGAN, data.num_classes + 1, data)

    model, strategy = building.build_under_flags(build, dataset)
    return TrainingProgram(model, dataset, settings["batch_size"], strategy)


WORKLOAD = Workload(
    name="am_gan_toy",
    title="AM-GAN, points",
    settings={
        "batch_size": 100,
        "latent_size": 100,
        "generator_width": 64,
        "discriminator_width": 64,
        "steps_per_execution": 50,
    },
    small={"batch_size": 8, "generator_width": 4, "steps_per_execution": 2},
    calls=2000,
    small_calls=8,
    program=program,
    gpu={"jit_compile": 1},
    torch="am_gan:train_points",
    torch_modes=("eager", "compile", "graphs"),
    original=Original(
        "am_gan", "mlp", lambda settings: original_settings(settings) | {"sDataSet": "toy"}
    ),
    small_operations=True,
)
