"""The SimGAN losses: cosine similarity of a critic's patch vectors (rezer0dai/info-cycle-sim-gan).

A critic gives a vector of P patch scores per image. Vectors are compared with the **mean vector**
of the other side, within groups of one label: the group's mean is taken first, then the cosine.

A group is a column of a membership matrix, float [batch, groups] of zeros and ones. A row of zeros
is in no group; a group that is empty on either side does not contribute to a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

# torch.nn.CosineEmbeddingLoss adds this to each squared norm.
_EPSILON = 1e-12


def cosine_similarity(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """The cosine of vectors along the last axis, as torch.nn.CosineEmbeddingLoss computes it.

    Args:
      first, second: float [..., P], broadcast against each other. A vector of zeros has cosine 0.

    Returns: float [...] in [-1, 1].
    """
    product = tf.reduce_sum(first * second, axis=-1)
    squares = [tf.reduce_sum(tf.square(x), axis=-1) + _EPSILON for x in (first, second)]
    return product / tf.sqrt(squares[0] * squares[1])


def groups_of_ranges(
    ranges: Sequence[tuple[int, int]], count: int, dtype: tf.DType = tf.float32
) -> tf.Tensor:
    """The membership [count, groups] of ranges of rows, ((first, end), ...), the end excluded."""
    rows = tf.range(count)[:, None]
    first, end = (tf.constant([pair[i] for pair in ranges], tf.int32) for i in (0, 1))
    return tf.cast((rows >= first) & (rows < end), dtype)


def one_group(vectors: tf.Tensor) -> tf.Tensor:
    """The membership [batch, 1] of all rows of float [batch, P] in one group."""
    return tf.ones_like(vectors[:, :1])


def similarity_generator_loss(
    fake: tf.Tensor,
    real: tf.Tensor,
    groups: tf.Tensor | None = None,
    real_groups: tf.Tensor | None = None,
    by_group: bool = True,
) -> tf.Tensor:
    """How far the generated images' patch vectors are from the real ones'.

    For every group there are two terms: the mean of 1 - cos between its real vectors and the mean
    generated one, and between its generated vectors and the mean real one. The loss is half the
    mean of these terms, in which every group has the same weight whatever its size, plus half of
    1 - cos between the two means over **all** rows.

    Args:
      fake, real: float [batch, P]; no gradient flows through `real`.
      groups: membership of the generated rows; by default one group.
      real_groups: membership of the real rows; by default the same as `groups`.
      by_group: if False, the loss is 1 - cos of the means over all rows, without groups (the
        article's `adv_label_extended` switched off).

    Returns: a scalar in [0, 2].
    """
    real = tf.stop_gradient(real)
    means = [tf.reduce_mean(vectors, axis=0) for vectors in (fake, real)]
    whole = 1.0 - cosine_similarity(*means)
    if not by_group:
        return whole
    first, second, weights = _by_group(fake, real, groups, real_groups, lambda cosine: 1.0 - cosine)
    return 0.5 * tf.reduce_sum(weights * (first + second)) / 2.0 + 0.5 * whole


def similarity_critic_loss(
    fake: tf.Tensor,
    real: tf.Tensor,
    groups: tf.Tensor | None = None,
    real_groups: tf.Tensor | None = None,
) -> tf.Tensor:
    """How near the generated images' patch vectors are to the real ones'; the critic reduces it.

    It has the terms of `similarity_generator_loss` with max(0, cos) instead of 1 - cos. The two
    terms of a group are added, and the sums averaged over the groups; gradients flow through both
    sides. Vectors of positive entries, as sigmoids give, always have a positive cosine.

    Args:
      fake, real, groups, real_groups: as for `similarity_generator_loss`.

    Returns: a scalar in [0, 2].
    """
    first, second, weights = _by_group(fake, real, groups, real_groups, tf.nn.relu)
    return tf.reduce_sum(weights * (first + second))


def _by_group(
    fake: tf.Tensor,
    real: tf.Tensor,
    groups: tf.Tensor | None,
    real_groups: tf.Tensor | None,
    term: Callable[[tf.Tensor], tf.Tensor],
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """For each group the mean term of generated rows against the real mean, the mean term of real
    rows against the generated mean, and the group's weight; float [groups] each."""
    if real_groups is None:
        real_groups = one_group(real) if groups is None else groups
    groups = one_group(fake) if groups is None else groups
    fake_mean, fake_share, fake_found = _group_means(fake, groups)
    real_mean, real_share, real_found = _group_means(real, real_groups)
    first = tf.reduce_sum(fake_share * term(cosine_similarity(fake[:, None], real_mean)), axis=0)
    second = tf.reduce_sum(real_share * term(cosine_similarity(real[:, None], fake_mean)), axis=0)
    found = fake_found * real_found
    return first, second, found / tf.maximum(tf.reduce_sum(found), 1.0)


def _group_means(vectors: tf.Tensor, groups: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """(means [groups, P], each row's share in its group's mean [batch, groups], 1 or 0 [groups] for
    groups with and without rows)."""
    groups = tf.cast(groups, vectors.dtype)
    count = tf.reduce_sum(groups, axis=0)
    share = groups / tf.maximum(count, 1.0)
    return tf.matmul(share, vectors, transpose_a=True), share, tf.minimum(count, 1.0)
