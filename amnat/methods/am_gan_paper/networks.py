"""The image pair of the AM-GAN paper's own experiments (AM-GANs-for-reproduce, code/model.py,
`generator`, `discriminator`).

Layers are numbered as the original numbers them: its deconv2d_wn_1, conv2d_wn_0, bn_2 and
linear_wn_0 are deconv1, conv0, bn2 and linear here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from amnat.layers import Conv2D, Conv2DTranspose, Dropout, TruncatedNoise
from amnat.layers.layer_norm import SampleNormalization
from amnat.methods.am_gan_paper import resampling
from amnat.networks.network import Network
from amnat.rng import RNG, derive_seed

import numpy as np
import tensorflow as tf
import tf_keras as keras

POOLINGS = ("avgpool", "sqrpool", "none")
# The original's strided convolutions keep the size of images smaller than this.
_SMALLEST_STRIDED = 8
# How often widths grow when the size halves: to the widest maps of the original's 32x32 networks.
_GROWTHS = 2


class WidthError(ValueError):
    """A layer would have no filters; the message lists the widths."""


def generator_plan(
    image_size: int, width: int, min_width: int, num_extra: int, wide_end: bool, growth: float
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """(size, filters) of the dense layer's images, [(filters, stride), ...] of the hidden deconvs.

    See `AMGANGenerator` for the arguments. Filters are fractions until they are cut to integers,
    as in the original. Sizes that halve more often than 32 keep its widest maps at the smallest.
    """
    size = image_size // 2
    filters: float = width
    halvings = 0
    while size % 2 == 0 and size >= _SMALLEST_STRIDED:
        size //= 2
        halvings += 1
        filters *= growth if halvings <= _GROWTHS else 1
    extra = [filters]
    for _ in range(num_extra):
        # The original's lower bound is the **discriminator's** width.
        extra.insert(0, max(min_width, extra[0] // growth))
    deconvs = [(int(count), 1) for count in extra[1:]]
    start, now = size, size
    while now != image_size // 2:
        now *= 2
        filters /= growth if halvings <= _GROWTHS else 1
        halvings -= 1
        deconvs.append((int(filters), 2))
    if wide_end:
        deconvs.append((int(filters // 2), 2))
    return (start, int(extra[0])), deconvs


def discriminator_plan(
    image_size: int, width: int, min_size: int, num_first: int, num_extra: int, growth: float
) -> list[tuple[int, int]]:
    """[(filters, stride), ...] of the convolutions; see `AMGANDiscriminator`."""
    convs = [(int(width / growth ** (num_first - i)), 1) for i in range(num_first)]
    size, filters, halvings = image_size, width / 2, 0
    while size / 2 >= min_size:
        if size < _SMALLEST_STRIDED:
            raise ValueError(f"images of {image_size} cannot shrink to a min_size of {min_size}")
        # One more than in the generator, because they start at half the width.
        filters *= growth if halvings <= _GROWTHS else 1
        halvings += 1
        size = -(-size // 2)
        convs.append((int(filters), 2))
    return convs + [(int(filters), 1)] * num_extra


def _check_widths(plan: Sequence[tuple[int, int]]) -> None:
    widths = [filters for filters, _ in plan]
    if min(widths, default=1) < 1:
        raise WidthError(f"layers of {widths} filters, expected at least 1 in each")


class _NormedNetwork(Network):
    """A network with batch norms bn0, ..., layer norms ln0, ..., or none."""

    def make_norms(
        self, count: int, use_batch_norm: bool, use_layer_norm: bool
    ) -> list[keras.layers.Layer]:
        if use_layer_norm:
            return [
                SampleNormalization(
                    data_format=self.data_format, name=f"ln{i}", dtype=self.dtype_policy
                )
                for i in range(count)
            ]
        return [self.batch_norm(f"bn{i}") for i in range(count if use_batch_norm else 0)]


class AMGANGenerator(_NormedNetwork):
    """Latent [batch, dim] -> images [batch, size, size, channels] in [-1, 1].

    At 32x32 and the defaults: dense to 4x4x4f, transposed convolutions of stride 2 to 2f, f and
    f/2, one of stride 1 to the channels, tanh; batch norm and activation after all but the last.
    The latent may carry a one-hot class behind the noise.

    Args:
      width: f, the original's iFilterDimG.
      channels: number of image channels.
      image_size: height and width of the images, a multiple of 4. From 64 on, further layers of
        stride 2 at the smallest sizes keep the width 4f; 28 and 48 start from 7 and 6.
      kernel_size: iKsizeG.
      num_extra: iResG, further layers of stride 1 at the smallest size.
      min_width: lower bound of these layers' widths; the original takes iFilterDimD.
      wide_end: gfirst1: the last stride-2 layer has f/2 filters and a layer of stride 1 follows;
        without it that layer makes the image itself.
      growth: fDimIncreaseRate, the ratio of widths when the size halves.
      use_batch_norm: oBnG.
      use_layer_norm: oBnG=ln, layer norm instead.
      upsampling: oUp, a member of `resampling.UPSAMPLINGS`: how the layers of stride 2 double the
        size. 'deconv': by their stride. 'deconvpool': a 2x2 layer of stride 2 that keeps the
        width, then the layer with stride 1. The others: see `resampling.upsample`, then stride 1.
      noise_maps: bAddHZ: each layer with a stride of 2 takes one more map, of U[-1, 1) numbers.

    Call: (latents, rng=None). `rng` draws the noise maps; without it they are a fixed function of
    the latents, so that a latent always gives the same image.
    """

    def __init__(
        self,
        width: int = 192,
        channels: int = 3,
        image_size: int = 32,
        kernel_size: int = 3,
        num_extra: int = 0,
        min_width: int = 128,
        wide_end: bool = True,
        growth: float = 2.0,
        use_batch_norm: bool = True,
        use_layer_norm: bool = False,
        upsampling: str = "deconv",
        noise_maps: bool = False,
        activation: str = "lrelu",
        name: str = "generator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        self.start, plan = generator_plan(image_size, width, min_width, num_extra, wide_end, growth)
        _check_widths([self.start[::-1], *plan])
        plan.append((channels, 1 if wide_end else 2))
        if upsampling not in resampling.UPSAMPLINGS:
            raise ValueError(f"upsampling must be in {resampling.UPSAMPLINGS}, not {upsampling!r}")
        self.upsampling = upsampling
        self.noise_maps = noise_maps
        self.linear = self.dense(self.start[0] ** 2 * self.start[1], "linear")
        layers = self._plan_layers(plan, kernel_size)
        # How many layers follow each other without an activation in between, and what doubles.
        self._stages = tuple(len(stage) for stage in layers)
        self._doubles = tuple(stride == 2 for _, stride in plan)
        self.deconvs = [
            Conv2DTranspose(
                *layer,
                data_format=self.data_format,
                **self._kernel_arguments(f"deconv{i}"),
            )
            for i, layer in enumerate(layer for stage in layers for layer in stage)
        ]
        self.norms = self.make_norms(len(plan), use_batch_norm, use_layer_norm)

    def _plan_layers(
        self, plan: Sequence[tuple[int, int]], kernel_size: int
    ) -> list[list[tuple[int, int, int]]]:
        """[(filters, kernel size, stride), ...] for each (filters, stride): one layer or two."""
        stages, before = [], self.start[1]
        for filters, stride in plan:
            layers = [(filters, kernel_size, stride if self.upsampling == "deconv" else 1)]
            if stride == 2 and self.upsampling == "deconvpool":
                layers.insert(0, (before, 2, 2))
            if stride == 2 and self.upsampling in resampling.FROM_CHANNELS and before % 4:
                raise WidthError(
                    f"{self.upsampling} makes one map of four, and {before} are no multiple of 4"
                )
            stages.append(layers)
            before = filters
        return stages

    def call(self, inputs: tf.Tensor, rng: RNG | None = None) -> tf.Tensor:
        size, filters = self.start
        noise = self._noise(inputs, rng)
        h = self.tap("linear", self.linear(inputs))
        h = tf.reshape(h, [-1, size, size, filters])
        if self.data_format == "NCHW":
            h = tf.transpose(h, [0, 3, 1, 2])
        layers = iter(self.deconvs)
        for i, (count, doubles) in enumerate(zip(self._stages, self._doubles, strict=True)):
            h = self._hidden(h, i)
            if doubles and self.upsampling not in ("deconv", "deconvpool"):
                h = resampling.upsample(h, self.upsampling, self.data_format)
            for deconv in itertools.islice(layers, count):
                if self.noise_maps and deconv.strides == 2:
                    h = tf.concat([h, next(noise)], axis=self.channel_axis)
                h = self.tap(deconv.name, deconv(h))
        h = self.tap("tanh", tf.tanh(h))
        return tf.transpose(h, [0, 2, 3, 1]) if self.data_format == "NCHW" else h

    def _noise(self, latents: tf.Tensor, rng: RNG | None) -> Iterator[tf.Tensor]:
        """Maps of U[-1, 1) numbers [batch, size, size, 1] for the layers that double the size."""
        size = self.start[0]
        for index in itertools.count():
            shape = (size, size, 1) if self.data_format == "NHWC" else (1, size, size)
            if rng is None:
                numbers = _numbers_of(latents, size**2, derive_seed(self.seed, f"hz{index}"))
                numbers = tf.reshape(numbers, [-1, *shape])
            else:
                numbers = rng.uniform(f"hz{index}", [tf.shape(latents)[0], *shape], latents.dtype)
            yield tf.cast(2.0 * numbers - 1.0, self.compute_dtype)
            size *= 2

    def _hidden(self, h: tf.Tensor, index: int) -> tf.Tensor:
        if self.norms:
            norm = self.norms[index]
            h = self.tap(norm.name, norm(h))
        return self.tap(f"activation{index}", self.activate(h))


def _numbers_of(latents: tf.Tensor, count: int, seed: int) -> tf.Tensor:
    """Numbers in [0, 1), float32 [batch, count], of latents [batch, dim]: the fractions of random
    sums whose spread is so wide that the fractions are nearly uniform and independent."""
    factors = np.random.default_rng(seed).normal(0.0, 100.0, (latents.shape[1], count))
    sums = tf.matmul(tf.cast(latents, tf.float32), tf.constant(factors, tf.float32))
    return tf.stop_gradient(sums - tf.floor(sums))


class AMGANDiscriminator(_NormedNetwork):
    """Images [batch, size, size, channels] -> logits [batch, num_logits].

    At 32x32 and the defaults: additive input noise, convolutions of f/2 (stride 1), f, 2f and 4f
    (stride 2) filters, each with batch norm (the first too), activation and dropout, the mean over
    what remains, dropout again, and a dense layer.

    Args:
      num_logits: K + 2: K classes, real, fake.
      width: f, the original's iFilterDimD.
      image_size: height and width of the images.
      kernel_size: iKsizeD.
      num_first: dfirst1, layers of stride 1 at full size.
      num_extra: iResD, layers of stride 1 at the smallest size.
      min_size: iMinSizeD, the size that strided layers stop at.
      growth: fDimIncreaseRate.
      pooling: dfinal: 'avgpool', 'sqrpool' (mean of squares) or 'none', which has no second
        dropout either.
      input_noise: standard deviation of the additive input noise; 0 leaves it out for good.
      layer_noise: fLayerNoiseD, of a multiplicative noise after each layer.
      dropout_rate: fLayerDropoutD; kept entries are divided by 1 - rate.
      use_batch_norm: oBnD.
      use_layer_norm: oBnD=ln, layer norm instead.
      num_conditions: number of classes that a call is given as constant maps behind the image's
        channels and its noise (CGAN); 0 for none.
      downsampling: oDown, a member of `resampling.DOWNSAMPLINGS`: how the layers of stride 2 halve
        the size. 'conv': by their stride. The others have stride 1; 'space_depth' comes before
        them, the rest after them. See `resampling.downsample`.

    Call: (images, rng, noise_stddev=None, classes=None); `noise_stddev`, a scalar tensor, stands in
    for `input_noise`; `classes`, float [batch, num_conditions], is 0 where it is left out.
    """

    def __init__(
        self,
        num_logits: int,
        width: int = 128,
        image_size: int = 32,
        kernel_size: int = 3,
        num_first: int = 1,
        num_extra: int = 0,
        min_size: int = 4,
        growth: float = 2.0,
        pooling: str = "avgpool",
        input_noise: float = 0.1,
        layer_noise: float = 0.0,
        dropout_rate: float = 0.3,
        use_batch_norm: bool = True,
        use_layer_norm: bool = False,
        num_conditions: int = 0,
        downsampling: str = "conv",
        activation: str = "lrelu",
        name: str = "discriminator",
        **kwargs: Any,
    ):
        super().__init__(activation, name=name, **kwargs)
        if pooling not in POOLINGS:
            raise ValueError(f"pooling must be in {POOLINGS}, not {pooling!r}")
        self.pooling = pooling
        if downsampling not in resampling.DOWNSAMPLINGS:
            known = resampling.DOWNSAMPLINGS
            raise ValueError(f"downsampling must be in {known}, not {downsampling!r}")
        self.downsampling = downsampling
        self.num_conditions = num_conditions
        plan = discriminator_plan(image_size, width, min_size, num_first, num_extra, growth)
        _check_widths(plan)
        self.convs = [
            Conv2D(
                filters,
                kernel_size,
                stride if downsampling == "conv" else 1,
                data_format=self.data_format,
                **self._kernel_arguments(f"conv{i}"),
            )
            for i, (filters, stride) in enumerate(plan)
        ]
        self._halves = tuple(stride == 2 for _, stride in plan)
        count = len(plan)
        self.norms = self.make_norms(count, use_batch_norm, use_layer_norm)
        # One more of each for what follows the pooling.
        count += pooling != "none"
        random = {"data_format": self.data_format, "dtype": self.dtype_policy}
        self.input_noise = None
        if input_noise > 0:
            self.input_noise = TruncatedNoise(
                input_noise, multiplicative=False, name="noise", **random
            )
        self.noises = [
            TruncatedNoise(layer_noise, additive=False, name=f"noise{i}", **random)
            for i in range(count if layer_noise > 0 else 0)
        ]
        self.dropouts = [
            Dropout(dropout_rate, name=f"dropout{i}", **random)
            for i in range(count if dropout_rate > 0 else 0)
        ]
        self.linear = self.dense(num_logits, "linear")

    def call(
        self,
        inputs: tf.Tensor,
        rng: RNG | None = None,
        noise_stddev: tf.Tensor | None = None,
        classes: tf.Tensor | None = None,
    ) -> tf.Tensor:
        h = tf.transpose(inputs, [0, 3, 1, 2]) if self.data_format == "NCHW" else inputs
        if self.input_noise is not None:
            h = self.tap("noise", self.input_noise(h, rng, noise_stddev))
        if self.num_conditions:
            h = self._with_classes(h, classes)
        for i, conv in enumerate(self.convs):
            kind = self.downsampling if self._halves[i] else "conv"
            if kind == "space_depth":
                h = resampling.downsample(h, kind, self.data_format)
            h = self.tap(conv.name, conv(h))
            if kind not in ("conv", "space_depth"):
                h = resampling.downsample(h, kind, self.data_format)
            if self.norms:
                h = self.tap(self.norms[i].name, self.norms[i](h))
            h = self.tap(f"activation{i}", self.activate(h))
            h = self._perturb(h, rng, i)
        if self.pooling != "none":
            h = tf.square(h) if self.pooling == "sqrpool" else h
            spatial = [1, 2] if self.data_format == "NHWC" else [2, 3]
            h = self.tap("pool", tf.reduce_mean(h, spatial))
            h = self._perturb(h, rng, len(self.convs))
        elif self.data_format == "NCHW":
            h = tf.transpose(h, [0, 2, 3, 1])
        return self.tap("linear", self.linear(h))

    def _with_classes(self, h: tf.Tensor, classes: tf.Tensor | None) -> tf.Tensor:
        if classes is None:
            classes = tf.zeros([tf.shape(h)[0], self.num_conditions], h.dtype)
        spatial = [1, 2] if self.data_format == "NHWC" else [2, 3]
        maps = tf.cast(classes, h.dtype)
        for axis in spatial:
            maps = tf.expand_dims(maps, axis)
        for axis in spatial:
            maps = tf.repeat(maps, h.shape[axis], axis=axis)
        return tf.concat([h, maps], axis=self.channel_axis)

    def _perturb(self, h: tf.Tensor, rng: RNG | None, index: int) -> tf.Tensor:
        if self.noises:
            assert rng is not None
            noise = self.noises[index]
            h = self.tap(noise.name, noise(h, rng.child(noise.name)))
        if self.dropouts:
            dropout = self.dropouts[index]
            h = self.tap(dropout.name, dropout(h, rng))
        return h
