"""AM-GAN and NAT-GAN on images, AM-GAN on points, and sampling from the generator."""

import layers
import torch
import torch.nn.functional as F
from layers import DEVICE, BatchNorm, Conv, Deconv, Linear
from torch import nn
from work import Work

NUM_CLASSES = 10


class ImageGenerator(nn.Module):
    def __init__(self, latent, width):
        super().__init__()
        self.width = width
        self.linear = Linear(latent, 4 * 4 * 8 * width)
        self.norms = nn.ModuleList(BatchNorm(n * width) for n in (8, 4, 2, 1))
        self.deconvs = nn.ModuleList(
            [
                Deconv(8 * width, 4 * width, 2),
                Deconv(4 * width, 2 * width, 2),
                Deconv(2 * width, width, 2),
                Deconv(width, 3),
            ]
        )

    def forward(self, z):
        h = self.linear(z).view(-1, 8 * self.width, 4, 4)
        h = h.contiguous(memory_format=torch.channels_last)
        for norm, deconv in zip(self.norms, self.deconvs, strict=True):
            h = deconv(F.leaky_relu(norm(h), 0.2, inplace=True))
        return torch.tanh(h)


class ImageDiscriminator(nn.Module):
    def __init__(self, logits, width):
        super().__init__()
        widths = [3, width, 2 * width, 4 * width, 8 * width]
        self.convs = nn.ModuleList(Conv(widths[i], widths[i + 1], 2 if i else 1) for i in range(4))
        self.norms = nn.ModuleList(BatchNorm(n) for n in widths[2:])
        self.linear = Linear(8 * width, logits)

    def forward(self, x):
        h = layers.noise(x)
        for i, conv in enumerate(self.convs):
            h = conv(h)
            if i:
                h = self.norms[i - 1](h)
            h = layers.dropout(F.leaky_relu(h, 0.2, inplace=True))
        h = h.mean((2, 3)) * h.shape[2]
        return self.linear(layers.dropout(h))


class PointGenerator(nn.Module):
    def __init__(self, latent, width):
        super().__init__()
        sizes = [latent] + 5 * [width]
        self.hidden = nn.ModuleList(Linear(sizes[i], width) for i in range(5))
        self.norms = nn.ModuleList(BatchNorm(width) for _ in range(5))
        self.linear = Linear(width, 2)

    def forward(self, h):
        for linear, norm in zip(self.hidden, self.norms, strict=True):
            h = F.leaky_relu(norm(linear(h)), 0.2, inplace=True)
        return self.linear(h)


class PointDiscriminator(nn.Module):
    def __init__(self, logits, width):
        super().__init__()
        sizes = [2] + 5 * [width]
        self.hidden = nn.ModuleList(Linear(sizes[i], width) for i in range(5))
        self.norms = nn.ModuleList(BatchNorm(width) for _ in range(4))
        self.linear = Linear(width, logits)

    def forward(self, h):
        for i, linear in enumerate(self.hidden):
            h = linear(h)
            if i:
                h = self.norms[i - 1](h)
            h = F.leaky_relu(h, 0.2, inplace=True)
        return self.linear(h)


def am_losses(logits):
    """(discriminator loss, for which fakes are the last class; generator loss: nearest class)."""
    fake = torch.full((len(logits),), logits.shape[1] - 1, device=logits.device)
    return F.cross_entropy(logits, fake), F.cross_entropy(logits, logits[:, :-1].argmax(1))


def nat_losses(logits):
    """(discriminator loss, for which fakes have no class; generator loss: nearest class)."""
    uniform = -F.log_softmax(logits, 1).mean()
    return uniform, F.cross_entropy(logits, logits.argmax(1))


def _training(settings, generator, discriminator, losses):
    """Returns the step of one iteration: real images, labels and perhaps negatives -> None."""
    generator.to(DEVICE), discriminator.to(DEVICE)
    d_optimizer = layers.adam([discriminator])
    g_optimizer = layers.adam([generator])

    def fakes(count):
        return generator(torch.randn(count, settings["latent_size"], device=DEVICE))

    def iterate(real, labels, *negatives):
        layers.frozen(discriminator, False)
        with layers.precision(settings):
            with torch.no_grad():
                fake = torch.cat([fakes(len(real)), *negatives])
            of_real = F.cross_entropy(discriminator(real), labels)
            loss = of_real + losses(discriminator(fake))[0]
        d_optimizer.zero_grad()
        loss.backward()
        d_optimizer.step()
        # The generator's update does not need gradients of the discriminator's weights.
        layers.frozen(discriminator)
        with layers.precision(settings):
            loss = losses(discriminator(fakes(len(real))))[1]
        g_optimizer.zero_grad()
        loss.backward()
        g_optimizer.step()

    return iterate


def train_images(settings):
    latent, count = settings["latent_size"], settings.get("negatives", 0)
    logits, losses = (NUM_CLASSES, nat_losses) if count else (NUM_CLASSES + 1, am_losses)
    batch = layers.random_batches(settings)
    generator = ImageGenerator(latent, settings["generator_width"])
    discriminator = ImageDiscriminator(logits, settings["discriminator_width"])
    step = _training(settings, generator, discriminator, losses)
    fetch = (lambda: (*batch(), batch(count)[0])) if count else batch
    return Work(step, fetch, (generator, discriminator))


def train_points(settings):
    size, latent = settings["batch_size"], settings["latent_size"]
    points = torch.randn(100000, 2, device=DEVICE)
    labels = torch.arange(100000, device=DEVICE) % NUM_CLASSES

    def batch():
        rows = torch.randint(0, len(points), (size,), device=DEVICE)
        return points[rows], labels[rows]

    generator = PointGenerator(latent, settings["generator_width"])
    discriminator = PointDiscriminator(NUM_CLASSES + 1, settings["discriminator_width"])
    step = _training(settings, generator, discriminator, am_losses)
    return Work(lambda: step(*batch()), networks=(generator, discriminator))


def sample(settings):
    size, latent = settings["batch_size"], settings["latent_size"]
    generator = ImageGenerator(latent, settings["generator_width"]).to(DEVICE)

    @torch.inference_mode()
    def images():
        with layers.precision(settings):
            made = generator(torch.randn(size, latent, device=DEVICE))
        return made.permute(0, 2, 3, 1).contiguous().float().cpu().numpy()

    return Work(images, networks=(generator,))
