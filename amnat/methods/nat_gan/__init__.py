"""NAT-GAN and CatGAN, with external negatives or without."""
