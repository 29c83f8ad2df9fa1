"""Makes the golden numbers of the SimGAN and InfoGAN losses: sim_gan.npz.

    python tests/golden/make_sim_gan.py --out FOLDER

PyTorch's own losses and autograd in float64 on the CPU (install it separately, amnat does not
depend on it); sim_gan_cases.py has the inputs. Keys: <loss>/<case> the value, <loss>/<case>/<input>
its gradient.
"""

import argparse
import pathlib

import numpy as np
import sim_gan_cases as cases
import torch
from torch.nn import functional


def leaf(values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def cosine(first, second, target):
    """Rows of one against those of the other, of which one may have a single row."""
    count = max(len(first), len(second))
    loss = torch.nn.CosineEmbeddingLoss()
    return loss(first.expand(count, -1), second.expand(count, -1), target * torch.ones(count))


def mean_row(vectors):
    return vectors.mean(0, keepdim=True)


def sim_generator(fake, real, ranges):
    terms = []
    for first, end in ranges:
        f, r = fake[first:end], real.detach()[first:end]
        terms += [cosine(mean_row(f), r, 1), cosine(mean_row(r), f, 1)]
    whole = cosine(mean_row(fake), mean_row(real.detach()), 1)
    return (sum(terms) / len(terms) + whole) / 2


def sim_critic(fake, real, ranges):
    terms = []
    for first, end in ranges:
        f, r = fake[first:end], real[first:end]
        terms.append(cosine(f, mean_row(r), -1) + cosine(r, mean_row(f), -1))
    return sum(terms) / len(terms)


def relative_critic(fake, real, least_squares, competitive=False, importance=False):
    f = (fake - real.mean(0, keepdim=True)).mean(1)
    r = (real - fake.mean(0, keepdim=True)).mean(1)
    loss = r.mean()
    if least_squares:
        target = torch.full_like(f, 0.0 if competitive else -1.0)
        loss = (functional.mse_loss(f, target) + functional.mse_loss(r, torch.ones_like(r))) / 2
    if importance:
        loss = loss + torch.logsumexp(torch.cat([-fake.flatten(), -real.flatten()]), 0)
    return loss


def with_gradients(name, loss, **inputs):
    """{key: array} of a loss and its gradients; None of inputs that it does not depend on."""
    value = loss(**inputs)
    gradients = torch.autograd.grad(value, list(inputs.values()), allow_unused=True)
    found = {name: value.item()}
    for key, gradient in zip(inputs, gradients, strict=True):
        if gradient is not None:
            found[f"{name}/{key}"] = gradient.numpy()
    return found


def patch_losses():
    found = {}
    for kind in cases.KINDS:
        fake, real = (leaf(cases.vectors(kind, side)) for side in ("fake", "real"))
        for title, ranges in cases.RANGES.items():
            for loss in (sim_generator, sim_critic):
                name = f"{loss.__name__}/{kind}, {title}"
                found |= with_gradients(
                    name,
                    lambda fake, real, f=loss, r=ranges: f(fake, real, r),
                    fake=fake,
                    real=real,
                )
        for title, options in cases.IPM.items():
            found |= with_gradients(
                f"relative_critic/{kind}, {title}",
                lambda fake, real, o=options: relative_critic(fake, real, **o),
                fake=fake,
                real=real,
            )
    return found


def information_losses():
    logits, labels = cases.label_inputs()
    labels = torch.tensor(labels)
    entropy = torch.nn.CrossEntropyLoss()
    found = with_gradients(
        "label/single", lambda logits: entropy(logits, labels), logits=leaf(logits)
    )
    found |= with_gradients(
        "label/double",
        lambda logits: entropy(torch.softmax(logits, 1), labels),
        logits=leaf(logits),
    )
    estimate, code = map(leaf, cases.codes())
    for name, loss in (("absolute", torch.nn.L1Loss()), ("squared", torch.nn.MSELoss())):
        found |= with_gradients(
            f"space/{name}", lambda estimate, f=loss: f(estimate, code), estimate=estimate
        )
    return found


def dragan():
    inputs = {name: torch.tensor(value) for name, value in cases.dragan_inputs().items()}
    images, alpha = inputs["images"], inputs["alpha"].reshape(-1, 1, 1, 1)

    def penalty(weights):
        noisy = images + 0.5 * images.std() * inputs["uniform"]
        points = (alpha * images + (1 - alpha) * noisy).requires_grad_()
        outputs = torch.sigmoid(points.flatten(1) @ weights)
        (slope,) = torch.autograd.grad(outputs, points, torch.ones_like(outputs), create_graph=True)
        return ((slope.flatten(1).norm(2, dim=1) - 1) ** 2).mean()

    return with_gradients("dragan", penalty, weights=inputs["weights"].requires_grad_())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder of the result")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    np.savez_compressed(out / "sim_gan.npz", **patch_losses(), **information_losses(), **dragan())


if __name__ == "__main__":
    main()
