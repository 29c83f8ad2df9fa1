"""NAT-GAN 10 on CIFAR-10 (flags/nat_gan_10_cifar10.flags): ten external negatives per batch."""

from amnat.benchmark.workload import Workload
from amnat.benchmark.workloads import am_gan_cifar10


def program(settings):
    from amnat.benchmark import building
    from amnat.benchmark.programs import TrainingProgram
    from amnat.data.negative_schedule import NegativeSchedule
    from amnat.data.negatives import Negatives
    from amnat.methods.am_gan import build as am_gan_networks
    from amnat.methods.nat_gan.model import NATGAN

    building.parse_am_gan(settings)
    dataset = building.random_images(settings["num_images"])
    negatives = Negatives("random", dataset.samples)

    def build(data):
        return am_gan_networks.build_model(NATGAN, data.num_classes, data)

    model, strategy = building.build_under_flags(build, dataset)
    schedule = NegativeSchedule(negatives, settings["negatives"])
    return TrainingProgram(model, dataset, settings["batch_size"], strategy, schedule)


WORKLOAD = Workload(
    name="nat_gan_cifar10",
    title="NAT-GAN 10, CIFAR-10's size",
    settings=am_gan_cifar10.SETTINGS | {"negatives": 10},
    small=am_gan_cifar10.SMALL | {"negatives": 2},
    calls=8,
    small_calls=4,
    program=program,
    gpu=am_gan_cifar10.ON_GPU,
    gpu_calls=500,
    torch="am_gan:train_images",
    torch_modes=("eager", "compile", "graphs"),
)
