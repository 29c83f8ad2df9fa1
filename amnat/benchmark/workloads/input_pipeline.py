"""Batches of CIFAR-10's size from only the input pipeline."""

from amnat.benchmark.workload import Workload


def program(settings):
    from amnat.benchmark import building
    from amnat.benchmark.programs import LoopProgram
    from amnat.data.pipeline import training_batches

    dataset = building.random_images(settings["num_images"])
    batches = iter(training_batches(dataset, settings["batch_size"]))
    return LoopProgram(lambda number: next(batches))


WORKLOAD = Workload(
    name="input_pipeline",
    title="input pipeline, CIFAR-10's size",
    settings={"batch_size": 100, "num_images": 50000},
    small={"batch_size": 8, "num_images": 80},
    calls=3000,
    small_calls=20,
    program=program,
    unit="images",
    units=lambda settings: settings["batch_size"],
    torch="arrays:batches",
    floor=None,
)
