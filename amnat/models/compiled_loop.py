"""Many training steps in one XLA program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from amnat.models.base import GANModel


def compiled_train_function(model: GANModel, most: int) -> Callable[..., dict[str, tf.Tensor]]:
    """The function that `fit` calls with its iterator, instead of Keras' own with `jit_compile`.

    Keras compiles a single step and returns to TensorFlow between two steps, which takes longer
    than the step itself for small networks. Here the batches of all steps of an execution are read
    first, and one compiled loop trains on them. If the model's data is `stacked`, they are read in
    one piece; reading 50 batches one by one kept an H200 idle for a tenth of the time.

    Args:
      model: compiled `GANModel` whose `train_step` returns scalars under its `log_names`.
      most: int, steps per execution. In the last execution Keras may ask for fewer, through its
        variable; the compiled program is the same.

    Returns: tf.function, iterator -> {log name: float32 scalar} of the last step.
    """

    def steps(batches: Any, count: tf.Tensor) -> tf.Tensor:
        def body(done: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            logs = model.train_step(tf.nest.map_structure(lambda x: x[done], batches))
            model._train_counter.assign_add(1)
            values = tf.stack([tf.cast(logs[name], tf.float32) for name in model.log_names])
            return done + 1, values

        start = [0, tf.zeros([len(model.log_names)])]
        return tf.while_loop(lambda done, _: done < count, body, start)[1]

    compiled = tf.function(steps, autograph=False, jit_compile=True)

    def train_function(iterator: tf.data.Iterator) -> dict[str, tf.Tensor]:
        count = tf.cast(model._steps_per_execution, tf.int32)
        stacked = model.stacked_batches
        batches = next(iterator) if stacked else _read(iterator, count, most)
        values = model.distribute_strategy.run(compiled, args=(batches, count))
        return dict(zip(model.log_names, tf.unstack(values), strict=True))

    return tf.function(train_function, autograph=False)


def executions(model: GANModel, data: tf.data.Dataset) -> tf.data.Dataset:
    """The data as the model's execution reads it: `stacked` where that is possible.

    Args:
      model: compiled `GANModel` after `set_execution`; its `stacked_batches` is set.
      data: endless tf.data.Dataset of batches.
    """
    many = model._steps_per_execution
    steps = many.numpy().item() if model.jit_compile and many is not None else 1
    together = stacked(data, steps) if steps > 1 else None
    model.stacked_batches = together is not None
    return data if together is None else together


def stacked(data: tf.data.Dataset, most: int) -> tf.data.Dataset | None:
    """The data with the batches of each execution in one element; None if their shapes vary.

    The next element is prepared, and copied to the device, while the device works.

    Args:
      data: endless tf.data.Dataset of batches.
      most: int, steps per execution.
    """
    specs = tf.nest.flatten(data.element_spec)
    if not all(spec.shape.is_fully_defined() for spec in specs):
        return None
    return data.batch(most, drop_remainder=True, num_parallel_calls=tf.data.AUTOTUNE).prefetch(1)


def _read(iterator: tf.data.Iterator, count: tf.Tensor, most: int) -> Any:
    """Stacks `count` batches of the iterator per component, repeating the last up to `most`."""
    kinds = iterator.element_spec
    flat_kinds = tf.nest.flatten(kinds)
    arrays = [tf.TensorArray(kind.dtype, size=count) for kind in flat_kinds]

    def body(done: tf.Tensor, *arrays: tf.TensorArray) -> tuple[Any, ...]:
        batch = tf.nest.flatten(next(iterator))
        return done + 1, *(
            array.write(done, tensor) for array, tensor in zip(arrays, batch, strict=True)
        )

    _, *arrays = tf.while_loop(lambda done, *_: done < count, body, [0, *arrays])
    # The compiled loop needs a fixed shape.
    order = tf.minimum(tf.range(most), count - 1)
    return tf.nest.pack_sequence_as(kinds, [array.gather(order) for array in arrays])
