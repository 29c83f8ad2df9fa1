"""The weights of a run's players, as its checkpoints have them."""

import tensorflow as tf

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


def player_weights(run, iteration):
    """{name: array} of the networks in a checkpoint, without what their optimizers hold.

    Args:
      run: `RunDirectory`.
    """
    checkpoint = tf.train.load_checkpoint(str(run.checkpoints / f"ckpt-{iteration}"))
    names = [name for name in checkpoint.get_variable_to_shape_map() if name.endswith(VALUE)]
    networks = ("generator", "discriminator", "baseline")
    return {
        name: checkpoint.get_tensor(name)
        for name in names
        if name.split("/")[1] in networks and ".OPTIMIZER_SLOT" not in name
    }
