"""MS-GAN's resnet on 32x32 images: updates of encoder, discriminator and generator in turn."""

import math

import layers
import torch
import torch.nn.functional as F
from layers import DEVICE, BatchNorm, Conv, Linear
from torch import nn
from work import Work

LATENT = 128
PENALTY, D_TASK, G_TASK = 0.5, 0.5, 0.1
RECONSTRUCTIONS = 0.05


def conv(inputs, outputs, kernel_size=3, stride=1):
    return Conv(inputs, outputs, stride, kernel_size, normed=False)


def linear(inputs, outputs):
    return Linear(inputs, outputs, normed=False, stddev=0.02)


class NormedBlock(nn.Module):
    """A block of the generator (which doubles the size) or the encoder (which halves it)."""

    def __init__(self, inputs, outputs, resize, activation):
        super().__init__()
        self.bn0, self.bn1 = BatchNorm(inputs, 1.001e-5), BatchNorm(outputs, 1.001e-5)
        self.conv1, self.conv2 = conv(inputs, outputs), conv(outputs, outputs)
        self.conv3 = conv(inputs, outputs, 1)
        self.grows, self.activation = resize == "up", activation

    def forward(self, x):
        h = self.activation(self.bn0(x))
        if self.grows:
            h = F.interpolate(h, scale_factor=2, mode="nearest")
        h = self.conv2(self.activation(self.bn1(self.conv1(h))))
        if self.grows:
            return h + F.interpolate(self.conv3(x), scale_factor=2, mode="nearest")
        return F.avg_pool2d(h, 2) + self.conv3(F.avg_pool2d(x, 2))


class Generator(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = 2 * width
        self.linear = linear(LATENT, 16 * self.width)
        self.blocks = nn.Sequential(
            *(NormedBlock(self.width, self.width, "up", F.relu) for _ in range(3))
        )
        self.norm, self.end = BatchNorm(self.width, 1.001e-5), conv(self.width, 3)

    def forward(self, z):
        h = self.linear(z).view(-1, self.width, 4, 4).contiguous(memory_format=torch.channels_last)
        return torch.sigmoid(self.end(F.relu(self.norm(self.blocks(h)))))


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        width *= 2
        self.start = conv(3, width)
        self.blocks = nn.Sequential(
            *(NormedBlock(width, width, "down", self._bend) for _ in range(3))
        )
        self.norm, self.linear = BatchNorm(width, 1.001e-5), linear(16 * width, LATENT)

    @staticmethod
    def _bend(h):
        return F.leaky_relu(h, 0.2)

    def forward(self, x):
        h = self._bend(self.norm(self.blocks(self.start(x))))
        return self.linear(h.flatten(1))


class PlainBlock(nn.Module):
    """A block of the discriminator; with `is_first` it has no activation before it."""

    def __init__(self, inputs, outputs, halves, is_first=False):
        super().__init__()
        self.is_first = is_first
        self.conv1, self.conv2 = conv(inputs, outputs), conv(outputs, outputs)
        self.down1 = conv(outputs, outputs, 1, 2) if halves else nn.Identity()
        self.conv3 = conv(inputs, outputs, 1) if halves else nn.Identity()
        shortcut = inputs if is_first else outputs
        self.down2 = conv(shortcut, shortcut, 1, 2) if halves else nn.Identity()

    def forward(self, x):
        h = self.conv1(x if self.is_first else F.relu(x))
        h = self.down1(self.conv2(F.relu(h)))
        if self.is_first:
            return h + self.conv3(self.down2(x))
        return h + self.down2(self.conv3(x))


class Discriminator(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.blocks = nn.Sequential(
            PlainBlock(3, width, True, is_first=True),
            PlainBlock(width, width, True),
            PlainBlock(width, width, False),
            PlainBlock(width, width, False),
        )
        self.score_head, self.class_head = linear(width, 1), linear(64 * width, 5)

    def features(self, x):
        return F.relu(self.blocks(x))

    def score(self, features):
        return self.score_head(features.sum((2, 3)))

    def classify(self, features):
        return self.class_head(features.flatten(1))

    def judge(self, x):
        return self.score(self.features(x))


def candidates(images, extra, rows):
    """Chooses some of all rotations of images (and of extra images); returns them and classes."""
    turned = [torch.rot90(images, k, (2, 3)) for k in range(4)]
    chosen = torch.cat([*turned, *extra])[rows]
    return chosen.contiguous(memory_format=torch.channels_last), rows // len(images)


def train(settings):
    width, size = settings["width"], settings["batch_size"]
    networks = Encoder(width), Discriminator(width), Generator(width)
    encoder, discriminator, generator = (network.to(DEVICE) for network in networks)
    optimizers = [layers.adam([network], 2e-4, (0.0, 0.9)) for network in networks]
    batch = layers.random_batches(settings)

    def real_images():
        return (batch()[0] * 128.0 + 127.5) / 255.0

    def latents():
        return torch.rand(size, LATENT, device=DEVICE) * 2.0 - 1.0

    def order(blocks):
        return torch.randperm(blocks * size, device=DEVICE)[:size]

    def penalty(real, fake):
        alpha = torch.rand(size, 1, 1, 1, device=DEVICE)
        points = (real + alpha * (fake - real)).requires_grad_()
        total = discriminator.judge(points).sum()
        (gradient,) = torch.autograd.grad(total, points, create_graph=True)
        return (gradient.square().mean((1, 2, 3)).sqrt() - 1.0).square().mean()

    def encoder_loss(real):
        z = latents()
        encoded = encoder(real)
        with torch.no_grad():
            of_real = discriminator.features(real)
            of_fake = discriminator.features(generator(z))
        of_reconstructed = discriminator.features(generator(encoded))
        weight = math.sqrt(LATENT / of_real[0].numel())
        distance = (of_reconstructed - of_fake).mean() - weight * (encoded - z).mean()
        return F.mse_loss(of_reconstructed, of_real) + distance.square()

    def discriminator_loss(real):
        with torch.no_grad():
            fake, reconstructed = generator(latents()), generator(encoder(real))
        scores = [torch.sigmoid(discriminator.judge(x)) for x in (real, reconstructed, fake)]
        loss = (1.0 - RECONSTRUCTIONS) * F.relu(1.0 - scores[0]).mean()
        loss = loss + RECONSTRUCTIONS * F.relu(1.0 - scores[1]).mean()
        loss = loss + F.relu(1.0 + scores[2]).mean() - PENALTY * penalty(real, fake)
        images, classes = candidates(real, [fake], order(5))
        logits = discriminator.classify(discriminator.features(images))
        return loss + D_TASK * F.cross_entropy(logits, classes)

    def generator_loss(real):
        rows = order(4)

        def task(images):
            chosen, classes = candidates(images, [], rows)
            logits = discriminator.classify(discriminator.features(chosen))
            return F.cross_entropy(logits, classes)

        with torch.no_grad():
            of_real, real_task = torch.sigmoid(discriminator.judge(real)).mean(), task(real)
        fake = generator(latents())
        loss = (of_real - torch.sigmoid(discriminator.judge(fake)).mean()).abs()
        return loss + G_TASK * (task(fake) - real_task).abs()

    losses = encoder_loss, discriminator_loss, generator_loss

    def iterate(*real):
        for network, optimizer, loss_of, images in zip(
            networks, optimizers, losses, real, strict=True
        ):
            for other in networks:
                layers.frozen(other, other is not network)
            with layers.precision(settings):
                loss = loss_of(images)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    # torch.compile has no second derivatives, which the discriminator's penalty takes.
    return Work(iterate, lambda: [real_images() for _ in losses], (encoder, generator))
