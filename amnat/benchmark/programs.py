"""amnat's side of the workloads: the loops of its scripts, without their files."""

from amnat.data.pipeline import training_batches
from amnat.models.compiled_loop import executions

import tensorflow as tf
import tf_keras as keras


class Program:
    """Work that is done in calls.

    A program implements `run`, and also `step` if its work is a TensorFlow function.
    """

    def run(self, calls, tick):
        """Does the work `calls` times.

        It calls tick(done) once before the first call, and after every call or group of calls.
        """
        raise NotImplementedError

    def step(self):
        """The traced tf.function of one call (`ConcreteFunction`), to count its operations."""
        return None


class TrainingProgram(Program):
    """Keras' `fit` on the data pipeline, as in `amnat.training.loop`.

    Args:
      model: compiled `GANModel`.
      dataset: `amnat.data.Dataset`.
      batch_size: the batch size over all replicas.
      strategy: the strategy that the model was built under.
      negatives: `NegativeSchedule` or None.
    """

    def __init__(self, model, dataset, batch_size, strategy, negatives=None):
        self.model, self.dataset, self.batch_size = model, dataset, batch_size
        self.strategy, self.negatives = strategy, negatives

    def _batches(self, context=None):
        return training_batches(
            self.dataset,
            self.batch_size,
            self.model.batches_per_iteration,
            input_context=context,
            negatives=self.negatives,
        )

    def run(self, calls, tick):
        data = self.strategy.distribute_datasets_from_function(
            lambda context: executions(self.model, self._batches(context))
        )
        counting = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: tick(batch + 1)
        )
        tick(0)
        self.model.fit(data, steps_per_epoch=calls, callbacks=[counting], verbose=0)

    def step(self):
        # The step is that of one replica, with its batch size, which the pipeline leaves open.
        batch = next(iter(self._batches()))
        replicas = self.strategy.num_replicas_in_sync
        specs = tf.nest.map_structure(
            lambda x: tf.TensorSpec([len(x) // replicas, *x.shape[1:]], x.dtype), batch
        )
        step = tf.function(lambda data: self.model.train_step(data), autograph=False)
        return step.get_concrete_function(specs)


class LoopProgram(Program):
    """Repeated calls of a Python callable.

    Args:
      call: callable that takes the number of the call and returns when its result is computed.
      step: the traced function of one call, or None.
    """

    def __init__(self, call, step=None):
        self.call, self._step = call, step

    def run(self, calls, tick):
        tick(0)
        for number in range(calls):
            self.call(number)
            tick(number + 1)

    def step(self):
        return self._step
