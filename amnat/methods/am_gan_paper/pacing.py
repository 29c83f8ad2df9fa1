"""Which player is updated when: AM-GANs-for-reproduce's warm-up of the discriminator and its limits
(code/model.py, `train`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from amnat.errors import InputError
from amnat.methods.am_gan_paper.model import ClassAwareGAN
from amnat.methods.am_gan_paper.pacing_flags import Pacing
from amnat.rng import RNG

import tensorflow as tf

# The original goes on until the generator was updated, for ever if it has to. Here the limits no
# longer count in this round of an iteration.
MOST_ROUNDS = 1000


class _State(NamedTuple):
    """What the updates of an iteration hand on.

    Attributes:
      realness: float32 scalar, what the limits are compared with.
      values: float64 [n], the logged quantities.
      d_updates, g_updates: int64 scalars, of this iteration.
    """

    realness: tf.Tensor
    values: tf.Tensor
    d_updates: tf.Tensor
    g_updates: tf.Tensor


class PacedGAN(ClassAwareGAN):
    """`ClassAwareGAN` whose updates follow a `Pacing`.

    An iteration is a round of updates, discriminator first. With limits it is as many rounds as it
    takes until the generator was updated, and once in a run the discriminator. Further updates of a
    player in an iteration take the iteration's batches again, from the first one on, with noise of
    their own. It trains on one device.

    Logs, besides `ClassAwareGAN`'s: `updates_dis` and `updates_gen`, the numbers of updates in the
    iteration. A player without an update keeps the logs of its last one.

    Args:
      pacing: `Pacing`.
      *args, **kwargs: of `ClassAwareGAN`.

    Raises: InputError with more than one device.
    """

    extra_log_names = ("updates_dis", "updates_gen")

    def __init__(self, *args: Any, pacing: Pacing, **kwargs: Any):
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise InputError(
                "--iWarmD, --fLimitedD, --fLimitedG: several devices, expected one, because what "
                "is updated depends on what was computed; give --strategy=one_device"
            )
        super().__init__(*args, **kwargs)
        self.pacing = pacing
        # What a resumed run goes on with.
        self.realness = tf.Variable(0.0, trainable=False, name="realness")
        self.last_values = tf.Variable(
            tf.zeros([len(self.log_names)], tf.float64), trainable=False, name="last_values"
        )

    @tf.autograph.experimental.do_not_convert
    def train_step(self, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        batches = [
            tf.nest.map_structure(lambda x, s=step: self._batch(x, s), data)
            for step in range(self.d_steps)
        ]
        none = tf.zeros([], tf.int64)
        state = _State(self.realness.read_value(), self.last_values.read_value(), none, none)
        if self.pacing.has_limits:
            state = self._rounds(batches, state)
        else:
            state = self._round(batches, state, self._iteration_rng(), True)
        self.realness.assign(state.realness)
        self.last_values.assign(state.values)
        self.iteration.assign_add(1)
        logs = dict(zip(self.log_names, tf.unstack(state.values), strict=True))
        return self._record(logs | {"updates_dis": state.d_updates, "updates_gen": state.g_updates})

    def _rounds(self, batches: list[Any], state: _State) -> _State:
        d_was_updated = self.d_optimizer.iterations > 0

        def is_open(number: tf.Tensor, state: _State) -> tf.Tensor:
            d_done = d_was_updated | (state.d_updates > 0)
            return (number == 0) | ~d_done | (state.g_updates == 0)

        def body(number: tf.Tensor, state: _State) -> tuple[tf.Tensor, _State]:
            # One device leaves the numbers of the other replicas to the rounds.
            rng = self._rng_of(self.iteration, number)
            return number + 1, self._round(batches, state, rng, number >= MOST_ROUNDS - 1)

        # While it runs, the number of rounds stays below that of replicas.
        return tf.while_loop(is_open, body, (tf.zeros([], tf.int64), state))[1]

    def _round(
        self, batches: list[Any], state: _State, rng: RNG, is_free: bool | tf.Tensor
    ) -> _State:
        """One round; `is_free` switches the limits off."""
        pacing, steps = self.pacing, self.d_steps
        is_warm = self.iteration < pacing.warm_iterations
        warm_steps = pacing.warm_steps if pacing.warm_iterations else steps
        count = tf.where(is_warm, warm_steps, steps)
        for step in range(max(steps, warm_steps)):
            # True where it always holds: it then needs no branch in the graph.
            may = True if step < min(steps, warm_steps) else step < count
            if is_free is not True:
                may &= is_free | (state.realness >= pacing.d_limit)
            state = self._maybe(may, state, batches[step % steps], rng.child(f"d{step}"), "d")
        for step in range(self.g_steps):
            may = is_free
            if is_free is not True:
                may |= state.realness <= pacing.g_limit
            state = self._maybe(may, state, batches[-1], rng.child(f"g{step}"), "g")
        return state

    def _maybe(
        self, may: bool | tf.Tensor, state: _State, batch: Any, rng: RNG, player: str
    ) -> _State:
        def update() -> _State:
            step = self._update_discriminator if player == "d" else self._update_generator
            logs = step(batch, rng)
            values = [
                tf.cast(logs[name], tf.float64) if name in logs else state.values[i]
                for i, name in enumerate(self.log_names)
            ]
            return _State(
                tf.cast(logs[self._logit_names("fake")[0]], tf.float32),
                tf.stack(values),
                state.d_updates + (player == "d"),
                state.g_updates + (player == "g"),
            )

        return update() if may is True else tf.cond(may, update, lambda: state)
