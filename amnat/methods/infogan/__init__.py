"""InfoGAN with the losses of info-cycle-sim-gan, after PyTorch-GAN."""
