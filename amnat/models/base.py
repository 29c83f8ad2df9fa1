"""The training step that the GAN methods share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from amnat.layers import gradients_from_outputs, narrow_as_products, shared_kernels
from amnat.models.compiled_loop import compiled_train_function
from amnat.rng import GENERATION, MAX_REPLICAS, RNG, VERSION

import tensorflow as tf
import tf_keras as keras

if TYPE_CHECKING:
    from amnat.export.generators import Latent
    from amnat.networks.network import Network

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
      generator, discriminator: `amnat.networks.Network`s whose variables are built.
      latent: callable (rng, batch size, dtype) -> latents, e.g. `NormalLatent`.
      d_steps, g_steps: updates of each player per iteration.
      seed: Python int that all random draws derive from.
      ema_generator: optional second network with the generator's architecture. It starts as a copy
        of the generator and follows it as an exponential moving average.
      ema_decay: decay of that average per update.

    Attributes:
      iteration: int64 variable, the number of completed iterations.
      generator_updates: int64 variable that counts the generator's updates only; both learning
        rates follow it.
      has_class_head: whether the discriminator's first K logits are those of the data's K classes.
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
    clip_norm = 0.0
    compiles_gradients = False
    noise_generation = 0
    stacked_batches = False
    rng_version = VERSION
    # Keras sets it to None and calls `make_train_function`.
    train_function: Callable[..., Any] | None

    def __init__(
        self,
        generator: Network,
        discriminator: Network,
        latent: Latent,
        d_steps: int = 1,
        g_steps: int = 1,
        seed: int = 0,
        ema_generator: Network | None = None,
        ema_decay: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.latent = latent
        self.d_steps = d_steps
        self.g_steps = g_steps
        self.seed = seed
        self.ema_generator = ema_generator
        self.ema_decay = ema_decay
        if ema_generator is not None:
            ema_generator.set_weights(generator.get_weights())
            ema_generator.trainable = False
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

    def compile(self, *optimizers: keras.optimizers.Optimizer, **kwargs: Any) -> None:
        """Sets the optimizers, one for each of `players`, each with its own step count.

        Raises: ValueError if their number differs from that of the players.
        """
        players = self.players()
        if len(optimizers) != len(players):
            names = ", ".join(player.optimizer for player in players)
            raise ValueError(
                f"{type(self).__name__}.compile: {len(optimizers)} optimizers, expected "
                f"{len(players)}: {names}"
            )
        super().compile(optimizer=optimizers, **kwargs)
        attributes: dict[str, Any] = {}
        for player, optimizer in zip(players, self.optimizer, strict=True):
            # All state exists from the start, so a checkpoint is restored completely.
            optimizer._create_all_weights(player.variables)
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

    def _rng_of(self, number: tf.Tensor) -> RNG:
        """This replica's `RNG` for a number, such as the iteration."""
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        counter = number * MAX_REPLICAS + tf.cast(replica, tf.int64)
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
                shared_kernels(),
                gradients_from_outputs(),
                narrow_as_products() if self._compiles_for_gpu() else contextlib.nullcontext(),
            ):
                tape.watch(variables)
                loss, logs = loss_function(batch, rng)
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
        rate = tf.cast(self.g_optimizer.learning_rate, tf.float32)
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
            return average.assign(self.ema_decay * average + (1.0 - self.ema_decay) * value)

        assert self.ema_generator is not None
        for average, value in zip(self.ema_generator.weights, self.generator.weights, strict=True):
            strategy.extended.update(average, update, args=(value,))

    def _record(self, logs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        if set(logs) != set(self.log_names):
            raise ValueError(f"{self.name} logs {sorted(logs)}, log_names are {self.log_names}")
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
