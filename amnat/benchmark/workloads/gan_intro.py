"""The one-dimensional GAN of AYLIEN/gan-intro, with minibatch features."""

from amnat.benchmark.workload import Original, Workload


def original_settings(settings):
    """The original's flags."""
    return {"hidden_size": settings["hidden_size"], "batch_size": settings["batch_size"]}


def program(settings):
    from amnat.benchmark.programs import Program
    from amnat.compat.originals import gan_intro

    import tensorflow as tf

    configuration = gan_intro.ORIGINAL.configurations["minibatch"]
    configuration = configuration.with_sizes(original_settings(settings))
    port = gan_intro.Port(configuration, compiled=bool(settings["jit_compile"]))
    model = port.build()

    class GANIntroProgram(Program):
        def run(self, calls, tick):
            port.fit(model, calls, tick)

        def step(self):
            size = settings["batch_size"]
            specs = tf.TensorSpec([size, 1], tf.float32), tf.TensorSpec([size], tf.int32)
            step = tf.function(lambda data: model.train_step(data), autograph=False)
            return step.get_concrete_function(specs)

    return GANIntroProgram()


WORKLOAD = Workload(
    name="gan_intro",
    title="gan-intro, 1D",
    settings={"batch_size": 8, "hidden_size": 4, "jit_compile": 0},
    small={},
    calls=5000,
    small_calls=30,
    program=program,
    gpu={"jit_compile": 1},
    torch="gan_intro:train",
    torch_modes=("eager", "compile", "graphs"),
    original=Original("gan_intro", "minibatch", original_settings),
    small_operations=True,
)
