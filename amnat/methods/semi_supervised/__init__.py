"""The semi-supervised GAN, with the techniques of improved-gan."""
