"""MS-GAN with the flags of rmermin/msgan.pytorch as a `Method`: tools/msgan_pytorch.py."""

from __future__ import annotations

import pathlib
import time
from typing import TYPE_CHECKING, Any

from amnat.data.dataset import Dataset
from amnat.methods.dist_gan import pytorch_flags
from amnat.methods.dist_gan.settings import Settings
from amnat.training import resumption
from amnat.training.method import Method
from amnat.training.run_directory import RunDirectory

from absl import flags

if TYPE_CHECKING:
    from amnat.models.base import GANModel
    from amnat.training.loop import TrainingOptions

    import tf_keras as keras

FLAGS = flags.FLAGS


class MSGANPyTorchScript(Method):
    """The repository's training: its networks, losses, four optimizers, and validations."""

    run_flags = pytorch_flags.RUN_FLAGS
    own_instead = pytorch_flags.OWN_INSTEAD
    # The original's name of --resume.
    resume_short_name = "load_path"
    _name = ""

    def define_flags(self) -> None:
        pytorch_flags.define()

    def check_flags(self) -> None:
        pytorch_flags.check()

    def run_name(self) -> str:
        """The name of the experiment and the time of its start; that of the newest run if the flags
        ask to go on with one."""
        if not self._name:
            goes_on = resumption.is_requested() or FLAGS.auto_resume
            self._name = (self._newest() if goes_on else "") or time.strftime(
                f"{FLAGS.exp_name}_%Y_%m_%d_%H_%M_%S"
            )
        return self._name

    def _newest(self) -> str:
        """The name of the newest run of this experiment; '' if there is none."""
        parent = pathlib.Path(FLAGS.result_dir).expanduser()
        stamp = "_".join(["[0-9]" * digits for digits in (4, 2, 2, 2, 2, 2)])
        names = (path.name for path in parent.glob(f"*_{stamp}") if path.is_dir())
        ours = [name for name in names if name[: -len("_2000_01_01_00_00_00")] == FLAGS.exp_name]
        return max(ours, default="")

    def title(self) -> str:
        return "MS-GAN (msgan.pytorch)"

    def load_data(self, split: str) -> Dataset:
        return pytorch_flags.load_data(split)

    def num_iterations(self, dataset: Dataset) -> int:
        return pytorch_flags.num_iterations(dataset)

    def build_model(self, dataset: Dataset) -> GANModel:
        from amnat.methods.dist_gan import build

        settings = Settings(
            family="resnet",
            loss_type="hinge",
            # The networks have twice these widths.
            encoder_width=FLAGS.ef_dim // 2,
            generator_width=FLAGS.gf_dim // 2,
            discriminator_width=FLAGS.df_dim,
            penalty_weight=1.0,
            regulariser_weight=1.0,
            d_task_weight=FLAGS.lambda_d,
            g_task_weight=FLAGS.lambda_g,
            learning_rate=FLAGS.g_lr,
            beta1=FLAGS.beta1,
            beta2=FLAGS.beta2,
        )
        options = build.ModelOptions(
            settings=settings,
            variant="pytorch_seed",
            ss_task=2,
            num_steps=pytorch_flags.num_steps(dataset),
            latent_size=FLAGS.latent_dim,
            style="images",
            generator_reconstructs=True,
            fixes={},
            reconstruction_rate=FLAGS.ae_recon_lr,
            regulariser_rate=FLAGS.ae_reg_lr,
            d_steps=1,
            ema_decay=FLAGS.ema_decay,
            data_format=FLAGS.data_format,
            seed=FLAGS.random_seed,
            discriminator_rate=FLAGS.d_lr,
        )
        return build.build_model(options, dataset)

    def start_model(self, model: Any, dataset: Dataset) -> None:
        """Sets the initial weights of --init_type."""
        from amnat.methods.dist_gan.pytorch_initial import initialize

        networks = model.encoder, model.generator, model.discriminator
        initialize(networks, FLAGS.init_type, FLAGS.random_seed)
        if model.ema_generator is not None:
            model.ema_generator.set_weights(model.generator.get_weights())

    def check_data(self, dataset: Dataset) -> None:
        pytorch_flags.check_statistics()
        if not pytorch_flags.can_validate(dataset):
            print(
                f"not validated: {dataset.name} has one class, and a small classifier needs at "
                "least 2; give another one with --score_classifier",
                flush=True,
            )

    def callbacks(
        self, run: RunDirectory, start: int, dataset: Dataset, options: TrainingOptions
    ) -> list[keras.callbacks.Callback]:
        """Sheets of real images, the encoder's latents, and the validations."""
        from amnat.methods.dist_gan.sheets import real_image_callbacks
        from amnat.methods.dist_gan.validation import FID, FIDOptions, Validation

        found = real_image_callbacks(run, start, dataset, options)
        if not pytorch_flags.can_validate(dataset):
            return found
        chosen = FIDOptions(
            classifier=FLAGS.score_classifier,
            statistics=FLAGS.fid_stat,
            num_images=FLAGS.num_eval_imgs,
            batch_size=FLAGS.eval_batch_size,
            stretches=not FLAGS.fix_eval_contrast,
            cache_dir=run.path.parent / "score_cache",
        )
        fid = FID(dataset, lambda: self.load_data("test"), chosen)
        length = pytorch_flags.epoch_length(dataset)
        return [*found, Validation(FLAGS.val_freq, length, start, run, fid)]
