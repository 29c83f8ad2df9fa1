"""What amnat runs of a workload: the loops that its scripts run, without what they write."""

from amnat.data.pipeline import training_batches

import tensorflow as tf
import tf_keras as keras


class Program:
    """Work that is done in calls.

    A program implements `run`, and `step` where its work is a TensorFlow function.
    """

    def run(self, calls, tick):
        """Does the work `calls` times; tick(done) once before it and after every call or group."""
        raise NotImplementedError

    def step(self):
        """The tf.function of one call, traced (`ConcreteFunction`), to count its operations."""
        return None


class TrainingProgram(Program):
    """Keras' `fit` on the counted data pipeline, as in `amnat.training.loop`.

    Args:
      model: compiled `GANModel`.
      dataset: `amnat.data.Dataset`.
      batch_size: over all replicas.
      strategy: that the model was built under.
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
        data = self.strategy.distribute_datasets_from_function(self._batches)
        counting = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: tick(batch + 1)
        )
        tick(0)
        self.model.fit(data, steps_per_epoch=calls, callbacks=[counting], verbose=0)

    def step(self):
        # One replica's, with the sizes of its batch, which the pipeline leaves open.
        batch = next(iter(self._batches()))
        replicas = self.strategy.num_replicas_in_sync
        specs = tf.nest.map_structure(
            lambda x: tf.TensorSpec([len(x) // replicas, *x.shape[1:]], x.dtype), batch
        )
        step = tf.function(lambda data: self.model.train_step(data), autograph=False)
        return step.get_concrete_function(specs)


class LoopProgram(Program):
    """A Python callable, again and again.

    Args:
      call: callable, number of the call -> anything; returns once its result is there.
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
