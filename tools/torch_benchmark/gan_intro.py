"""The one-dimensional GAN of AYLIEN/gan-intro, with minibatch features."""

import layers
import torch
import torch.nn.functional as F
from layers import DEVICE, Linear
from torch import nn
from work import Work

KERNELS, KERNEL_DIM = 5, 3
SMALLEST = 1e-5


class Discriminator(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        width = 2 * hidden
        self.d0 = Linear(1, width, normed=False, stddev=1.0)
        self.d1 = Linear(width, width, normed=False, stddev=1.0)
        self.projection = Linear(width, KERNELS * KERNEL_DIM, normed=False, stddev=0.02)
        self.d3 = Linear(width + KERNELS, 1, normed=False, stddev=1.0)

    def forward(self, x):
        h = F.relu(self.d1(F.relu(self.d0(x))))
        rows = self.projection(h).view(-1, KERNELS, KERNEL_DIM)
        distances = (rows[:, None] - rows[None]).abs().sum(3)
        features = torch.exp(-distances).sum(1)
        return self.d3(torch.cat([h, features], 1))


def train(settings):
    size, hidden = settings["batch_size"], settings["hidden_size"]
    generator = nn.Sequential(
        Linear(1, hidden, normed=False, stddev=1.0),
        nn.Softplus(),
        Linear(hidden, 1, normed=False, stddev=1.0),
    ).to(DEVICE)
    discriminator = Discriminator(hidden).to(DEVICE)
    d_optimizer = layers.adam([discriminator], 0.001, (0.9, 0.999))
    g_optimizer = layers.adam([generator], 0.001, (0.9, 0.999))
    even = torch.linspace(-8.0, 8.0, size, device=DEVICE)[:, None]

    def latents():
        return even + 0.01 * torch.rand(size, 1, device=DEVICE)

    def log(probability):
        return torch.log(probability.clamp_min(SMALLEST))

    def iterate():
        real = (4.0 + 0.5 * torch.randn(size, 1, device=DEVICE)).sort(0).values
        with torch.no_grad():
            fake = generator(latents())
        layers.frozen(discriminator, False)
        of_real, of_fake = torch.sigmoid(discriminator(real)), torch.sigmoid(discriminator(fake))
        loss = -(log(of_real) + log(1.0 - of_fake)).mean()
        d_optimizer.zero_grad()
        loss.backward()
        d_optimizer.step()
        layers.frozen(discriminator)
        loss = -log(torch.sigmoid(discriminator(generator(latents())))).mean()
        g_optimizer.zero_grad()
        loss.backward()
        g_optimizer.step()

    return Work(iterate, networks=(generator, discriminator))
