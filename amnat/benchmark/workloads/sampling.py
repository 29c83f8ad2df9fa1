"""Images from AM-GAN's CIFAR-10 generator, in batches of the training batch size."""

from amnat.benchmark.workload import Workload


def program(settings):
    from amnat.benchmark import building
    from amnat.benchmark.programs import LoopProgram
    from amnat.methods.am_gan.image_networks import DCGANGenerator
    from amnat.models import NormalLatent
    from amnat.training.sampling import Sampler

    import tensorflow as tf

    flags = building.amnat_tasks.am_gan_flags(building.shared_words(settings))
    size, latent = settings["batch_size"], settings["latent_size"]
    width, layout = settings["generator_width"], flags.data_format
    generator = DCGANGenerator(width, data_format=layout).build_variables((latent,))

    class Model:
        """The attributes of a model that a sampler needs."""

        seed = 0
        sample = staticmethod(generator.__call__)

    Model.latent = NormalLatent(latent)
    sampler = Sampler(Model, size)
    step = tf.function(generator.__call__, autograph=False).get_concrete_function(
        tf.TensorSpec([size, latent], tf.float32)
    )
    return LoopProgram(lambda number: sampler.many(size, number), step)


WORKLOAD = Workload(
    name="sampling",
    title="sampling, AM-GAN's generator",
    settings={"batch_size": 100, "latent_size": 100, "generator_width": 96},
    small={"batch_size": 8, "latent_size": 8, "generator_width": 2},
    calls=40,
    small_calls=4,
    program=program,
    unit="images",
    units=lambda settings: settings["batch_size"],
    torch="am_gan:sample",
    torch_modes=("eager", "compile"),
)
