"""tf.distribute strategies by name, and queries about the strategy that a process runs under."""

from __future__ import annotations

from collections.abc import Sequence

from amnat.errors import InputError

import tensorflow as tf


def make_strategy(name: str, devices: Sequence[str] = ()) -> tf.distribute.Strategy:
    """Builds a strategy; call it before TensorFlow is used.

    Args:
      name: 'none' (TensorFlow places the operations), 'one_device', 'mirrored' (devices of this
        machine) or 'multi_worker' (this process is one of the workers in TF_CONFIG, see
        `cluster.read_cluster`).
      devices: names of devices of this machine, such as 'GPU:0' or 'CPU:1'. If empty, all GPUs are
        used, or only the first one for one_device; without GPUs, multi_worker and one_device use
        the CPU. Logical CPU devices are created as needed.

    Raises: InputError if a device does not exist or the name is unknown.
    """
    if name == "none":
        return tf.distribute.get_strategy()
    if name not in ("one_device", "mirrored", "multi_worker"):
        raise InputError(f"--strategy={name}: expected none, one_device, mirrored or multi_worker")
    gpus = len(tf.config.list_physical_devices("GPU"))
    _check_devices(name, devices, gpus)
    cpus = [int(device.partition(":")[2]) for device in devices if device.startswith("CPU")]
    if cpus:
        host = tf.config.list_physical_devices("CPU")[0]
        logical = [tf.config.LogicalDeviceConfiguration() for _ in range(max(cpus) + 1)]
        tf.config.set_logical_device_configuration(host, logical)
    if name == "one_device":
        default = "GPU:0" if gpus else "CPU:0"
        return tf.distribute.OneDeviceStrategy(devices[0] if devices else default)
    if name == "mirrored":
        return tf.distribute.MirroredStrategy(list(devices) or None)
    if devices:
        # The strategy uses all visible GPUs.
        physical = tf.config.list_physical_devices("GPU")
        chosen = [int(device.partition(":")[2]) for device in devices if device != "CPU:0"]
        tf.config.set_visible_devices([physical[i] for i in chosen], "GPU")
    return tf.distribute.MultiWorkerMirroredStrategy()


def _check_devices(name: str, devices: Sequence[str], gpus: int) -> None:
    asked = [int(device.partition(":")[2]) + 1 for device in devices if device.startswith("GPU")]
    if name == "mirrored" and not devices:
        asked = [1]
    has_cpu = any(device.startswith("CPU") for device in devices)
    if name == "multi_worker" and has_cpu and list(devices) != ["CPU:0"]:
        raise InputError(
            f"--devices={','.join(devices)}: expected GPUs or only CPU:0; a worker has one "
            "replica on its CPU"
        )
    if max(asked, default=0) > gpus:
        raise InputError(
            f"--devices: {', '.join(devices) or 'all GPUs'} requested, but TensorFlow sees "
            f"{gpus} GPUs; see BUILD.md, or name CPU:0,CPU:1 to try it on the CPU"
        )


def uses_gpu(strategy: tf.distribute.Strategy) -> bool:
    """Whether the replicas of this process compute on GPUs."""
    if type(strategy) in (tf.distribute.MirroredStrategy, tf.distribute.OneDeviceStrategy):
        return any("GPU" in device.upper() for device in strategy.extended.worker_devices)
    return bool(tf.config.get_visible_devices("GPU"))


def check_channels_first(strategy: tf.distribute.Strategy, jit_compile: bool) -> None:
    """Raises InputError unless the devices have convolutions whose channels come first.

    TensorFlow has none for CPUs, except with oneDNN. It says so when the first one is computed.
    """

    def convolve() -> list[tf.Tensor]:
        inputs, kernel = tf.ones([1, 2, 4, 4]), tf.ones([3, 3, 2, 2])
        with tf.GradientTape() as tape:
            tape.watch([inputs, kernel])
            h = tf.nn.conv2d(inputs, kernel, 1, "SAME", data_format="NCHW")
            h = tf.nn.conv2d_transpose(h, kernel, h.shape, 1, "SAME", data_format="NCHW")
        return tape.gradient(h, [inputs, kernel])

    try:
        strategy.run(tf.function(convolve, autograph=False, jit_compile=jit_compile))
    except tf.errors.OpError as error:
        raise InputError(
            "--data_format=NCHW: TensorFlow cannot compute such convolutions on this device (on "
            "CPUs they need oneDNN, which TF_ENABLE_ONEDNN_OPTS=0 switches off); use NHWC"
        ) from error


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process writes the run's files; of several workers only the first one does."""
    if not is_multi_worker(strategy):
        return True
    resolver = strategy.cluster_resolver
    has_chief = "chief" in resolver.cluster_spec().as_dict()
    return resolver.task_type == "chief" or (resolver.task_id == 0 and not has_chief)


def is_multi_worker(strategy: tf.distribute.Strategy) -> bool:
    """Whether there are other processes."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def mean_over_workers(strategy: tf.distribute.Strategy, number: float) -> float:
    """The mean of a number over all processes, a float; all of them have to call this function.

    The mean is taken over the replicas, and every process has the same number of replicas.
    """
    if not is_multi_worker(strategy):
        return float(number)
    values = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(number, tf.float64)
    )
    return float(strategy.reduce("MEAN", values, axis=None))


def own_part(tensor: tf.Tensor) -> tf.Tensor:
    """This replica's part of a batch [N, ...], where every replica has the whole batch.

    The parts are contiguous and in the order of the replicas. If N is not divisible, they differ by
    at most one sample. Call it in replica context.
    """
    context = tf.distribute.get_replica_context()
    index, replicas = context.replica_id_in_sync_group, context.num_replicas_in_sync
    if replicas == 1:
        return tensor
    size = tf.shape(tensor)[0]
    return tensor[size * index // replicas : size * (index + 1) // replicas]
