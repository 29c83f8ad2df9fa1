"""AM-GAN on plain Keras networks and optimizers, as a script outside amnat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amnat.data.dataset import Dataset
from amnat.training.main import run

from absl import flags
from circle_gan import CircleMethod

if TYPE_CHECKING:
    from amnat.models.base import GANModel

FLAGS = flags.FLAGS


class KerasMethod(CircleMethod):
    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.am_gan.model import AMGAN

        import tf_keras as keras
        from tf_keras import layers

        def generator() -> keras.Model:
            return keras.Sequential(
                [
                    layers.Input((6,)),
                    layers.Dense(8 * 8 * FLAGS.width),
                    layers.BatchNormalization(name="norm"),
                    layers.ReLU(),
                    layers.Reshape((8, 8, FLAGS.width)),
                    layers.Conv2DTranspose(1, 4, 4, "same", activation="tanh"),
                ]
            )

        images = layers.Input(dataset.sample_shape)
        h = layers.LeakyReLU(0.2)(layers.Conv2D(FLAGS.width, 4, 4)(images))
        h = layers.BatchNormalization()(layers.Dropout(0.2)(h))
        logits = layers.Dense(dataset.num_classes + 1)(layers.Flatten()(h))
        average = generator() if FLAGS.ema_decay else None
        model = AMGAN(
            generator(),
            keras.Model(images, logits),
            seed=FLAGS.seed,
            ema_generator=average,
            ema_decay=FLAGS.ema_decay,
        )
        model.compile(keras.optimizers.Adam(FLAGS.lr), keras.optimizers.RMSprop(FLAGS.lr))
        return model


SCRIPT = KerasMethod

if __name__ == "__main__":
    run(SCRIPT)
