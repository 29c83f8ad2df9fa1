"""The fully connected GAN and DCGAN, after PyTorch-GAN."""
