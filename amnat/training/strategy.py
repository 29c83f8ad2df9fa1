"""tf.distribute strategies by name."""

from amnat.errors import InputError

import tensorflow as tf


def make_strategy(name, devices=()):
    """Builds a strategy.

    Args:
      name: 'none' (one device, placed by TensorFlow) or 'mirrored'.
      devices: names like 'GPU:0' or 'CPU:1'; logical CPU devices are made as needed, so call
        this before TensorFlow is used. Empty: all GPUs.

    Raises: InputError if there is no such device.
    """
    if name == "none":
        return tf.distribute.get_strategy()
    cpus = [device for device in devices if device.upper().startswith("CPU")]
    if cpus:
        host = tf.config.list_physical_devices("CPU")[0]
        logical = [tf.config.LogicalDeviceConfiguration() for _ in cpus]
        tf.config.set_logical_device_configuration(host, logical)
    else:
        found = len(tf.config.list_physical_devices("GPU"))
        if len(devices or [0]) > found:
            raise InputError(
                f"--devices: {', '.join(devices) or 'all GPUs'} asked for, TensorFlow sees "
                f"{found} GPUs; see BUILD.md, or name CPU:0,CPU:1 to try it on the CPU"
            )
    return tf.distribute.MirroredStrategy(list(devices) or None)
