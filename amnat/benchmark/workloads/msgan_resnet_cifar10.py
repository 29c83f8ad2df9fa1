"""MS-GAN's resnet on CIFAR-10 (flags/msgan_cifar10.flags): three players and a gradient penalty."""

from amnat.benchmark.workload import Workload
from amnat.benchmark.workloads.am_gan_cifar10 import ON_GPU


def program(settings):
    from amnat.benchmark import building
    from amnat.benchmark.programs import TrainingProgram
    from amnat.methods.dist_gan.build import ModelOptions, build_model
    from amnat.methods.dist_gan.settings import ENTRIES, resolve

    flags = building.amnat_tasks.am_gan_flags(building.shared_words(settings))
    width = settings["width"]
    found = resolve("cifar10").replace(
        encoder_width=width, generator_width=width, discriminator_width=width
    )
    entry = ENTRIES["cifar10"]
    options = ModelOptions(
        settings=found,
        variant="official",
        ss_task=2,
        num_steps=entry.num_steps,
        latent_size=entry.latent_size,
        style=entry.style,
        generator_reconstructs=False,
        fixes={},
        reconstruction_rate=0.0,
        regulariser_rate=0.0,
        d_steps=1,
        ema_decay=0.0,
        data_format=flags.data_format,
        seed=0,
    )
    dataset = building.random_images(settings["num_images"])
    build = building.build_under_flags(lambda x: build_model(options, x), dataset)
    return TrainingProgram(build[0], dataset, settings["batch_size"], build[1])


WORKLOAD = Workload(
    name="msgan_resnet_cifar10",
    title="MS-GAN resnet, CIFAR-10's size",
    settings={
        "batch_size": 64,
        "width": 128,
        "num_images": 50000,
        "replicas": 1,
        "steps_per_execution": 1,
    },
    small={"batch_size": 4, "width": 2, "num_images": 80, "steps_per_execution": 1},
    calls=3,
    small_calls=3,
    program=program,
    gpu=ON_GPU,
    gpu_calls=150,
    torch="ms_gan:train",
    torch_modes=("eager", "compile", "graphs"),
)
