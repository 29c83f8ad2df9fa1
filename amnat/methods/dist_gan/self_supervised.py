"""Self-supervised tasks of a discriminator: to recognise rotations and generated images.

SS (Chen et al. 2019, SSGAN): four classes, the rotations. MS (Tran et al. 2019, "Self-supervised
GAN: Analysis and Improvement with Multi-class Minimax Game"): a fifth class, of generated images,
makes the task adversarial. Sources: tntrung/msgan, modules/imutils.py and msdistgan.py;
kwotsin/mimicry, torch_mimicry/nets/ssgan/ssgan_base.py.

Class k below 4 is a rotation by k quarter turns, counter-clockwise.
"""

from __future__ import annotations

from amnat.rng import RNG

import tensorflow as tf

NUM_ROTATIONS = 4
FAKE_CLASS = NUM_ROTATIONS


def all_rotations(images: tf.Tensor) -> tf.Tensor:
    """float [4 * batch, H, W, C], H = W: all images upright, then all of them in each rotation."""
    turned = [tf.image.rot90(images, k) for k in range(1, NUM_ROTATIONS)]
    return tf.concat([images, *turned], axis=0)


def random_candidates(
    rng: RNG, name: str, num_images: int | tf.Tensor, num_blocks: int
) -> tf.Tensor:
    """int32 [num_images]: different numbers in [0, num_blocks * num_images), in random order.

    The order is that of the uniform numbers that it draws from `rng` under `name`.
    """
    draw = rng.uniform(name, [num_blocks * num_images])
    return tf.argsort(draw)[:num_images]


def rotation_batch(images: tf.Tensor, candidates: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Takes candidates from all rotations of a batch.

    There are as many candidates as images, so the rotations are balanced only on average; one image
    may occur several times and another not at all.

    Args:
      images: float [batch, H, W, C].
      candidates: ints [batch], k * batch + i for image i in rotation k (`random_candidates` with 4
        blocks). The generator's task takes the same ones of real and of generated images.

    Returns: (float [batch, H, W, C], int32 labels [batch] in [0, 4)).
    """
    labels = candidates // tf.shape(images)[0]
    return tf.gather(all_rotations(images), candidates), labels


def mixture_batch(
    real: tf.Tensor, fake: tf.Tensor, candidates: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Takes candidates from all rotations of real images and from upright generated images.

    Args:
      real, fake: float [batch, H, W, C].
      candidates: ints [batch] (`random_candidates` with 5 blocks); the last block is `fake`.

    Returns: (float [batch, H, W, C], int32 labels [batch] in [0, 5)).
    """
    labels = candidates // tf.shape(real)[0]
    return tf.gather(tf.concat([all_rotations(real), fake], axis=0), candidates), labels


def quarter_turns(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Rotates the k-th quarter of a batch by k quarter turns (mimicry's batches).

    Args:
      images: float [batch, H, W, C]; the batch size is a multiple of 4.

    Returns: (float [batch, H, W, C], int32 labels [batch]).
    """
    count = tf.shape(images)[0] // NUM_ROTATIONS
    parts = [tf.image.rot90(images[k * count : (k + 1) * count], k) for k in range(NUM_ROTATIONS)]
    return tf.concat(parts, axis=0), tf.repeat(tf.range(NUM_ROTATIONS), count)


def class_loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Softmax cross-entropy; a scalar in nats.

    Args:
      logits: float [batch, 4 or 5].
      labels: ints [batch].
    """
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def binary_class_loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Sigmoid cross-entropy with one-hot targets, mean over batch and classes; a scalar in nats.

    rmermin/msgan.pytorch (functions.py) uses it instead of `class_loss`.
    """
    targets = tf.one_hot(labels, logits.shape[1], dtype=logits.dtype)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits))


def matching_loss(fake_loss: tf.Tensor, real_loss: tf.Tensor) -> tf.Tensor:
    """|loss of rotated fakes - loss of equally rotated real images|: the generator's task.

    Labels are the rotations for both, also with a fake class.
    """
    return tf.abs(fake_loss - real_loss)
