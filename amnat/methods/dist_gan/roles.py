"""What Dist-GAN and SSGAN expect of their networks."""

from __future__ import annotations

from amnat.errors import InputError
from amnat.networks.network import Network


def check_roles(generator: Network, discriminator: Network, task_classes: int) -> None:
    """Raises InputError unless the networks have what the losses call.

    Args:
      generator: a network with `unit_images`.
      discriminator: a network with `features`, `score` and, for a task, `classify`.
      task_classes: the number of the task's classes, 0 without a task.
    """
    heads = ["features", "score", *(["classify"] if task_classes else [])]
    for role, network, names in (
        ("generator", generator, ["unit_images"]),
        ("discriminator", discriminator, heads),
    ):
        missing = [name for name in names if not hasattr(network, name)]
        if missing:
            raise InputError(
                f"the {role} has no {', '.join(missing)}; expected a network of "
                "amnat.methods.dist_gan.networks or a Keras model"
            )
    if discriminator.form is None or not isinstance(discriminator.form.outputs, dict):
        return
    outputs = discriminator.form.outputs
    found = outputs["class_logits"].shape[1] if "class_logits" in outputs else 0
    if found != task_classes and (task_classes or found):
        raise InputError(
            f"the discriminator has {1 + found} logits, expected {1 + task_classes}: 1 of being "
            f"real and {task_classes} of the task's classes"
        )
