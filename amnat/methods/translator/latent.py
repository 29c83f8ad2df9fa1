"""What a translator between domains takes: an image, a code and the domain to go to."""

import math

from amnat.errors import InputError

import tensorflow as tf


class TranslationLatent:
    """An image, a code U(-1, 1) and the one-hot label of a domain, in one vector.

    Drawing needs images to translate (`take_images`), which its configuration does not hold.

    Args:
      image_shape: (H, W, C).
      num_domains: D.
      space_dim: entries of the code.

    Attributes:
      size: length of what the generator takes, H * W * C + space_dim + D.
    """

    def __init__(self, image_shape, num_domains, space_dim):
        self.image_shape = tuple(image_shape)
        self.num_domains = num_domains
        self.space_dim = space_dim
        self.size = math.prod(self.image_shape) + space_dim + num_domains
        self._source = None

    @property
    def law(self):
        """What the entries are, as text."""
        return (
            f"an image {list(self.image_shape)}, row by row, then {self.space_dim} entries "
            f"independent uniform in [-1, 1), then a one-hot domain of {self.num_domains}"
        )

    def take_images(self, dataset):
        """Draws from the images of a data set, whose labels are their domains."""
        self._source = dataset
        return self

    def join(self, images, space, labels):
        """Latents [batch, size].

        Args:
          images: float [batch, H, W, C] in [-1, 1].
          space: float [batch, space_dim].
          labels: int [batch], the domains to go to.
        """
        flat = tf.reshape(images, [-1, math.prod(self.image_shape)])
        one_hot = tf.one_hot(labels, self.num_domains, dtype=flat.dtype)
        return tf.concat([flat, space, one_hot], axis=1)

    def __call__(self, rng, batch_size, dtype=tf.float32):
        """Draws images and other domains than theirs: float [batch_size, size].

        From the draws `rows`, `label` and `space` of `rng`. Raises InputError without images.
        """
        if self._source is None:
            raise InputError(
                "the generator translates images and draws none: score it while it trains "
                "(--score_every), or export it and give it images"
            )
        count = self._source.num_samples
        rows = tf.cast(rng.uniform("rows", [batch_size]) * count, tf.int32)
        # A float32 product can round up to the count itself.
        rows = tf.minimum(rows, count - 1)
        pixels = tf.cast(tf.gather(self._source.samples, rows), dtype)
        domains = tf.gather(self._source.labels, rows)
        other = tf.cast(rng.uniform("label", [batch_size]) * (self.num_domains - 1), tf.int32)
        labels = (domains + 1 + tf.minimum(other, self.num_domains - 2)) % self.num_domains
        space = rng.uniform("space", [batch_size, self.space_dim], dtype) * 2.0 - 1.0
        return self.join((pixels - 127.5) / 128.0, space, labels)

    def get_config(self):
        """The constructor's arguments."""
        return {
            "image_shape": list(self.image_shape),
            "num_domains": self.num_domains,
            "space_dim": self.space_dim,
        }
