"""AM-GAN on CIFAR-10 with the sizes of the original (AM-GAN2, code/AM-GAN.py)."""

from amnat.benchmark.workload import Original, Workload

SETTINGS = {
    "batch_size": 100,
    "latent_size": 100,
    "generator_width": 96,
    "discriminator_width": 64,
    "num_images": 50000,
    "replicas": 1,
    "steps_per_execution": 1,
}
# What scripts choose on a GPU.
ON_GPU = {"steps_per_execution": 50, "jit_compile": 1}
SMALL = {
    "batch_size": 8,
    "latent_size": 8,
    "generator_width": 2,
    "discriminator_width": 2,
    "num_images": 80,
    "steps_per_execution": 1,
}


def original_settings(settings):
    """The original's flags."""
    return {
        "iBatchSize": settings["batch_size"],
        "iDimsZ": settings["latent_size"],
        "iFilterDimsG": settings["generator_width"],
        "iFilterDimsD": settings["discriminator_width"],
    }


def program(settings):
    from amnat.benchmark import building
    from amnat.benchmark.programs import TrainingProgram
    from amnat.methods.am_gan import build as am_gan_networks
    from amnat.methods.am_gan.model import AMGAN

    building.parse_am_gan(settings)
    dataset = building.random_images(settings["num_images"])

    def build(data):
        return am_gan_networks.build_model(AMGAN, data.num_classes + 1, data)

    model, strategy = building.build_under_flags(build, dataset)
    return TrainingProgram(model, dataset, settings["batch_size"], strategy)


WORKLOAD = Workload(
    name="am_gan_cifar10",
    title="AM-GAN, CIFAR-10's size",
    settings=SETTINGS,
    small=SMALL,
    calls=8,
    small_calls=4,
    program=program,
    gpu=ON_GPU,
    gpu_calls=500,
    torch="am_gan:train_images",
    torch_modes=("eager", "compile", "graphs"),
    original=Original("am_gan", "am_gan", original_settings),
)
