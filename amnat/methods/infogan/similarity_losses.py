"""The SimGAN losses: cosine similarity of a critic's patch vectors (rezer0dai/info-cycle-sim-gan).

A critic gives a vector of P patch scores per image. Vectors are compared with the **mean vector**
of the other side, within groups of one label: a group's mean is taken first, its cosine after.

A group is a column of a membership matrix, float [batch, groups] of zeros and ones. A row of zeros
is in no group; a group that is empty on either side has no part in a loss.
"""

import tensorflow as tf

# torch.nn.CosineEmbeddingLoss adds it to each squared norm.
_EPSILON = 1e-12


def cosine_similarity(first, second):
    """The cosine of vectors along the last axis, as torch.nn.CosineEmbeddingLoss has it.

    Args:
      first, second: float [..., P], broadcast against each other. A vector of zeros has cosine 0.

    Returns: float [...] in [-1, 1].
    """
    product = tf.reduce_sum(first * second, axis=-1)
    squares = [tf.reduce_sum(tf.square(x), axis=-1) + _EPSILON for x in (first, second)]
    return product / tf.sqrt(squares[0] * squares[1])


def groups_of_ranges(ranges, count, dtype=tf.float32):
    """The membership [count, groups] of ranges of rows, ((first, end), ...), the end excluded."""
    rows = tf.range(count)[:, None]
    first, end = (tf.constant([pair[i] for pair in ranges], tf.int32) for i in (0, 1))
    return tf.cast((rows >= first) & (rows < end), dtype)


def one_group(vectors):
    """The membership [batch, 1] of all rows of float [batch, P] in one group."""
    return tf.ones_like(vectors[:, :1])


def similarity_generator_loss(fake, real, groups=None, real_groups=None, by_group=True):
    """How far the generated images' patch vectors are from the real ones'.

    For every group: the mean of 1 - cos over its real vectors and the mean generated one, and over
    its generated vectors and the mean real one. Half the mean of these terms, in which every group
    counts alike whatever its size, and half 1 - cos of the two means over **all** rows.

    Args:
      fake, real: float [batch, P]; no gradient flows through `real`.
      groups: membership of the generated rows; by default one group.
      real_groups: of the real rows; by default the same.
      by_group: without it the loss is 1 - cos of the means over all rows, whole (the article's
        `adv_label_extended` off).

    Returns: a scalar in [0, 2].
    """
    real = tf.stop_gradient(real)
    means = [tf.reduce_mean(vectors, axis=0) for vectors in (fake, real)]
    whole = 1.0 - cosine_similarity(*means)
    if not by_group:
        return whole
    first, second, weights = _by_group(fake, real, groups, real_groups, lambda cosine: 1.0 - cosine)
    return 0.5 * tf.reduce_sum(weights * (first + second)) / 2.0 + 0.5 * whole


def similarity_critic_loss(fake, real, groups=None, real_groups=None):
    """How near the generated images' patch vectors are to the real ones', which the critic undoes.

    The terms of `similarity_generator_loss` with max(0, cos) in place of 1 - cos, both of a group
    added, averaged over the groups; gradients flow through both sides. Vectors of positive entries,
    as sigmoids give, always have a positive cosine.

    Args:
      fake, real, groups, real_groups: as there.

    Returns: a scalar in [0, 2].
    """
    first, second, weights = _by_group(fake, real, groups, real_groups, tf.nn.relu)
    return tf.reduce_sum(weights * (first + second))


def _by_group(fake, real, groups, real_groups, term):
    """Per group the mean term of generated rows against the real mean, that of real rows against
    the generated mean, and its weight; float [groups] each."""
    if real_groups is None:
        real_groups = one_group(real) if groups is None else groups
    groups = one_group(fake) if groups is None else groups
    fake_mean, fake_share, fake_found = _group_means(fake, groups)
    real_mean, real_share, real_found = _group_means(real, real_groups)
    first = tf.reduce_sum(fake_share * term(cosine_similarity(fake[:, None], real_mean)), axis=0)
    second = tf.reduce_sum(real_share * term(cosine_similarity(real[:, None], fake_mean)), axis=0)
    found = fake_found * real_found
    return first, second, found / tf.maximum(tf.reduce_sum(found), 1.0)


def _group_means(vectors, groups):
    """(means [groups, P], each row's share in its group's mean [batch, groups], 1 or 0 [groups] for
    groups with and without rows)."""
    groups = tf.cast(groups, vectors.dtype)
    count = tf.reduce_sum(groups, axis=0)
    share = groups / tf.maximum(count, 1.0)
    return tf.matmul(share, vectors, transpose_a=True), share, tf.minimum(count, 1.0)
