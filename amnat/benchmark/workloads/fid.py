"""FID of features against the statistics of a reference, in float64."""

from amnat.benchmark.workload import Workload


def program(settings):
    from amnat.benchmark.programs import LoopProgram
    from amnat.metrics.frechet import feature_statistics, frechet_distance

    import numpy as np
    import tensorflow as tf

    shape = settings["num_samples"], settings["num_features"]
    features = np.random.default_rng(0).random(shape, dtype=np.float32)
    reference = feature_statistics(features[: len(features) // 2])

    # This is the product that takes most of the time; the program computes it with NumPy.
    @tf.function(autograph=False)
    def product(block):
        return tf.matmul(block, block, transpose_a=True)

    spec = tf.TensorSpec(shape, tf.float64)
    return LoopProgram(
        lambda number: frechet_distance(feature_statistics(features), reference),
        product.get_concrete_function(spec),
    )


WORKLOAD = Workload(
    name="fid",
    title="FID, 50,000 x 2,048 features",
    settings={"num_samples": 50000, "num_features": 2048},
    small={"num_samples": 300, "num_features": 20},
    calls=3,
    small_calls=3,
    program=program,
    unit="scores",
    torch="arrays:fid",
    floor="float64",
)
