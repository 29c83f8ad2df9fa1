"""What the scripts of tntrung/msgan set for each data set, and the variants' own settings.

This module does not load TensorFlow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from amnat.errors import InputError

FAMILIES = ("dcgan", "sngan", "resnet")
LOSSES = ("log", "hinge")
VARIANTS = ("official", "pytorch_seed", "ssgan")
# The initial kernels of msgan.pytorch's convolutions; see `pytorch_initial`.
INIT_TYPES = ("normal", "orth", "xavier_uniform", "false")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One of the original's scripts.

    Attributes:
      data: the data set's name here.
      families: networks that it offers, the default first.
      losses: adversarial losses that it offers, the default last.
      num_steps, latent_size: the defaults of n_steps and noise_dim.
      style: a key of `amnat.methods.dist_gan.networks.families.DCGAN_STYLES`.
      classifier_data: the data set that a classifier for scores is trained on; None if there is
        none.
    """

    data: str
    families: tuple[str, ...] = ("dcgan",)
    losses: tuple[str, ...] = ("log",)
    num_steps: int = 300000
    latent_size: int = 128
    style: str = "images"
    classifier_data: str | None = None

    @property
    def loss(self) -> str:
        """The default adversarial loss."""
        return self.losses[-1]


_SMALL: dict[str, Any] = {"families": ("resnet", "dcgan", "sngan"), "losses": LOSSES}
ENTRIES = {
    "cifar10": Entry("cifar10", classifier_data="cifar10", **_SMALL),
    "cifar100": Entry("cifar100", classifier_data="cifar100", **_SMALL),
    "imagenet_32": Entry("imagenet32", classifier_data="imagenet32", **_SMALL),
    "stl10": Entry("stl10_unlabeled", ("resnet", "sngan"), LOSSES, classifier_data="stl10"),
    "celeba": Entry("celeba", latent_size=100),
    "mnist": Entry(
        "mnist_28", num_steps=100000, latent_size=100, style="mnist", classifier_data="mnist_28"
    ),
    "mnist-1k": Entry(
        "stacked_mnist",
        num_steps=200000,
        latent_size=256,
        style="stacked_mnist",
        classifier_data="mnist_28",
    ),
}
# ((lambda_d, lambda_g) of the SS task, those of the MS task) by the data set's script and the
# networks, or by k for Stacked-MNIST.
_TASK_WEIGHTS = {
    ("small", "dcgan"): ((1.0, 0.0), (1.0, 0.1)),
    ("small", "sngan"): ((1.0, 0.0), (1.0, 0.01)),
    ("small", "resnet"): ((0.5, 0.0), (0.5, 0.1)),
    ("stl10", "sngan"): ((0.5, 0.0), (0.5, 0.05)),
    ("stl10", "resnet"): ((1.0, 0.0), (1.0, 0.01)),
    ("mnist-1k", 4): ((0.5, 0.0), (0.5, 0.2)),
    ("mnist-1k", 2): ((1.0, 0.0), (1.0, 1.0)),
    ("mnist-1k", 1): ((1.0, 0.0), (1.0, 1.0)),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """The resolved settings of a run.

    Attributes:
      family, loss_type: members of FAMILIES and LOSSES.
      encoder_width, generator_width, discriminator_width: ef_dim, gf_dim, df_dim.
      penalty_weight, regulariser_weight: lambda_p, lambda_r.
      d_task_weight, g_task_weight: lambda_d, lambda_g.
      learning_rate: the rate of every optimizer; with pytorch_seed, of discriminator and generator.
      beta1, beta2: the betas of every Adam.
    """

    family: str
    loss_type: str
    encoder_width: int
    generator_width: int
    discriminator_width: int
    penalty_weight: float
    regulariser_weight: float
    d_task_weight: float
    g_task_weight: float
    learning_rate: float
    beta1: float
    beta2: float

    def replace(self, **given: Any) -> Settings:
        """A copy with the arguments that are not None replaced."""
        return dataclasses.replace(self, **{k: v for k, v in given.items() if v is not None})


def check_choice(value: Any, flag: str, offered: Collection[Any], what: str) -> None:
    """Raises InputError unless `value` is one of `offered`."""
    if value not in offered:
        raise InputError(f"--{flag}={value}: {what} has {', '.join(map(str, offered))}")


def resolve(
    db_name: str,
    family: str | None = None,
    loss_type: str | None = None,
    ss_task: int = 2,
    k: int = 2,
    variant: str = "official",
) -> Settings:
    """The settings of the original, or of a variant.

    Args:
      db_name: a key of ENTRIES.
      family, loss_type: None for the data set's defaults.
      ss_task: 0, 1 or 2.
      k: size divisor of Stacked-MNIST's discriminator, 1, 2 or 4.
      variant: a member of VARIANTS; 'pytorch_seed': rmermin/msgan.pytorch; 'ssgan': Chen et al.
        2019 with mimicry's optimizer.

    Returns: Settings.
    Raises: InputError for a combination that is not offered.
    """
    entry = ENTRIES[db_name]
    if variant != "official":
        offered = [name for name, other in ENTRIES.items() if "resnet" in other.families]
        check_choice(db_name, "db_name", offered, f"--variant={variant}")
    family, loss_type = family or entry.families[0], loss_type or entry.loss
    check_choice(family, "nnet_type", entry.families, f"--db_name={db_name}")
    check_choice(loss_type, "loss_type", entry.losses, f"--db_name={db_name}")
    check_choice(ss_task, "ss_task", (0, 1, 2), "the task")
    if variant != "official":
        check_choice(family, "nnet_type", ("resnet",), f"--variant={variant}")
        check_choice(loss_type, "loss_type", ("hinge",), f"--variant={variant}")
        return _variant(db_name, variant)
    widths = (64, 64, 64)
    if db_name == "mnist-1k":
        check_choice(k, "k", (4, 2, 1), "Stacked-MNIST")
        widths = (8, 8, 8 // k)
    elif family == "resnet" and db_name != "stl10":
        widths = (128, 128, 128)
    group = db_name if db_name in ("stl10", "mnist-1k") else "small"
    task_weights = (0.0, 0.0)
    if ss_task:
        task_weights = _TASK_WEIGHTS[group, k if group == "mnist-1k" else family][ss_task - 1]
    return Settings(
        family,
        loss_type,
        *widths,
        0.5,
        0.01 if db_name == "mnist-1k" else 1.0,
        *task_weights,
        2e-4,
        0.0 if family == "resnet" else 0.5,
        0.9,
    )


def _variant(db_name: str, variant: str) -> Settings:
    widths = (64, 64, 64) if db_name == "stl10" else (128, 128, 128)
    if variant == "ssgan":
        return Settings("resnet", "hinge", *widths, 0.0, 0.0, 1.0, 0.2, 2e-4, 0.0, 0.9)
    return Settings("resnet", "hinge", *widths, 1.0, 1.0, 0.5, 0.1, 1e-4, 0.0, 0.9)


def folder_name(
    db_name: str,
    settings: Settings,
    ss_task: int,
    k: int,
    batch_size: int,
    num_steps: int,
    variant: str = "official",
) -> str:
    """The name of a run's folder, as in the original."""
    method = "distgan" if variant == "official" else variant
    size = f"K_{k}_" if db_name == "mnist-1k" else ""
    task = "" if variant == "ssgan" else f"sstask_{ss_task}_"
    return (
        f"{db_name}_{method}_{settings.family}_{settings.loss_type}_{size}{task}"
        f"ld_{settings.d_task_weight:.2f}_lg_{settings.g_task_weight:.2f}"
        f"_batch_{batch_size}_niters_{num_steps}"
    )
