"""The schedule of negatives: how many an iteration takes, and in which iterations."""

from __future__ import annotations

from dataclasses import dataclass

from amnat.data.negatives import Negatives
from amnat.errors import InputError


@dataclass(frozen=True)
class NegativeSchedule:
    """Negatives, and the iterations of training that take them.

    Two schedules are common. The NAT paper's "NAT-GAN X" has X negatives in every batch of 100
    (section 3.2.2). Its authors' page advises adding them every ten batches; the iterations between
    them are then those of X = 0.

    Attributes:
      negatives: the negatives that are drawn from.
      per_batch: X, over all replicas.
      every: iterations 0, every, 2 * every, etc. take negatives: X new ones in each of their
        discriminator steps.

    Raises:
      InputError: if `every` is less than 1 or `per_batch` is not in [1, N].
    """

    negatives: Negatives
    per_batch: int
    every: int = 1

    def __post_init__(self) -> None:
        if self.every < 1:
            raise InputError(f"--iNegEvery={self.every}: expected at least 1")
        if not 1 <= self.per_batch <= self.negatives.num_samples:
            raise InputError(
                f"--iNegPerBatch={self.per_batch}: expected 1 to {self.negatives.num_samples}, the "
                f"number of negatives '{self.negatives.name}'"
            )

    def check_replicas(self, replicas: int) -> None:
        """Raises InputError unless a batch's negatives divide among the replicas."""
        if self.per_batch % replicas:
            raise InputError(
                f"--iNegPerBatch={self.per_batch}: expected a multiple of the {replicas} devices"
            )

    def __str__(self) -> str:
        when = "every batch" if self.every == 1 else f"a batch, every {self.every} iterations"
        count = self.negatives.num_samples
        return f"{self.negatives.name}, {count:,} samples, {self.per_batch} in {when}"
