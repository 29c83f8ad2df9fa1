"""The training step that the GAN methods share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from amnat.errors import InputError
from amnat.layers import narrow_as_products, shared_kernels
from amnat.models import contracts
from amnat.models.compiled_loop import compiled_train_function
from amnat.models.fit_data import FitData
from amnat.models.latents import NormalLatent
from amnat.networks.keras_network import KerasNetwork, as_network, ensure_built, input_shape_of
from amnat.networks.network import training_phase
from amnat.rng import GENERATION, MAX_REPLICAS, RNG, VERSION

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.data.dataset import Dataset
    from amnat.export.generators import Latent
    from amnat.networks.network import Network

# The size of the latent if neither the user nor the generator says one.
DEFAULT_LATENT_SIZE = 100

# A loss with the quantities to log, by name, as a function of (batch, rng).
LossFunction = Callable[[Any, RNG], tuple[tf.Tensor, dict[str, tf.Tensor]]]


class Player(NamedTuple):
    """A part of the model that has its own optimizer.

    Attributes:
      optimizer: the model's attribute that holds the optimizer.
      variables: the variables that the optimizer updates.
      is_one_of_many: whether the attribute holds a list, with the optimizers of all players that
        name it.
    """

    optimizer: str
    variables: list[tf.Variable]
    is_one_of_many: bool = False


class GANModel(keras.Model):
    """A generator and a discriminator that are updated alternately.

    A method derives from this class, sets `log_names` to the names of the quantities that it logs
    (before it calls this constructor, which adds `klr`, the generator's rate times 1000) and
    implements

        discriminator_loss(batch, rng) -> (scalar, {log name: scalar})
        generator_loss(batch, rng)     -> (scalar, {log name: scalar})

    where `batch` is (samples, labels) and `rng` an `amnat.rng.RNG`. A model does not depend on
    flags, files or devices. A method with other players lists them in `players` and overrides
    `train_step`. If an iteration takes more than `d_steps` batches, the method overrides
    `batches_per_iteration`.

    Args:
      generator, discriminator: `amnat.networks.Network`s or Keras models (docs/architecture.md has
        their contract). Those without variables are built.
      latent: callable (rng, batch size, dtype) -> latents, e.g. `NormalLatent`, which it is by
        default, with as many entries as the generator takes or 100.
      d_steps, g_steps: updates of each player per iteration.
      seed: Python int that all random draws derive from.
      ema_generator: optional second network with the generator's architecture. It starts as a copy
        of the generator and follows it as an exponential moving average.
      ema_decay: decay of that average per update. Above 0 and without a network, one is made of the
        generator's configuration.

    Attributes:
      iteration: int64 variable, the number of completed iterations.
      generator_updates: int64 variable that counts the generator's updates only; both learning
        rates follow it.
      has_class_head: whether the discriminator's first K logits are those of the data's K classes.
      other_logits: the number of logits beside those of classes.
      clip_norm: if above 0, a player's gradient for the whole batch (over all replicas) is scaled
        down to this norm where it is larger.
      compiles_gradients: whether XLA compiles each computation of losses and gradients, but not
        what is around it. It is for several replicas: XLA compiles no sums over them.
      noise_generation: int; a different number gives different noise in the same iteration, so a
        run that rolled back does not repeat what made it roll back. Set it before tracing.
      stacked_batches: whether the data comes as `compiled_loop.stacked` makes it.
      rng_version: int, how random numbers are drawn (`amnat.rng.VERSION`). Set it before tracing.
    """

    log_names: tuple[str, ...] = ()
    # The quantities that a mixin logs in addition to the method.
    extra_log_names: tuple[str, ...] = ()
    has_class_head = False
    other_logits = 0
    # What adapts Keras models to the roles.
    generator_wrapper: type[KerasNetwork] = KerasNetwork
    discriminator_wrapper: type[KerasNetwork] = KerasNetwork
    clip_norm = 0.0
    compiles_gradients = False
    noise_generation = 0
    stacked_batches = False
    rng_version = VERSION
    # Keras sets it to None and calls `make_train_function`.
    train_function: Callable[..., Any] | None

    def __init__(
        self,
        generator: Network | keras.Model,
        discriminator: Network | keras.Model,
        latent: Latent | None = None,
        d_steps: int = 1,
        g_steps: int = 1,
        seed: int = 0,
        ema_generator: Network | keras.Model | None = None,
        ema_decay: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.generator = as_network(generator, "generator", self.generator_wrapper)
        self.discriminator = as_network(discriminator, "discriminator", self.discriminator_wrapper)
        self.latent = self._default_latent() if latent is None else latent
        self._build_networks(self.latent.size)
        self.d_steps = d_steps
        self.g_steps = g_steps
        self.seed = seed
        self.ema_generator: Network | None = None
        self.ema_decay = ema_decay
        if ema_decay and ema_generator is None:
            ema_generator = type(self.generator).from_config(self.generator.get_config())
        if ema_generator is not None:
            if ema_generator is generator:
                raise InputError("ema_generator: the generator itself, expected another network")
            average = as_network(ema_generator, "ema_generator", self.generator_wrapper)
            ensure_built(average, (self.latent.size,), "ema_generator")
            average.set_weights(self.generator.get_weights())
            average.trainable = False
            self.ema_generator = average
        self.iteration = self._counter("iteration")
        self.generator_updates = self._counter("generator_updates")
        self.log_names = (*self.log_names, *self.extra_log_names, "klr")
        # Sums and sums of squares of the logged quantities since the last reset.
        # Each replica adds to its own copy; reading the variable averages over the replicas.
        self.log_sums = tf.Variable(
            tf.zeros([2, len(self.log_names)], tf.float64),
            trainable=False,
            name="log_sums",
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.MEAN,
        )
        self.log_count = self._counter("log_count")

    def _counter(self, name: str) -> tf.Variable:
        return tf.Variable(
            0,
            dtype=tf.int64,
            trainable=False,
            name=name,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    def _default_latent(self) -> Latent:
        """The latent for a generator that came without one."""
        return NormalLatent(self._latent_size())

    def _latent_size(self) -> int:
        """The number of entries that the generator takes, as far as it says it."""
        shape = input_shape_of(self.generator)
        return DEFAULT_LATENT_SIZE if not shape or shape[0] is None else shape[0]

    def _build_networks(self, latent_size: int) -> None:
        """Makes the variables that the networks lack; the discriminator's on the generator's
        samples."""
        if not self.generator.built or isinstance(self.generator, KerasNetwork):
            ensure_built(self.generator, (latent_size,), "generator")
        if not self.discriminator.built or isinstance(self.discriminator, KerasNetwork):
            made: Any = self.generator.form.outputs if self.generator.form else None
            shape = tuple(made.shape[1:]) if hasattr(made, "shape") else ()
            ensure_built(self.discriminator, shape, "discriminator")

    def check_networks(self) -> None:
        """Raises InputError unless the networks fit one another and the method; see `compile`."""
        contracts.check_pair(self.generator, self.discriminator, self.latent.size)

    @property
    def label_classes(self) -> int | None:
        """K if labels, integers in [0, K), play a part in the losses; None if any will do."""
        if not self.has_class_head or self.discriminator.form is None:
            return None
        return self.discriminator.form.outputs.shape[1] - self.other_logits

    @property
    def batches_per_iteration(self) -> int:
        """The number of real batches that one `train_step` takes; they arrive interleaved."""
        return self.d_steps

    def players(self) -> list[Player]:
        """The list of `Player`s that are updated, in the order of the arguments of `compile`."""
        return [
            Player("d_optimizer", self.discriminator.trainable_variables),
            Player("g_optimizer", self.generator.trainable_variables),
        ]

    def compile(self, *optimizers: keras.optimizers.Optimizer | str, **kwargs: Any) -> None:
        """Sets the optimizers, one for each of `players`, each with its own step count.

        Args:
          *optimizers: optimizers of tf_keras, old or new, or their names, such as 'adam'. They may
            also be given by the names of the players: `d_optimizer=...`, `g_optimizer=...`.
          **kwargs: further arguments of Keras' `compile`.

        Raises: InputError (a ValueError) if optimizers or networks do not fit the method.
        """
        self.check_networks()
        players = self.players()
        contracts.check_players(type(self).__name__, players)
        names = [player.optimizer for player in players]
        named = {name: kwargs.pop(name) for name in [*names, "optimizer"] if name in kwargs}
        checked = contracts.checked_optimizers(type(self).__name__, names, optimizers, named)
        super().compile(optimizer=tuple(checked), **kwargs)
        attributes: dict[str, Any] = {}
        for player, optimizer in zip(players, self.optimizer, strict=True):
            # All state exists from the start, so a checkpoint is restored completely.
            create_state(optimizer, player.variables)
            if player.is_one_of_many:
                attributes.setdefault(player.optimizer, []).append(optimizer)
            else:
                attributes[player.optimizer] = optimizer
        for name, value in attributes.items():
            setattr(self, name, value)

    def set_execution(self, steps: int, compiled: bool) -> None:
        """Sets how the compiled model is executed; call it under the strategy, before tracing.

        Args:
          steps: iterations in one call of TensorFlow.
          compiled: whether XLA compiles the iterations, or with several replicas their gradients.
        """
        self._configure_steps_per_execution(steps)
        kinds = tf.distribute.MirroredStrategy, tf.distribute.MultiWorkerMirroredStrategy
        replicated = isinstance(self.distribute_strategy, kinds)
        self.jit_compile = compiled and not replicated
        self.compiles_gradients = compiled and replicated

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        shuffle: bool = True,
        steps_per_epoch: int | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Keras' `fit`, for arrays and batches.

        Args:
          x: float samples [N, ...], images in [-1, 1]; or an `amnat.data.Dataset`; or a
            tf.data.Dataset of batches: samples, or (samples, labels).
          y: int labels [N] of arrays; methods that do not learn from labels need none.
          batch_size: samples of one batch of arrays, 32 by default. An iteration takes
            `batches_per_iteration` of them, and a rest that is less than that is left out.
          shuffle, steps_per_epoch, **kwargs: as in Keras.

        Raises: InputError (a ValueError) if the data does not fit the networks or the method, or if
          a loss breaks its contract (`GANModel`).
        """
        for name in ("validation_data", "validation_split"):
            if kwargs.get(name):
                raise InputError(
                    f"{type(self).__name__}.fit: {name}, but a GAN has no loss to validate; score "
                    "its samples instead (amnat.metrics)"
                )
        if x is not None and not self.stacked_batches:
            x = self._fit_data().batches(x, y, batch_size, shuffle, steps_per_epoch is not None)
        self._mistake: InputError | None = None
        try:
            return super().fit(x, steps_per_epoch=steps_per_epoch, shuffle=shuffle, **kwargs)
        except Exception:
            if self._mistake is None:
                raise
        # TensorFlow adds the frames of the trace to the message of an error.
        raise InputError(str(self._mistake))

    def check_dataset(self, dataset: Dataset) -> None:
        """Raises InputError unless a data set has samples and classes that the networks fit."""
        self._fit_data().check_dataset(dataset)

    def _fit_data(self) -> FitData:
        return FitData(
            type(self).__name__,
            self.discriminator,
            self.label_classes,
            self.other_logits,
            self.batches_per_iteration,
            self.seed,
        )

    def make_train_function(self, force: bool = False) -> Callable[..., Any]:
        """Keras' hook; with `jit_compile` all steps of an execution form one XLA program."""
        many = self._steps_per_execution
        steps = 1 if many is None else many.numpy().item()
        if not self.jit_compile or steps == 1 or self.run_eagerly:
            return super().make_train_function(force)
        if self.train_function is None or force:
            self.train_function = compiled_train_function(self, steps)
        return self.train_function

    def discriminator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        raise NotImplementedError

    def generator_loss(
        self, batch: tuple[tf.Tensor, ...], rng: RNG
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        raise NotImplementedError

    # There is no control flow for AutoGraph to convert, and the conversion slows down tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """One iteration: `d_steps` discriminator updates, then `g_steps` generator updates.

        Args:
          data: (samples, labels) whose first axis holds `batches_per_iteration` batches of one
            replica, interleaved: batch s starts with sample s.

        Returns: {log name: float scalar} from the last update of each player on this replica,
          divided by the number of replicas.
        """
        rng = self._iteration_rng()
        logs: dict[str, tf.Tensor] = {}
        for step in range(self.d_steps):
            batch = tf.nest.map_structure(lambda x, s=step: self._batch(x, s), data)
            logs |= self._update_discriminator(batch, rng.child(f"d{step}"))
        for step in range(self.g_steps):
            logs |= self._update_generator(batch, rng.child(f"g{step}"))
        self.iteration.assign_add(1)
        return self._record(logs)

    def _batch(self, tensor: tf.Tensor, step: int) -> tf.Tensor:
        count = self.batches_per_iteration
        return tensor if count == 1 else tensor[step::count]

    def _iteration_rng(self) -> RNG:
        return self._rng_of(self.iteration)

    def _rng_of(self, number: tf.Tensor, part: tf.Tensor | int = 0) -> RNG:
        """This replica's `RNG` for a number, such as the iteration; with one replica, of a part of
        it below MAX_REPLICAS."""
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        counter = number * MAX_REPLICAS + tf.cast(replica, tf.int64) + part
        if self.noise_generation:
            counter += self.noise_generation * GENERATION
        return RNG(self.seed, counter, version=self.rng_version)

    def _minimize(
        self,
        loss_function: LossFunction,
        batch: Any,
        rng: RNG,
        optimizer: keras.optimizers.Optimizer,
        variables: list[tf.Variable],
    ) -> dict[str, tf.Tensor]:
        gradients, logs = self._gradients(loss_function, batch, rng, optimizer, variables)
        self._apply_gradients(optimizer, gradients, variables)
        return logs

    def _gradients(
        self,
        loss_function: LossFunction,
        batch: Any,
        rng: RNG,
        optimizer: keras.optimizers.Optimizer,
        variables: list[tf.Variable],
        unconnected: str = "none",
    ) -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
        """(gradients for `_apply_gradients` with that optimizer, the logs of the loss).

        `unconnected`, 'none' or 'zero', is the gradient of variables that do not affect the loss.
        """

        def compute() -> tuple[list[tf.Tensor], dict[str, tf.Tensor]]:
            # Only the player's own variables are watched: the other player's forward pass is not
            # recorded unless the gradient has to flow through it.
            with (
                tf.GradientTape(watch_accessed_variables=False) as tape,
                training_phase(),
                shared_kernels(),
                narrow_as_products() if self._compiles_for_gpu() else contextlib.nullcontext(),
            ):
                tape.watch(variables)
                loss, logs = self._checked_loss(loss_function, batch, rng)
                # Gradients are summed over the replicas.
                replicas = tf.distribute.get_strategy().num_replicas_in_sync
                scaled_loss = loss / replicas if replicas > 1 else loss
                if isinstance(optimizer, keras.mixed_precision.LossScaleOptimizer):
                    scaled_loss = optimizer.get_scaled_loss(scaled_loss)
            return tape.gradient(scaled_loss, variables, unconnected_gradients=unconnected), logs

        if self.compiles_gradients:
            return tf.function(compute, autograph=False, jit_compile=True)()
        return compute()

    def _compiles_for_gpu(self) -> bool:
        compiles = self.jit_compile or self.compiles_gradients
        return bool(compiles and tf.config.list_logical_devices("GPU"))

    def _checked_loss(self, loss_function: LossFunction, batch: Any, rng: RNG) -> Any:
        result = loss_function(batch, rng)
        name = getattr(loss_function, "__qualname__", "a loss")
        with self._noting_mistakes():
            contracts.check_loss(name, result)
        return result

    @contextlib.contextmanager
    def _noting_mistakes(self) -> Iterator[None]:
        """A context that keeps the error that it passes on, for `fit`."""
        try:
            yield
        except InputError as error:
            self._mistake = error
            raise

    def _apply_gradients(
        self,
        optimizer: keras.optimizers.Optimizer,
        gradients: list[tf.Tensor],
        variables: list[tf.Variable],
    ) -> None:
        if isinstance(optimizer, keras.mixed_precision.LossScaleOptimizer):
            gradients = optimizer.get_unscaled_gradients(gradients)
        clips = self.clip_norm > 0
        if clips:
            context = tf.distribute.get_replica_context()
            if context.num_replicas_in_sync > 1:
                gradients = context.all_reduce("SUM", gradients)
            gradients, _ = tf.clip_by_global_norm(gradients, self.clip_norm)
        optimizer.apply_gradients(
            zip(gradients, variables, strict=True), experimental_aggregate_gradients=not clips
        )

    def _update_discriminator(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        return self._minimize(
            self.discriminator_loss,
            batch,
            rng,
            self.d_optimizer,
            self.discriminator.trainable_variables,
        )

    def _update_generator(self, batch: tuple[tf.Tensor, ...], rng: RNG) -> dict[str, tf.Tensor]:
        rate = current_rate(self.g_optimizer)
        logs = self._minimize(
            self.generator_loss, batch, rng, self.g_optimizer, self.generator.trainable_variables
        )
        logs = logs | {"klr": rate * 1000.0}
        self.generator_updates.assign_add(1)
        if self.ema_generator is not None:
            tf.distribute.get_replica_context().merge_call(self._update_averages)
        return logs

    def _update_averages(self, strategy: tf.distribute.Strategy) -> None:
        def update(average: tf.Variable, value: tf.Tensor) -> tf.Operation:
            if not average.dtype.is_floating:
                return average.assign(value)
            return average.assign(self.ema_decay * average + (1.0 - self.ema_decay) * value)

        assert self.ema_generator is not None
        for average, value in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            strategy.extended.update(average, update, args=(value,))

    def _record(self, logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        with self._noting_mistakes():
            contracts.check_log_names(type(self).__name__, tuple(logs), self.log_names)
        values = tf.stack([tf.cast(logs[name], tf.float64) for name in self.log_names])
        self.log_sums.assign_add(tf.stack([values, tf.square(values)]))
        self.log_count.assign_add(1)
        # Keras' fit sums the values that the replicas return.
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if replicas > 1:
            return {name: logs[name] / replicas for name in self.log_names}
        return {name: logs[name] for name in self.log_names}

    def sample(self, latents: tf.Tensor, use_ema: bool | None = None) -> tf.Tensor:
        """Generates samples; with batch statistics they depend on their whole batch.

        Args:
          latents: float [batch, dim].
          use_ema: whether to use the averaged generator; by default it is used if there is one.

        Returns: float [batch, ...], images in [-1, 1].
        """
        if use_ema is None:
            use_ema = self.ema_generator is not None
        generator = self.ema_generator if use_ema else self.generator
        assert generator is not None, "there is no averaged generator"
        return generator(latents)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return self.sample(inputs)


def create_state(optimizer: keras.optimizers.Optimizer, variables: list[tf.Variable]) -> None:
    """Creates the slots of an optimizer, of Keras' old or new kind, for some variables."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(inner, keras.optimizers.legacy.Optimizer):
        optimizer._create_all_weights(variables)
    else:
        with tf.init_scope():
            inner.build(variables)


def current_rate(optimizer: keras.optimizers.Optimizer) -> tf.Tensor:
    """The learning rate of an optimizer's next update, float32; old optimizers return schedules."""
    rate = optimizer.learning_rate
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        rate = rate(optimizer.iterations)
    return tf.cast(rate, tf.float32)
